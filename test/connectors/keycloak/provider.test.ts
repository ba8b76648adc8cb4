import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { provider } from '../../../src/connectors/keycloak/provider.ts'
import { typesByWhatTheyTell } from '../../../src/connectors/keycloak/saved-events.ts'
import { userReaders } from '../../../src/connectors/keycloak/user-events.ts'
import type { Send, SendAnswer } from '../../../src/contract/ports.ts'
import { makeClock } from '../../given.ts'
import { json } from '../provider-play.ts'

const subjectId = 'b7a0c0de-0000-4000-8000-00000000ada0'
const target = { subjectId, kind: 'online', id: 'session-1' } as const
const settings = {
  base_url: 'https://keycloak.example.com/auth/',
  realm: 'our people',
  client_id: 'curfew',
  client_secret: 'secret',
}
const gone = json(404, { error: 'Sesssion not found' })

function open({
  answer = () => gone,
  lifeSeconds = 60,
}: {
  readonly answer?: (path: string, token: string) => SendAnswer
  readonly lifeSeconds?: number
}) {
  const { clock, advance } = makeClock()
  const calls: string[] = []
  let tokens = 0
  const send: Send = async (url, { method, headers = {} }) => {
    if (url.endsWith('/token')) {
      tokens += 1
      return json(200, { access_token: `token-${tokens}`, expires_in: lifeSeconds })
    }
    const path = url.replace('https://keycloak.example.com/auth/admin/realms/our%20people', '')
    const token = String(headers.authorization).replace('Bearer ', '')
    calls.push(`${method} ${path} ${token}`)
    return answer(path, token)
  }
  const own = provider.open(settings, { send, clock })
  return { own, calls, advance, tokens: () => tokens }
}

const day = Date.UTC(2026, 10, 3)

const session = (id: string, clients: object, lastAccess = day + 2000) => ({
  id,
  userId: subjectId,
  ipAddress: '192.0.2.7',
  start: day + 1000,
  lastAccess,
  clients,
})

describe('the access token', () => {
  test('serves all calls until ten seconds before its end, and then a new one does', async () => {
    const { own, calls, advance, tokens } = open({})
    await own.revoke(target)
    await advance(49_999)
    await own.revoke(target)
    expect(tokens()).toBe(1)
    await advance(1)
    await own.revoke(target)
    expect(tokens()).toBe(2)
    expect(calls.at(-1)).toBe('DELETE /sessions/session-1?isOffline=false token-2')
  })

  test('that lives a few seconds serves half of them', async () => {
    const { own, advance, tokens } = open({ lifeSeconds: 4 })
    await own.revoke(target)
    await advance(1999)
    await own.revoke(target)
    expect(tokens()).toBe(1)
    await advance(1)
    await own.revoke(target)
    expect(tokens()).toBe(2)
  })

  test('is asked for once by calls that need it at the same time', async () => {
    const { own, tokens } = open({})
    await Promise.all([own.revoke(target), own.revoke(target), own.check()])
    expect(tokens()).toBe(1)
  })

  test('is renewed once when refused, however many calls it was refused to', async () => {
    const { own, calls, tokens } = open({
      answer: (_path, token) => (token === 'token-1' ? json(401, {}) : gone),
    })
    const answers = await Promise.all([own.revoke(target), own.revoke(target)])
    expect(answers.map(({ result }) => result)).toEqual(['already_gone', 'already_gone'])
    expect(tokens()).toBe(2)
    expect(calls).toHaveLength(4)
  })

  test('is asked for again after it could not be had', async () => {
    const { clock } = makeClock()
    let up = false
    const send: Send = async (url) => {
      if (!url.endsWith('/token')) return gone
      return up ? json(200, { access_token: 'token', expires_in: 60 }) : json(503, {})
    }
    const own = provider.open(settings, { send, clock })
    await expect(own.revoke(target)).rejects.toMatchObject({ code: 'ENFORCE_UNREACHABLE' })
    up = true
    expect((await own.revoke(target)).result).toBe('already_gone')
  })

  test('that would break out of its header is malformed', async () => {
    const { clock } = makeClock()
    const send: Send = async () => json(200, { access_token: 'a\r\nx-b: c', expires_in: 60 })
    await expect(provider.open(settings, { send, clock }).revoke(target)).rejects.toMatchObject({
      code: 'ENFORCE_MALFORMED',
    })
  })
})

