import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrix } from '../../../src/connectors/keycloak/matrix.ts'
import { provider } from '../../../src/connectors/keycloak/provider.ts'
import type { OpenProvider } from '../../../src/enforce/provider-kit/provider.ts'
import { makeSend } from '../../../src/http/bounded-fetch.ts'
import { makeClock } from '../../given.ts'
import { keycloakVersions, startKeycloak } from '../../parts/keycloak.ts'
import type { TestLogin, TestRealm } from '../../parts/keycloak-realm.ts'
import { login, makeRealm, makeUser, refresh } from '../../parts/keycloak-realm.ts'
import type { TestKeycloak } from '../../parts/keycloak-server.ts'
import { lacks } from '../../parts/needs.ts'
import type { Signed } from './acts.ts'
import { acts } from './acts.ts'

const FIRST_START_TIMEOUT_MS = 900_000

const describeHere = describe.skipIf(lacks('keycloak', import.meta.filename))

describeHere.each(keycloakVersions())('the survivor matrix on a real Keycloak %s', (version) => {
  let keycloak: TestKeycloak
  let realm: TestRealm
  let open: OpenProvider

  beforeAll(async () => {
    keycloak = await startKeycloak(version)
    realm = await makeRealm(keycloak)
    open = provider.open(
      {
        base_url: realm.baseUrl,
        realm: realm.name,
        client_id: realm.curfew.clientId,
        client_secret: realm.curfew.clientSecret,
      },
      {
        send: makeSend({ timeoutMs: 30_000, bodyBytesMax: 8 * 1024 * 1024 }),
        clock: { ...makeClock().clock, now: Date.now },
      },
    )
  }, FIRST_START_TIMEOUT_MS)

  afterAll(async () => {
    await realm?.remove()
    await keycloak?.stop()
  })

  const lives = async (session: TestLogin) => (await refresh(session)).status === 200

  /** Ends a session as Curfew does, until the provider has nothing left to end. */
  const endAll = async ({ user, online, offline }: Signed) => {
    for (const [kind, { sessionId }] of [
      ['online', online],
      ['offline', offline],
    ] as const) {
      const target = { subjectId: user.id, kind, id: sessionId }
      for (let calls = 0; calls < 5; calls += 1) {
        if ((await open.revoke(target)).result === 'already_gone') break
      }
    }
  }

  test.each(
    matrix.rows.filter(({ basis }) => basis === 'measured').map((row) => [row.act, row] as const),
  )('holds: %s', async (_, { id, fates }) => {
    const act = acts[id]
    if (!act) throw new Error(`no act ${id}`)
    const user = await makeUser(realm)
    const made = (await act.prepare?.(realm, user)) ?? ''
    const signed = {
      realm,
      user,
      online: await login(user),
      offline: await login(user, { offline: true }),
    }
    expect(await lives(signed.online)).toBe(true)
    expect(await lives(signed.offline)).toBe(true)
    await act.run(signed, made)
    // What is only refused for a while must be ended too: it comes back.
    await act.undo?.(signed)
    expect({ online: await lives(signed.online), offline: await lives(signed.offline) }).toEqual({
      online: fates.online === 'must_be_ended',
      offline: fates.offline === 'must_be_ended',
    })
    await endAll(signed)
    expect([await lives(signed.online), await lives(signed.offline)]).toEqual([false, false])
  })
})
