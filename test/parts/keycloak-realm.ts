import { randomUUID } from 'node:crypto'
import type { AdminCall, Answer } from './keycloak-http.ts'
import { askAt, askForToken, listAt, madeId, makeAdminCall, textAt } from './keycloak-http.ts'
import type { TestKeycloak } from './keycloak-server.ts'

/**
 * The least that lets a client list sessions of both kinds and the consents that name the clients
 * of offline ones, end sessions, and read both feeds of events; found by trying each role alone.
 * Keycloak has no narrower role for ending a session than `manage-users`.
 */
const CURFEW_ROLES: readonly string[] = ['manage-users', 'view-events']

export interface TestRealm extends AsyncDisposable {
  readonly baseUrl: string
  readonly name: string
  /** The public client that users log in to. */
  readonly app: { readonly clientId: string; readonly uuid: string }
  /** The confidential client that Curfew would be given. */
  readonly curfew: { readonly clientId: string; readonly clientSecret: string }
  /** As the administrator of the server. */
  readonly asAdmin: AdminCall
  /** As the client `curfew`, with `CURFEW_ROLES` and nothing else. */
  readonly asCurfew: AdminCall
  readonly remove: () => Promise<void>
}

export interface TestUser {
  readonly realm: TestRealm
  readonly id: string
  readonly username: string
  readonly password: string
}

export interface TestLogin {
  readonly realm: TestRealm
  readonly sessionId: string
  readonly accessToken: string
  readonly refreshToken: string
}

/**
 * Makes a fresh realm that saves every type of event, with a public client `app` for logins and a
 * client `curfew` with the rights Curfew needs. `remove` (or `await using`) deletes it.
 */
export const makeRealm = async (
  keycloak: TestKeycloak,
  { realm: name = `curfew-test-${randomUUID()}` }: { readonly realm?: string } = {},
): Promise<TestRealm> => {
  const { baseUrl } = keycloak
  const server = makeAdminCall({ baseUrl, prefix: '', askToken: () => adminToken(keycloak) })
  madeId(await server('POST', '', { realm: name, enabled: true, sslRequired: 'none' }))
  // Asked for after the realm exists: rights on a new realm show only in tokens issued later.
  const asAdmin = makeAdminCall({
    baseUrl,
    prefix: `/${name}`,
    askToken: () => adminToken(keycloak),
  })
  await saveAllEvents(asAdmin)
  const app = { clientId: 'app', uuid: await makeAppClient(asAdmin) }
  const curfew = { clientId: 'curfew', clientSecret: randomUUID() }
  await makeCurfewClient(asAdmin, curfew)
  const asCurfew = makeAdminCall({
    baseUrl,
    prefix: `/${name}`,
    askToken: () => curfewToken({ baseUrl, name, curfew }),
  })
  const remove = async (): Promise<void> => {
    await asAdmin('DELETE', '')
  }
  return {
    baseUrl,
    name,
    app,
    curfew,
    asAdmin,
    asCurfew,
    remove,
    [Symbol.asyncDispose]: remove,
  }
}

/** An access token of the client `curfew` (client credentials); it lives five minutes. */
export const curfewToken = async ({
  baseUrl,
  name,
  curfew,
}: Pick<TestRealm, 'baseUrl' | 'name' | 'curfew'>): Promise<string> =>
  accessTokenOf(
    await askForToken(baseUrl, name, {
      grant_type: 'client_credentials',
      client_id: curfew.clientId,
      client_secret: curfew.clientSecret,
    }),
  )

/** Makes an enabled user with an address at example.com and a password. */
export const makeUser = async (
  realm: TestRealm,
  {
    username = `user-${randomUUID()}`,
    password = randomUUID(),
  }: { readonly username?: string; readonly password?: string } = {},
): Promise<TestUser> => {
  const answer = await realm.asAdmin('POST', '/users', {
    username,
    enabled: true,
    email: `${username}@example.com`,
    emailVerified: true,
    firstName: 'Ada',
    lastName: 'Example',
    credentials: [{ type: 'password', value: password, temporary: false }],
  })
  return { realm, id: madeId(answer), username, password }
}

