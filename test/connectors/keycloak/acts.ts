import {
  haveGroupDeleted,
  haveRoleDeleted,
  loseOrganization,
  losePartOfRole,
  loseRoleOfGroup,
} from '../../impose/keycloak-people.ts'
import { eventually } from '../../parts/eventually.ts'
import { openBrowser, openSignIn } from '../../parts/keycloak-browser.ts'
import { listAt, madeId, textAt } from '../../parts/keycloak-http.ts'
import type { TestLogin, TestRealm, TestUser } from '../../parts/keycloak-realm.ts'
import { resetPassword } from '../../parts/keycloak-realm.ts'
import { openMailSink } from '../../parts/mail-sink.ts'

/** A user with a session of each kind, each with a login of its own. */
export interface Signed {
  readonly realm: TestRealm
  readonly user: TestUser
  readonly online: TestLogin
  readonly offline: TestLogin
}

export interface Act {
  /** What must be there before the user signs in. */
  readonly prepare?: (realm: TestRealm, user: TestUser) => Promise<string>
  /** Does to the user what the matrix says of; `made` is what was prepared. */
  readonly run: (signed: Signed, made: string) => Promise<unknown>
  /** Takes it back, where that is possible: what was only blocked then lives again. */
  readonly undo?: (signed: Signed) => Promise<unknown>
}

const expectOk = async (what: string, call: Promise<{ readonly status: number }>) => {
  const { status } = await call
  if (status >= 300) throw new Error(`Keycloak answered ${status} to ${what}`)
}

const enable = ({ realm, user }: Signed, enabled: boolean) =>
  expectOk('a change of a user', realm.asAdmin('PUT', `/users/${user.id}`, { enabled }))

