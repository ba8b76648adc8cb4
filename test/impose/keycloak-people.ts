import type { Browser, Page } from '../parts/keycloak-browser.ts'
import { openBrowser, openSignIn, takeTokens } from '../parts/keycloak-browser.ts'
import { askAt, madeId, textAt } from '../parts/keycloak-http.ts'
import type { TestLogin, TestRealm, TestUser } from '../parts/keycloak-realm.ts'
import { login, makeUser } from '../parts/keycloak-realm.ts'
import type { MailSink } from '../parts/mail-sink.ts'

/** A person of a real Keycloak with a session from before anything happened. */
export interface Person {
  readonly user: TestUser
  readonly before: TestLogin
}

export const makePerson = async (realm: TestRealm): Promise<Person> => {
  const user = await makeUser(realm)
  return { user, before: await login(user) }
}

const newPassword = { 'password-new': 'A-new-1', 'password-confirm': 'A-new-1' }

/** Signs in with a browser, as far as the page that comes then. */
export const signIn = async (
  { realm, username, password }: TestUser,
  browser: Browser = openBrowser(),
): Promise<Page> => browser.send(await openSignIn(browser, realm), { username, password })

/** As somebody does who forgot the password: by the link in the mail. */
export const resetByMail = async (
  { realm, username }: TestUser,
  mails: MailSink,
): Promise<TestLogin> => {
  const browser = openBrowser()
  const forgot = await browser.follow(await openSignIn(browser, realm), 'reset-credentials')
  await browser.send(forgot, { username })
  const form = await browser.open(await mails.linkFor(`${username}@example.com`))
  return takeTokens(realm, await browser.send(form, newPassword))
}

/** Signs in and sets the new password that Keycloak demands before it lets the person in. */
export const obeyDemand = async (user: TestUser): Promise<TestLogin> => {
  const browser = openBrowser()
  const demand = await signIn(user, browser)
  return takeTokens(user.realm, await browser.send(demand, newPassword))
}

/** Signs in and, signed in, changes the own password; the answer is the session that did it. */
export const changeOwn = async (user: TestUser): Promise<TestLogin> => {
  const browser = openBrowser()
  const mine = await takeTokens(user.realm, await signIn(user, browser))
  const form = await openSignIn(browser, user.realm, { kc_action: 'UPDATE_PASSWORD' })
  await takeTokens(user.realm, await browser.send(form, newPassword))
  return mine
}

/** Does as the administrator what must succeed. */
const asAdmin = async (
  { realm, id }: TestUser,
  method: string,
  path: string,
  body?: unknown,
): Promise<void> => {
  const { status } = await realm.asAdmin(method, `/users/${id}${path}`, body)
  if (status >= 300) throw new Error(`Keycloak answered ${status} to ${method} ${path}`)
}

const passwordOf = (user: TestUser, temporary: boolean) => ({
  ...{ type: 'password', value: user.password, temporary },
})

export const setTemporaryPassword = (user: TestUser): Promise<void> =>
  asAdmin(user, 'PUT', '/reset-password', passwordOf(user, true))

export const demandPassword = (user: TestUser): Promise<void> =>
  asAdmin(user, 'PUT', '', { requiredActions: ['UPDATE_PASSWORD'] })

export const updateWithPassword = (user: TestUser): Promise<void> =>
  asAdmin(user, 'PUT', '', { credentials: [passwordOf(user, false)] })

export const disable = (user: TestUser): Promise<void> =>
  asAdmin(user, 'PUT', '', { enabled: false })

export const remove = (user: TestUser): Promise<void> => asAdmin(user, 'DELETE', '')

export const logOutEverywhere = (user: TestUser): Promise<void> => asAdmin(user, 'POST', '/logout')

export const withdrawConsent = (user: TestUser): Promise<void> =>
  asAdmin(user, 'DELETE', `/consents/${user.realm.app.clientId}`)

