import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { keycloakVersions, startKeycloak } from './keycloak.ts'
import type { Answer } from './keycloak-http.ts'
import { listAt, textAt } from './keycloak-http.ts'
import type { TestLogin, TestRealm, TestUser } from './keycloak-realm.ts'
import { login, logout, makeRealm, makeUser, refresh, resetPassword } from './keycloak-realm.ts'
import type { TestKeycloak } from './keycloak-server.ts'
import { lacks } from './needs.ts'

/** Covers the first run on a machine, which fetches 160 MB. */
const FIRST_START_TIMEOUT_MS = 900_000

const describeHere = describe.skipIf(lacks('keycloak', import.meta.filename))

/** These tests state what the server does, so that a new version of it cannot surprise us. */
describeHere.each(keycloakVersions())('a real Keycloak %s', (version) => {
  let keycloak: TestKeycloak
  let realm: TestRealm

  beforeAll(async () => {
    keycloak = await startKeycloak(version)
    realm = await makeRealm(keycloak)
  }, FIRST_START_TIMEOUT_MS)

  afterAll(async () => {
    await realm?.remove()
    await keycloak?.stop()
  })

  const sessionsOf = async (user: TestUser): Promise<readonly string[]> =>
    idsIn(await realm.asCurfew('GET', `/users/${user.id}/sessions`))

  const offlineSessionsOf = async (user: TestUser): Promise<readonly string[]> =>
    idsIn(await realm.asCurfew('GET', `/users/${user.id}/offline-sessions/${realm.app.uuid}`))

  const end = (session: TestLogin, query = ''): Promise<Answer> =>
    realm.asCurfew('DELETE', `/sessions/${session.sessionId}${query}`)

  test('lets a session older than a password reset live on, until it is ended by its id', async () => {
    const user = await makeUser(realm)
    const [laptop, phone] = [await login(user), await login(user)]
    expect(new Set(await sessionsOf(user))).toEqual(new Set([laptop.sessionId, phone.sessionId]))

    await resetPassword(user)
    await expect(login(user)).rejects.toThrow('Invalid user credentials')
    expect((await refresh(phone)).status).toBe(200)

    expect(await end(phone)).toMatchObject({ status: 204, body: '' })
    expect(await end(phone)).toMatchObject({
      status: 404,
      body: { error: 'Sesssion not found' },
    })
    expect(await refresh(phone)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Session not active' },
    })
    expect(await sessionsOf(user)).toEqual([laptop.sessionId])
    expect((await refresh(laptop)).status).toBe(200)
  })

  test('keeps an offline session out of the ordinary list and ends it only when asked for it', async () => {
    const user = await makeUser(realm)
    const online = await login(user)
    const offline = await login(user, { offline: true })
    expect(await sessionsOf(user)).toEqual([online.sessionId])
    expect(await offlineSessionsOf(user)).toEqual([offline.sessionId])
    const consents = await realm.asCurfew('GET', `/users/${user.id}/consents`)
    expect(consents.body).toEqual([
      {
        clientId: 'app',
        grantedClientScopes: [],
        additionalGrants: [{ client: realm.app.uuid, key: 'Offline Token' }],
      },
    ])

    await resetPassword(user)
    expect((await refresh(offline)).status).toBe(200)
    expect((await end(offline)).status).toBe(404)
    expect((await end(offline, '?isOffline=true')).status).toBe(204)
    expect((await end(offline, '?isOffline=true')).status).toBe(404)
    expect(await refresh(offline)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Offline user session not found' },
    })
    expect(await offlineSessionsOf(user)).toEqual([])
    expect(await sessionsOf(user)).toEqual([online.sessionId])
  })

  test('keeps an offline session listed when its user is logged out, though its tokens are stale', async () => {
    const user = await makeUser(realm)
    const online = await login(user)
    const offline = await login(user, { offline: true })
    // A token of the second in which the user is logged out would not be stale.
    const issued = Math.floor(Date.now() / 1000)
    await eventually({
      what: 'The next second',
      timeoutMs: 5000,
      probe: async () => Math.floor(Date.now() / 1000) > issued || undefined,
    })
    expect((await realm.asCurfew('POST', `/users/${user.id}/logout`)).status).toBe(204)
    expect(await refresh(online)).toMatchObject({
      status: 400,
      body: { error_description: 'Session not active' },
    })
    expect(await refresh(offline)).toMatchObject({
      status: 400,
      body: { error_description: 'Stale token' },
    })
    expect(await sessionsOf(user)).toEqual([])
    expect(await offlineSessionsOf(user)).toEqual([offline.sessionId])
    expect((await end(offline, '?isOffline=true')).status).toBe(204)
  })

  test('lets the sessions of a disabled account work again once it is enabled', async () => {
    const user = await makeUser(realm)
    const session = await login(user)
    await realm.asAdmin('PUT', `/users/${user.id}`, { enabled: false })
    expect(await refresh(session)).toMatchObject({
      status: 400,
      body: { error_description: 'User disabled' },
    })
    expect(await sessionsOf(user)).toEqual([session.sessionId])
    await realm.asAdmin('PUT', `/users/${user.id}`, { enabled: true })
    expect((await refresh(session)).status).toBe(200)
  })

  test('tells user events with an id and exact milliseconds, and session times cut to seconds', async () => {
    const user = await makeUser(realm)
    const session = await login(user)
    const [listed] = listAt((await realm.asCurfew('GET', `/users/${user.id}/sessions`)).body)
    await refresh(session)
    await logout(session)
    await refresh(session)
    const { body } = await realm.asCurfew('GET', `/events?user=${user.id}&direction=asc`)
    const about = {
      realmId: expect.any(String),
      clientId: 'app',
      ipAddress: expect.any(String),
    }
    const own = { ...about, userId: user.id, sessionId: session.sessionId }
    const stamps = { id: expect.stringMatching(UUID), time: expect.any(Number) }
    expect(body).toEqual([
      {
        ...own,
        ...stamps,
        type: 'LOGIN',
        details: expect.objectContaining({
          auth_method: 'openid-connect',
          grant_type: 'password',
          refresh_token_type: 'Refresh',
          username: user.username,
        }),
      },
      {
        ...own,
        ...stamps,
        type: 'REFRESH_TOKEN',
        details: expect.objectContaining({
          grant_type: 'refresh_token',
          refresh_token_type: 'Refresh',
          age_of_refresh_token: expect.stringMatching(/^\d+$/),
          refresh_token_sub: user.id,
        }),
      },
      { ...own, ...stamps, type: 'LOGOUT', details: { client_auth_method: 'client-secret' } },
    ])

    const [loginEvent] = listAt(body)
    expect(numberAt(listed, 'start')).toBeLessThanOrEqual(numberAt(loginEvent, 'time'))
    expect(numberAt(listed, 'start') % 1000).toBe(0)
    expect(numberAt(listed, 'lastAccess') % 1000).toBe(0)
  })

  test('names the session but not the user of a refused refresh', async () => {
    const user = await makeUser(realm)
    const session = await login(user)
    await end(session)
    await refresh(session)
    const refused = await realm.asCurfew('GET', '/events?type=REFRESH_TOKEN_ERROR&max=1000')
    const [event] = listAt(refused.body).filter(
      (each) => textOrNone(each, 'sessionId') === session.sessionId,
    )
    expect(event).toMatchObject({
      type: 'REFRESH_TOKEN_ERROR',
      error: 'invalid_token',
      details: { reason: 'Session not active', refresh_token_sub: user.id },
    })
    expect(event).not.toHaveProperty('userId')
  })

  test('writes who ended a session among the admin events, and no user event', async () => {
    const user = await makeUser(realm)
    const session = await login(user)
    const offline = await login(user, { offline: true })
    await resetPassword(user)
    await end(session)
    await end(session)
    await end(offline, '?isOffline=true')

    const resets = await adminEvents(`resourcePath=users/${user.id}/reset-password`)
    expect(resets).toEqual([
      {
        id: expect.stringMatching(UUID),
        time: expect.any(Number),
        realmId: expect.any(String),
        authDetails: {
          realmId: expect.any(String),
          clientId: expect.stringMatching(UUID),
          userId: expect.stringMatching(UUID),
          ipAddress: expect.any(String),
        },
        operationType: 'ACTION',
        resourceType: 'USER',
        resourcePath: `users/${user.id}/reset-password`,
      },
    ])
    for (const [ended, isOffline] of [
      [session, false],
      [offline, true],
    ] as const) {
      const ends = await adminEvents(`resourcePath=sessions/${ended.sessionId}`)
      expect(ends).toHaveLength(1)
      expect(ends[0]).toMatchObject({
        operationType: 'DELETE',
        resourceType: 'USER_SESSION',
        resourcePath: `sessions/${ended.sessionId}`,
        representation: JSON.stringify({ offline: isOffline }),
        authDetails: { userId: await curfewUserId() },
      })
    }
    const { body } = await realm.asCurfew('GET', `/events?user=${user.id}`)
    expect(listAt(body).map((event) => textAt(event, 'type'))).toEqual(['LOGIN', 'LOGIN'])
  })

  test('gives the client curfew the rights it needs and no others', async () => {
    expect((await realm.asCurfew('GET', '/events/config')).status).toBe(200)
    expect((await realm.asCurfew('GET', '/clients')).status).toBe(403)
    expect((await realm.asCurfew('PUT', '', { enabled: false })).status).toBe(403)
    expect((await realm.asCurfew('DELETE', '/events')).status).toBe(403)
  })

  const adminEvents = async (query: string): Promise<readonly unknown[]> =>
    listAt((await realm.asCurfew('GET', `/admin-events?${query}`)).body)

  const curfewUserId = async (): Promise<string> => {
    const { body } = await realm.asAdmin('GET', '/users?username=service-account-curfew&exact=true')
    return textAt(listAt(body)[0], 'id')
  }
})

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const idsIn = ({ body }: Answer): readonly string[] =>
  listAt(body).map((each) => textAt(each, 'id'))

const textOrNone = (body: unknown, key: string): unknown =>
  Object.getOwnPropertyDescriptor(body, key)?.value

const numberAt = (body: unknown, key: string): number =>
  Number(Object.getOwnPropertyDescriptor(body, key)?.value)