const revokeToken = async ({ realm, refreshToken }: TestLogin) =>
  fetch(`${realm.baseUrl}/realms/${realm.name}/protocol/openid-connect/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: realm.app.clientId, token: refreshToken }),
  })

const otp = {
  type: 'otp',
  secretData: JSON.stringify({ value: 'a-secret-of-a-test' }),
  credentialData: JSON.stringify({
    ...{ subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1' },
  }),
}

const partner = {
  alias: 'partner',
  providerId: 'oidc',
  enabled: true,
  config: {
    clientId: 'curfew',
    clientSecret: 'none',
    authorizationUrl: 'https://partner.example.com/auth',
    tokenUrl: 'https://partner.example.com/token',
  },
}

const newPassword = { 'password-new': 'a-new-password', 'password-confirm': 'a-new-password' }

/** As somebody does who forgot it: by the link in the mail. */
const resetByMail = async ({ realm, user }: Signed) => {
  await using mail = await openMailSink()
  const smtpServer = { host: '127.0.0.1', port: String(mail.port), from: 'idp@example.com' }
  await expectOk(
    'a mail server',
    realm.asAdmin('PUT', '', { smtpServer, resetPasswordAllowed: true }),
  )
  const browser = openBrowser()
  const forgot = await browser.follow(await openSignIn(browser, realm), 'reset-credentials')
  await browser.send(forgot, { username: user.username })
  const form = await browser.open(await mail.linkFor(`${user.username}@example.com`))
  const done = await browser.send(form, newPassword)
  if (done.code === undefined) throw new Error(`The reset did not sign in: ${done.url}`)
}

const changeOwn = async ({ realm, user }: Signed) => {
  const browser = openBrowser()
  const page = await openSignIn(browser, realm, { kc_action: 'UPDATE_PASSWORD' })
  const form = await browser.send(page, { username: user.username, password: user.password })
  const done = await browser.send(form, newPassword)
  if (done.code === undefined) throw new Error(`The change did not end: ${done.url}`)
}

const withOrganizations = async (user: TestUser, how: 'deleted' | 'disabled') => {
  await expectOk('organizations', user.realm.asAdmin('PUT', '', { organizationsEnabled: true }))
  await loseOrganization(user, how)
}

/** Tokens of the very second in which everything older was made void are still taken. */
const nextSecond = async () => {
  const second = Math.floor(Date.now() / 1000)
  await eventually({
    what: 'The next second',
    timeoutMs: 5_000,
    probe: async () => (Math.floor(Date.now() / 1000) > second ? true : undefined),
  })
}

/** By the id that the matrix gives each of them. */
export const acts: { readonly [id: string]: Act } = {
  'password-reset-by-admin': { run: ({ user }) => resetPassword(user) },
  'password-set-with-user': {
    run: ({ realm, user }) =>
      expectOk(
        'a change of a user',
        realm.asAdmin('PUT', `/users/${user.id}`, {
          credentials: [{ type: 'password', value: 'a-new-password', temporary: false }],
        }),
      ),
  },
  'password-reset-by-mail': { run: resetByMail },
  'password-changed-by-user': { run: changeOwn },
  'required-action-demanded': {
    run: ({ realm, user }) =>
      expectOk(
        'a demand of an action',
        realm.asAdmin('PUT', `/users/${user.id}`, { requiredActions: ['UPDATE_PASSWORD'] }),
      ),
  },
  'factor-removed': {
    run: async ({ realm, user }) => {
      await realm.asAdmin('PUT', `/users/${user.id}`, { credentials: [otp] })
      const all = listAt((await realm.asAdmin('GET', `/users/${user.id}/credentials`)).body)
      const factor = all.find((each) => textAt(each, 'type') === 'otp')
      await expectOk(
        'the removal of a factor',
        realm.asAdmin('DELETE', `/users/${user.id}/credentials/${textAt(factor, 'id')}`),
      )
    },
  },
  'user-disabled': {
    run: (signed) => enable(signed, false),
    undo: (signed) => enable(signed, true),
  },
  'user-deleted': {
    run: ({ realm, user }) =>
      expectOk('the removal of a user', realm.asAdmin('DELETE', `/users/${user.id}`)),
  },
  'role-removed': {
    prepare: async (realm, user) => {
      await realm.asAdmin('POST', '/roles', { name: 'payer' })
      const { body } = await realm.asAdmin('GET', '/roles/payer')
      await expectOk(
        'a role',
        realm.asAdmin('POST', `/users/${user.id}/role-mappings/realm`, [body]),
      )
      return JSON.stringify(body)
    },
    run: ({ realm, user }, made) =>
      expectOk(
        'the removal of a role',
        realm.asAdmin('DELETE', `/users/${user.id}/role-mappings/realm`, [JSON.parse(made)]),
      ),
  },
  'group-removed': {
    prepare: async (realm, user) => {
      const group = madeId(await realm.asAdmin('POST', '/groups', { name: 'payers' }))
      await expectOk('a group', realm.asAdmin('PUT', `/users/${user.id}/groups/${group}`))
      return group
    },
    run: ({ realm, user }, group) =>
      expectOk(
        'the removal from a group',
        realm.asAdmin('DELETE', `/users/${user.id}/groups/${group}`),
      ),
  },
  'role-of-group-removed': { run: ({ user }) => loseRoleOfGroup(user) },
  'part-of-role-removed': { run: ({ user }) => losePartOfRole(user) },
  'role-deleted': { run: ({ user }) => haveRoleDeleted(user) },
  'group-deleted': { run: ({ user }) => haveGroupDeleted(user) },
  'organization-deleted': { run: ({ user }) => withOrganizations(user, 'deleted') },
  'organization-disabled': { run: ({ user }) => withOrganizations(user, 'disabled') },
  'federated-identity-unlinked': {
    prepare: async (realm, user) => {
      await expectOk(
        'an identity provider',
        realm.asAdmin('POST', '/identity-provider/instances', partner),
      )
      await expectOk(
        'a link',
        realm.asAdmin('POST', `/users/${user.id}/federated-identity/partner`, {
          userId: 'ada-there',
          userName: 'ada',
        }),
      )
      return 'partner'
    },
    run: ({ realm, user }, alias) =>
      expectOk(
        'the removal of a link',
        realm.asAdmin('DELETE', `/users/${user.id}/federated-identity/${alias}`),
      ),
  },
  'identity-provider-disabled': {
    run: ({ realm }) =>
      expectOk(
        'a change of an identity provider',
        realm.asAdmin('PUT', '/identity-provider/instances/partner', {
          ...partner,
          enabled: false,
        }),
      ),
  },
  'consent-withdrawn': {
    run: ({ realm, user }) =>
      expectOk(
        'the withdrawal of a consent',
        realm.asAdmin('DELETE', `/users/${user.id}/consents/${realm.app.clientId}`),
      ),
  },
  'token-revoked': {
    run: async ({ online, offline }) => {
      await revokeToken(online)
      await revokeToken(offline)
    },
  },
  'user-logged-out-by-admin': {
    run: async ({ realm, user }) => {
      await nextSecond()
      await expectOk('the logout of a user', realm.asAdmin('POST', `/users/${user.id}/logout`))
    },
  },
  'realm-logged-out': {
    run: ({ realm }) => expectOk('the logout of a realm', realm.asAdmin('POST', '/logout-all')),
  },
}