/** Gives a role of the realm, or of a client of that UUID, and takes it away again. */
export const loseRole = async (user: TestUser, clientUuid?: string): Promise<void> => {
  const { realm, id } = user
  const name = `role-of-${id}`
  const at = clientUuid === undefined ? '' : `/clients/${clientUuid}`
  await realm.asAdmin('POST', `${at}/roles`, { name })
  const { body } = await realm.asAdmin('GET', `${at}/roles/${name}`)
  const mapping = `/role-mappings${at === '' ? '/realm' : at}`
  await asAdmin(user, 'POST', mapping, [body])
  await asAdmin(user, 'DELETE', mapping, [{ id: textAt(body, 'id'), name }])
}

/** Puts the person into a group and takes the person out of it again. */
export const loseGroup = async (user: TestUser): Promise<void> => {
  const made = await user.realm.asAdmin('POST', '/groups', { name: `group-of-${user.id}` })
  const group = madeId(made)
  await asAdmin(user, 'PUT', `/groups/${group}`)
  await asAdmin(user, 'DELETE', `/groups/${group}`)
}

const made = async (realm: TestRealm, path: string, body: object): Promise<string> =>
  madeId(await realm.asAdmin('POST', path, body))

const roleAt = async (realm: TestRealm, name: string) => {
  await realm.asAdmin('POST', '/roles', { name })
  const { body } = await realm.asAdmin('GET', `/roles/${name}`)
  return { id: textAt(body, 'id'), name }
}

/** A group below a group that had a role, and the group above it loses the role. */
export const loseRoleOfGroup = async (user: TestUser): Promise<void> => {
  const { realm, id } = user
  const above = await made(realm, '/groups', { name: `above-${id}` })
  const below = await made(realm, `/groups/${above}/children`, { name: `below-${id}` })
  const role = await roleAt(realm, `of-group-${id}`)
  await realm.asAdmin('POST', `/groups/${above}/role-mappings/realm`, [role])
  await asAdmin(user, 'PUT', `/groups/${below}`)
  await realm.asAdmin('DELETE', `/groups/${above}/role-mappings/realm`, [role])
}

/** The person's role held another one, which is taken out of it. */
export const losePartOfRole = async (user: TestUser): Promise<void> => {
  const { realm, id } = user
  const [whole, part] = [await roleAt(realm, `whole-${id}`), await roleAt(realm, `part-${id}`)]
  await realm.asAdmin('POST', `/roles/${whole.name}/composites`, [part])
  await asAdmin(user, 'POST', '/role-mappings/realm', [whole])
  await realm.asAdmin('DELETE', `/roles/${whole.name}/composites`, [part])
}

/** As the console deletes roles: by their id. */
export const haveRoleDeleted = async (user: TestUser): Promise<void> => {
  const role = await roleAt(user.realm, `deleted-${user.id}`)
  await asAdmin(user, 'POST', '/role-mappings/realm', [role])
  await user.realm.asAdmin('DELETE', `/roles-by-id/${role.id}`)
}

export const haveGroupDeleted = async (user: TestUser): Promise<void> => {
  const group = await made(user.realm, '/groups', { name: `deleted-${user.id}` })
  await asAdmin(user, 'PUT', `/groups/${group}`)
  await user.realm.asAdmin('DELETE', `/groups/${group}`)
}

/** The organization is deleted, or disabled. */
export const loseOrganization = async (user: TestUser, how: 'deleted' | 'disabled') => {
  const { realm, id } = user
  const name = `org-${id}`
  const organization = { name, alias: name, domains: [{ name: `${id}.example.com` }] }
  const at = `/organizations/${await made(realm, '/organizations', organization)}`
  await realm.asAdmin('POST', `${at}/members`, id)
  if (how === 'deleted') await realm.asAdmin('DELETE', at)
  else await realm.asAdmin('PUT', at, { ...organization, enabled: false })
}

/** Gives a token back, as an application does (RFC 7009). */
export const revoke = async ({ realm, refreshToken }: TestLogin): Promise<void> => {
  const { status } = await askAt(
    `${realm.baseUrl}/realms/${realm.name}/protocol/openid-connect/revoke`,
    { client_id: realm.app.clientId, token: refreshToken },
  )
  if (status !== 200) throw new Error(`Keycloak answered ${status} to a revocation`)
}