describe('the sessions of a user', () => {
  test('held offline by two clients are one session each, used when the last of them used it', async () => {
    const { own } = open({
      answer: (path) => {
        if (path.endsWith('/sessions')) return json(200, [session('s-1', { 'uuid-1': 'web' })])
        if (path.endsWith('/consents')) {
          return json(200, [
            { additionalGrants: [{ client: 'uuid-1', key: 'Offline Token' }] },
            { additionalGrants: [{ client: 'uuid-2', key: 'Offline Token' }] },
            { grantedClientScopes: ['email'] },
          ])
        }
        return path.endsWith('/uuid-1')
          ? json(200, [session('s-1', { 'uuid-1': 'web' }, day + 9000)])
          : json(200, [session('s-1', { 'uuid-2': 'cli' }, day + 3000)])
      },
    })
    const { sessions, complete } = await own.list(subjectId)
    expect(complete).toBe(true)
    expect(sessions.map(({ kind, id, lastUsedAt }) => [kind, id, lastUsedAt])).toEqual([
      ['online', 's-1', day + 2000],
      ['offline', 's-1', day + 9000],
    ])
  })

  test('are read only of the kind that is asked for', async () => {
    const { own, calls } = open({ answer: () => json(200, []) })
    expect(await own.read(target)).toEqual({ state: 'gone' })
    expect(calls.map((call) => call.split(' ')[1])).toEqual([`/users/${subjectId}/sessions`])
    expect(await own.read({ ...target, kind: 'offline' })).toEqual({ state: 'gone' })
    expect(calls.at(-1)).toContain('/consents')
    expect(await own.read({ ...target, kind: 'agent' })).toEqual({ state: 'unknown' })
    expect(await own.read({ ...target, subjectId: '' })).toEqual({ state: 'unknown' })
  })
})

describe('a realm that is asked which events it saves', () => {
  const all = {
    eventsEnabled: true,
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: true,
    eventsExpiration: 604_800,
    enabledEventTypes: JSON.parse(readFileSync('compose/keycloak-realm.json', 'utf8'))
      .enabledEventTypes,
  }
  const gapsOf = async (config: object, hasFeed = true, hasTypes = all.enabledEventTypes) => {
    const enums = { eventType: hasTypes }
    const { own, calls } = open({ answer: () => json(200, { ...all, ...config, enums }) })
    const gaps = await own.gaps?.(hasFeed)
    expect(calls[0]).toBe('GET /events/config token-1')
    return gaps
  }
  const words = (text: string) => expect.stringContaining(text)

  test('keeps nothing from us that is set up as the realm shipped here', async () => {
    expect(await gapsOf({})).toEqual({ blind: [], dim: [] })
  })

  test.each([
    [{ adminEventsDetailsEnabled: false }, ['Include representation']],
    [{ adminEventsEnabled: false }, ['admin events are not saved']],
    [{ eventsEnabled: false }, ['user events are not saved']],
    [
      { adminEventsDetailsEnabled: undefined, eventsEnabled: undefined },
      ['user events', 'admin events come'],
    ],
  ])('blinds us with %j', async (config, found) => {
    expect(await gapsOf(config)).toEqual({ blind: found.map(words), dim: [] })
  })

  test('shows us less where it leaves types out or keeps them briefly', async () => {
    const enabledEventTypes = all.enabledEventTypes.filter(
      (type: string) => type !== 'REFRESH_TOKEN',
    )
    expect(await gapsOf({ enabledEventTypes, eventsExpiration: 60 })).toEqual({
      blind: [],
      dim: [words('save REFRESH_TOKEN'), words('deleted after 60 s')],
    })
  })

  test('is not asked for types that its version does not have', async () => {
    const enabledEventTypes = all.enabledEventTypes.filter(
      (type: string) => type !== 'USER_SESSION_DELETED',
    )
    const dim = [words('whose time is over')]
    expect(await gapsOf({ enabledEventTypes })).toEqual({ blind: [], dim })
    const older = await gapsOf({ enabledEventTypes }, true, enabledEventTypes)
    expect(older).toEqual({ blind: [], dim: [] })
  })

  test('is asked for every type that is read, but for failed sign-ins', () => {
    const asked = new Set(typesByWhatTheyTell.flatMap(([, names]) => names))
    const others = [...userReaders.keys()].filter((type) => !asked.has(type))
    expect(others).toEqual(['LOGIN_ERROR', 'USER_DISABLED_BY_TEMPORARY_LOCKOUT'])
    expect([...asked].filter((type) => !all.enabledEventTypes.includes(type))).toEqual([])
  })

  test('is asked for representations only where events do not come from what it saves', async () => {
    const off = { eventsEnabled: false, adminEventsEnabled: false, enabledEventTypes: [] }
    expect(await gapsOf(off, false)).toEqual({ blind: [], dim: [] })
    const none = await gapsOf({ ...off, adminEventsDetailsEnabled: false }, false)
    expect(none?.blind).toHaveLength(1)
  })
})

describe('a revocation', () => {
  test('asks for the kind of session it is told to end', async () => {
    const { own, calls } = open({ answer: () => ({ status: 204, headers: {}, text: '' }) })
    await own.revoke({ ...target, kind: 'offline' })
    expect(calls).toEqual(['DELETE /sessions/session-1?isOffline=true token-1'])
  })

  test('in a realm that does not exist needs a person', async () => {
    const { own } = open({ answer: () => json(404, { error: 'Realm not found.' }) })
    await expect(own.revoke(target)).rejects.toMatchObject({ code: 'ENFORCE_REFUSED' })
    await expect(own.list(subjectId)).rejects.toMatchObject({ code: 'ENFORCE_REFUSED' })
  })

  test("is recognised among events by the client's UUID where it is given, else by its id", () => {
    const ports = { send: async () => gone, clock: makeClock().clock }
    const uuid = 'fc50167d-0000-4000-8000-000000000000'
    expect(provider.open(settings, ports).capabilities.ownClientId).toBe('curfew')
    expect(provider.open({ ...settings, client_uuid: uuid }, ports).capabilities.ownClientId).toBe(
      uuid,
    )
  })
})
