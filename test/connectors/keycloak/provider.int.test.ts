import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { provider } from '../../../src/connectors/keycloak/provider.ts'
import type { Send } from '../../../src/contract/ports.ts'
import type { ListingProvider } from '../../../src/enforce/provider-kit/provider.ts'
import { makeSend } from '../../../src/http/bounded-fetch.ts'
import { makeClock } from '../../given.ts'
import { eventually } from '../../parts/eventually.ts'
import { setUpByInit } from '../../parts/kcadm.ts'
import { keycloakVersions, startKeycloak } from '../../parts/keycloak.ts'
import { listAt, madeId, textAt } from '../../parts/keycloak-http.ts'
import type { TestRealm } from '../../parts/keycloak-realm.ts'
import { login, makeRealm, makeUser, refresh, resetPassword } from '../../parts/keycloak-realm.ts'
import type { TestKeycloak } from '../../parts/keycloak-server.ts'
import { lacks } from '../../parts/needs.ts'

const FIRST_START_TIMEOUT_MS = 900_000

const describeHere = describe.skipIf(lacks('keycloak', import.meta.filename))

describeHere.each(keycloakVersions())('the provider on a real Keycloak %s', (version) => {
  let keycloak: TestKeycloak
  let realm: TestRealm
  let open: ListingProvider
  const sendOnce = makeSend({ timeoutMs: 30_000, bodyBytesMax: 8 * 1024 * 1024 })
  let tokensAsked = 0
  const send: Send = (url, request) => {
    if (url.endsWith('/token')) tokensAsked += 1
    return sendOnce(url, request)
  }
  // The real time of this machine: tokens end by it.
  const clock = { ...makeClock().clock, now: Date.now }

  const openWith = (settings: object): ListingProvider =>
    provider.open(
      {
        base_url: realm.baseUrl,
        realm: realm.name,
        client_id: realm.curfew.clientId,
        client_secret: realm.curfew.clientSecret,
        ...settings,
      },
      { send, clock },
    )

  beforeAll(async () => {
    keycloak = await startKeycloak(version)
    realm = await makeRealm(keycloak)
    open = openWith({})
  }, FIRST_START_TIMEOUT_MS)

  afterAll(async () => {
    await realm?.remove()
    await keycloak?.stop()
  })

  test('lists online and offline sessions with what the server knows of them', async () => {
    const user = await makeUser(realm)
    const before = Date.now()
    const online = await login(user)
    const offline = await login(user, { offline: true })
    const { sessions, complete } = await open.list(user.id)
    expect(complete).toBe(true)
    const about = {
      subjectId: user.id,
      createdAt: expect.any(Number),
      lastUsedAt: expect.any(Number),
      expiresAt: null,
      ip: expect.stringMatching(/./),
      userAgent: '',
      organizationId: '',
      connectionId: '',
      deviceId: '',
      grantId: '',
      onBehalfOfId: '',
    }
    expect(sessions).toEqual([
      { kind: 'online', id: online.sessionId, ...about },
      { kind: 'offline', id: offline.sessionId, ...about },
    ])
    for (const { createdAt } of sessions) {
      const early = before - (createdAt ?? 0)
      expect(early).toBeLessThan(open.capabilities.timeRoundingMs)
    }
  })

  test('ends one session of each kind, leaves the others, and finds both gone afterwards', async () => {
    const user = await makeUser(realm)
    const [online, otherOnline] = [await login(user), await login(user)]
    const [offline, otherOffline] = [
      await login(user, { offline: true }),
      await login(user, { offline: true }),
    ]
    await resetPassword(user)
    for (const [kind, session, other] of [
      ['online', online, otherOnline],
      ['offline', offline, otherOffline],
    ] as const) {
      const target = { subjectId: user.id, kind, id: session.sessionId }
      expect(await open.read(target)).toMatchObject({ state: 'alive', session: { kind } })
      expect(await open.revoke(target)).toEqual({
        result: 'acknowledged',
        status: 204,
        requestId: '',
      })
      expect(await open.read(target)).toEqual({ state: 'gone' })
      expect((await open.revoke(target)).result).toBe('already_gone')
      expect((await refresh(session)).status).toBe(400)
      expect(await open.read({ ...target, id: other.sessionId })).toMatchObject({ state: 'alive' })
      expect((await refresh(other)).status).toBe(200)
    }
    const { sessions } = await open.list(user.id)
    expect(sessions.map(({ id }) => id)).toEqual([otherOnline.sessionId, otherOffline.sessionId])
  })

  test('does not end an offline session when told to end an online one of its id', async () => {
    const user = await makeUser(realm)
    const offline = await login(user, { offline: true })
    const target = { subjectId: user.id, kind: 'online', id: offline.sessionId } as const
    expect((await open.revoke(target)).result).toBe('already_gone')
    expect((await refresh(offline)).status).toBe(200)
  })

  test('finds the offline sessions of every client, each session once', async () => {
    const clientId = 'second-app'
    const uuid = madeId(
      await realm.asAdmin('POST', '/clients', {
        clientId,
        publicClient: true,
        directAccessGrantsEnabled: true,
      }),
    )
    const user = await makeUser(realm)
    const first = await login(user, { offline: true })
    const second = await login(
      { ...user, realm: { ...realm, app: { clientId, uuid } } },
      { offline: true },
    )
    const { sessions, complete } = await open.list(user.id)
    expect(complete).toBe(true)
    const found = sessions.map(({ kind, id }) => ({ kind, id }))
    expect(new Set(found)).toEqual(
      new Set([
        { kind: 'offline', id: first.sessionId },
        { kind: 'offline', id: second.sessionId },
      ]),
    )
  })

  test('claims nothing of a user that the realm never knew', async () => {
    expect(await open.list(randomUUID())).toEqual({ sessions: [], complete: false })
    const target = { subjectId: randomUUID(), kind: 'online', id: randomUUID() } as const
    expect(await open.read(target)).toEqual({ state: 'unknown' })
  })

  test('says that a user whom the realm deleted has no session left', async () => {
    const user = await makeUser(realm)
    const session = await login(user)
    const offline = await login(user, { offline: true })
    await realm.asAdmin('DELETE', `/users/${user.id}`)
    expect([(await refresh(session)).status, (await refresh(offline)).status]).toEqual([400, 400])
    const none = { sessions: [], complete: true, subjectGone: true }
    expect(await open.list(user.id)).toEqual(none)
    const target = { subjectId: user.id, kind: 'online', id: session.sessionId } as const
    expect(await open.read(target)).toEqual({ state: 'gone' })
    expect((await open.revoke(target)).result).toBe('already_gone')
  })

  test('goes on with a new token after its own was revoked', async () => {
    const user = await makeUser(realm)
    const session = await login(user)
    const own = openWith({})
    tokensAsked = 0
    await own.list(user.id)
    const issuedBefore = Date.now()
    // Voids the tokens of the realm that were issued before this second, ours included.
    const notBefore = await eventually({
      what: 'The next second',
      timeoutMs: 5000,
      probe: async () => {
        const second = Math.floor(Date.now() / 1000)
        return second * 1000 > issuedBefore ? second : undefined
      },
    })
    await realm.asAdmin('PUT', '', { notBefore })
    try {
      const target = { subjectId: user.id, kind: 'online', id: session.sessionId } as const
      expect(await own.read(target)).toMatchObject({ state: 'alive' })
      expect(await own.revoke(target)).toMatchObject({ result: 'acknowledged' })
      expect(tokensAsked).toBe(2)
    } finally {
      await realm.asAdmin('PUT', '', { notBefore: 0 })
    }
  })

  test('says when it has its rights, and names the roles that are missing', async () => {
    expect(await open.check()).toMatchObject({ ok: true })
    for (const [roles, detail] of [
      [
        [],
        /not shown that it may list .*view-users.*403.*not shown that it may end .*manage-users.*403/,
      ],
      [['view-users'], /^may list sessions .*; not shown that it may end .*manage-users.*403/],
    ] as const) {
      const told = await openWith(await aClientWith(roles)).check()
      expect(told.ok).toBe(false)
      expect(told.detail).toMatch(detail)
    }
  })

  test(
    'has what it needs once the lines of curfew init have run',
    async () => {
      const { body: before } = await realm.asAdmin('GET', '/events/config')
      const { clientUuid, ...settings } = await setUpByInit(realm, keycloak)
      const made = openWith(settings)
      expect(await made.check()).toMatchObject({ ok: true })
      expect(await made.gaps?.(true)).toEqual({ blind: [], dim: [] })
      const { body: client } = await realm.asAdmin('GET', `/clients/${clientUuid}`)
      expect(textAt(client, 'clientId')).toBe(settings.client_id)
      await realm.asAdmin('PUT', '/events/config', before)
    },
    FIRST_START_TIMEOUT_MS,
  )

  test('says what the realm keeps from us, or that it may not ask', async () => {
    const { body: before } = await realm.asAdmin('GET', '/events/config')
    try {
      expect((await open.gaps?.(true))?.blind).toEqual([])
      await realm.asAdmin('PUT', '/events/config', {
        eventsEnabled: true,
        adminEventsEnabled: true,
        adminEventsDetailsEnabled: false,
        enabledEventTypes: ['LOGIN'],
        eventsExpiration: 60,
      })
      expect(await open.gaps?.(true)).toEqual({
        blind: [expect.stringContaining('Include representation')],
        dim: expect.arrayContaining([
          expect.stringContaining('REFRESH_TOKEN'),
          expect.stringContaining('deleted after 60 s'),
        ]),
      })
      const lesser = openWith(await aClientWith(['view-users', 'query-users']))
      await expect(lesser.gaps?.(true)).rejects.toMatchObject({ code: 'ENFORCE_REFUSED' })
    } finally {
      await realm.asAdmin('PUT', '/events/config', before)
    }
  })

  test('says what is wrong with an address, a realm or a secret', async () => {
    for (const [settings, code] of [
      [{ client_secret: 'canary-wrong' }, /asking for an access token: answered 401/],
      [{ realm: 'nowhere' }, /answered 404/],
      [{ base_url: 'http://127.0.0.1:1' }, /got no answer/],
    ] as const) {
      const { ok, detail } = await openWith(settings).check()
      expect(ok).toBe(false)
      expect(detail).toMatch(code)
      expect(detail).not.toContain('canary')
      expect(detail).not.toContain(realm.curfew.clientSecret)
    }
  })

  const aClientWith = async (roles: readonly string[]) => {
    const client = { client_id: `curfew-${roles.length}`, client_secret: `secret-${roles.length}` }
    const uuid = madeId(
      await realm.asAdmin('POST', '/clients', {
        clientId: client.client_id,
        secret: client.client_secret,
        publicClient: false,
        serviceAccountsEnabled: true,
      }),
    )
    const account = await realm.asAdmin('GET', `/clients/${uuid}/service-account-user`)
    const management = await realm.asAdmin('GET', '/clients?clientId=realm-management')
    const managementUuid = textAt(listAt(management.body)[0], 'id')
    const all = listAt((await realm.asAdmin('GET', `/clients/${managementUuid}/roles`)).body)
    await realm.asAdmin(
      'POST',
      `/users/${textAt(account.body, 'id')}/role-mappings/clients/${managementUuid}`,
      all.filter((role) => roles.includes(textAt(role, 'name'))),
    )
    return client
  }
})
