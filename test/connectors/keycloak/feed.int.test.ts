import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKeycloakFeed } from '../../../src/connectors/keycloak/feed.ts'
import type { Send } from '../../../src/contract/ports.ts'
import type { CursorPort } from '../../../src/source/feeds/feed.ts'
import type { Source } from '../../../src/source/source.ts'
import { idleMeter, silentLog } from '../../given.ts'
import { eventually } from '../../parts/eventually.ts'
import { keycloakVersions, startKeycloak } from '../../parts/keycloak.ts'
import type { TestRealm } from '../../parts/keycloak-realm.ts'
import {
  login,
  logout,
  makeRealm,
  makeUser,
  refresh,
  resetPassword,
} from '../../parts/keycloak-realm.ts'
import type { TestKeycloak } from '../../parts/keycloak-server.ts'
import { lacks } from '../../parts/needs.ts'
import { binding } from '../../source/feeds/feed-play.ts'
import { wallClock } from '../../source/kafka/kafka-play.ts'

const send: Send = async (url, { method, headers = {}, body, signal }) => {
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  })
  const text = await response.text()
  return { status: response.status, headers: Object.fromEntries(response.headers), text }
}

interface Told {
  readonly partition: number
  readonly known: boolean
  readonly event: { readonly id?: string; readonly time: number; readonly type?: string }
}

const describeHere = describe.skipIf(lacks('keycloak', import.meta.filename))

describeHere.each(keycloakVersions())('the feed of a real Keycloak %s', (version) => {
  let keycloak: TestKeycloak
  let realm: TestRealm
  const told: Told[] = []
  const cursors = new Map<string, string>()
  const cursor: CursorPort = {
    read: async (id) => cursors.get(id) ?? null,
    write: async (id, text) => void cursors.set(id, text),
  }

  beforeAll(async () => {
    keycloak = await startKeycloak(version)
    realm = await makeRealm(keycloak)
  }, 900_000)
  afterAll(async () => {
    await realm?.remove()
    await keycloak?.stop()
  })

  const open = (): Source => {
    const { baseUrl, name, curfew } = realm
    const source = openKeycloakFeed(
      { baseUrl, realm: name, ...curfew, everyMs: 200, binding },
      { send, clock: wallClock, cursor, log: silentLog, meter: idleMeter },
    )
    void source.run(async ({ partition, redelivered: known, messages, commit }) => {
      for (const { value } of messages) {
        told.push({ partition, known, event: JSON.parse(String(value)).event })
      }
      return { durable: commit() }
    })
    return source
  }
  const typesTold = () => told.flatMap(({ event: { type } }) => type ?? [])
  const isTold = (type: string, times: number) =>
    eventually({
      what: `${type} told ${times} times`,
      timeoutMs: 10_000,
      probe: async () =>
        typesTold().filter((each) => each === type).length >= times ? true : undefined,
    })

  test('tells every event once, in order, with the id that Keycloak gave it', async () => {
    const user = await makeUser(realm)
    const phone = await login(user)
    const source = open()
    await isTold('LOGIN', 1)
    await refresh(phone)
    const sameUser = await resetPassword(user)
    const laptop = await login(sameUser)
    await logout(laptop)
    await isTold('LOGOUT', 1)
    await source.close()

    expect(typesTold()).toEqual(expect.arrayContaining(['LOGIN', 'REFRESH_TOKEN', 'LOGOUT']))
    expect(typesTold().filter((type) => type === 'LOGIN')).toHaveLength(2)
    expect(told.some(({ partition }) => partition === 1)).toBe(true)
    const ids = told.map(({ event: { id } }) => id)
    expect(ids).not.toContain(undefined)
    expect(new Set(ids).size).toBe(ids.length)
    for (const partition of [0, 1]) {
      const times = told
        .filter((each) => each.partition === partition)
        .map(({ event }) => event.time)
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }
  })

  test('tells after a restart only what lies within the overlap again, marked', async () => {
    const before = new Set(told.map(({ event: { id } }) => id))
    told.length = 0
    const user = await makeUser(realm)
    const source = open()
    await login(user)
    const isNew = ({ event: { id } }: Told): boolean => !before.has(id)
    await eventually({
      what: 'the new login is told',
      timeoutMs: 10_000,
      probe: async () =>
        told.some((each) => isNew(each) && each.event.type === 'LOGIN') ? true : undefined,
    })
    await source.close()
    expect(told.filter((each) => !isNew(each)).every(({ known }) => known)).toBe(true)
  })
})