/** Logs in with the password; `offline` asks for a session that outlives the ordinary ones. */
export const login = async (
  { realm, username, password }: TestUser,
  { offline = false }: { readonly offline?: boolean } = {},
): Promise<TestLogin> => {
  const answer = await askForToken(realm.baseUrl, realm.name, {
    grant_type: 'password',
    client_id: realm.app.clientId,
    username,
    password,
    scope: offline ? 'openid offline_access' : 'openid',
  })
  return {
    realm,
    sessionId: textAt(answer.body, 'session_state'),
    accessToken: textAt(answer.body, 'access_token'),
    refreshToken: textAt(answer.body, 'refresh_token'),
  }
}

/** Uses the refresh token; a refusal is an answer, not a failure. */
export const refresh = async ({ realm, refreshToken }: TestLogin): Promise<Answer> =>
  askForToken(realm.baseUrl, realm.name, {
    grant_type: 'refresh_token',
    client_id: realm.app.clientId,
    refresh_token: refreshToken,
  })

/** Sets a new password as the administrator does; the answer is the user who knows it. */
export const resetPassword = async (
  user: TestUser,
  password: string = randomUUID(),
): Promise<TestUser> => {
  const { status } = await user.realm.asAdmin('PUT', `/users/${user.id}/reset-password`, {
    type: 'password',
    value: password,
    temporary: false,
  })
  if (status !== 204) throw new Error(`Keycloak answered ${status} to a password reset`)
  return { ...user, password }
}

/** Logs out as the application does; 204 when the session was ended. */
export const logout = async ({ realm, refreshToken }: TestLogin): Promise<Answer> =>
  askAt(`${realm.baseUrl}/realms/${realm.name}/protocol/openid-connect/logout`, {
    client_id: realm.app.clientId,
    refresh_token: refreshToken,
  })

const saveAllEvents = async (asAdmin: AdminCall): Promise<void> => {
  const { body } = await asAdmin('GET', '/events/config')
  const enabled = listAt(body, 'enabledEventTypes').map(String)
  // Uses of a session, which a realm does not save unless told to.
  const uses = ['REFRESH_TOKEN', 'USER_INFO_REQUEST', 'INTROSPECT_TOKEN']
  const { status } = await asAdmin('PUT', '/events/config', {
    eventsEnabled: true,
    enabledEventTypes: [...enabled, ...uses, ...uses.map((type) => `${type}_ERROR`)],
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: true,
  })
  if (status !== 204) throw new Error(`Keycloak answered ${status} to a change of its events`)
}

const makeAppClient = async (asAdmin: AdminCall): Promise<string> =>
  madeId(
    await asAdmin('POST', '/clients', {
      clientId: 'app',
      publicClient: true,
      directAccessGrantsEnabled: true,
      redirectUris: ['http://127.0.0.1/*'],
    }),
  )

const makeCurfewClient = async (
  asAdmin: AdminCall,
  { clientId, clientSecret }: TestRealm['curfew'],
): Promise<void> => {
  const uuid = madeId(
    await asAdmin('POST', '/clients', {
      clientId,
      secret: clientSecret,
      publicClient: false,
      standardFlowEnabled: false,
      serviceAccountsEnabled: true,
    }),
  )
  const account = textAt((await asAdmin('GET', `/clients/${uuid}/service-account-user`)).body, 'id')
  const management = await asAdmin('GET', '/clients?clientId=realm-management')
  const managementUuid = textAt(listAt(management.body)[0], 'id')
  const roles = listAt((await asAdmin('GET', `/clients/${managementUuid}/roles`)).body)
  const { status } = await asAdmin(
    'POST',
    `/users/${account}/role-mappings/clients/${managementUuid}`,
    roles.filter((role) => CURFEW_ROLES.includes(textAt(role, 'name'))),
  )
  if (status !== 204) throw new Error(`Keycloak answered ${status} to a grant of roles`)
}

const adminToken = async ({ baseUrl, admin }: TestKeycloak): Promise<string> =>
  accessTokenOf(
    await askForToken(baseUrl, 'master', {
      grant_type: 'password',
      client_id: 'admin-cli',
      ...admin,
    }),
  )

const accessTokenOf = ({ body }: Answer): string => textAt(body, 'access_token')
