import { describe, expect, it } from 'vitest'
import { anEventV1, binding, decodeOne } from '../../decode/given.ts'

const time = Date.UTC(2026, 10, 3, 9, 12, 44, 111)

/** Whose address a user event of Keycloak brings, by its type, its details and its client. */
function ofKeycloak(
  type: string,
  details: object,
  clientId = 'intranet',
  publicClients: readonly string[] = [],
): unknown {
  const event = {
    id: `e-${type}`,
    time,
    type,
    realmId: '103a1a84',
    clientId,
    userId: 'cd0fbb7f',
    sessionId: 'bc79b5a9',
    ipAddress: '203.0.113.9',
    details,
  }
  const message = { kind: 'user_event', realm: 'staff', event }
  const trust = { ...binding, publicClients }
  const { event: read } = decodeOne(message, { format: 'keycloak', binding: trust })
  return read && { ip: read.ip, ipOf: read.ipOf }
}

const from = (ipOf: string) => ({ ip: '203.0.113.9', ipOf })
/** What Keycloak 26.4 writes for a public client just as for a confidential one. */
const authenticated = { client_auth_method: 'client-secret' }
const code = {
  token_id: 'onrtac:1',
  refresh_token_type: 'Refresh',
  grant_type: 'authorization_code',
}
const refresh = { token_id: 'onrtrt:1', refresh_token_type: 'Refresh', grant_type: 'refresh_token' }

describe('the address of an event of Keycloak', () => {
  it.each([
    ['LOGIN', { auth_method: 'openid-connect', auth_type: 'code', code_id: 'bc79b5a9' }],
    ['LOGIN', { response_type: 'code', response_mode: 'query', code_id: 'bc79b5a9' }],
    ['LOGIN', { auth_method: 'saml', redirect_uri: 'https://wiki.example.com/saml' }],
    ['LOGOUT', { redirect_uri: 'https://wiki.example.com/' }],
    ['LOGOUT', { logout_triggered_by_required_action: 'UPDATE_PASSWORD', code_id: 'x' }],
    ['UPDATE_PASSWORD', { credential_type: 'password', response_type: 'code' }],
    ['REMOVE_TOTP', {}],
  ])("is the subject's where a browser was answered: %s %j", (type, details) => {
    expect(ofKeycloak(type, details)).toEqual(from('subject'))
  })

  it.each([
    ['CODE_TO_TOKEN', { ...code, ...authenticated }],
    ['CODE_TO_TOKEN', code],
    ['REFRESH_TOKEN', { ...refresh, ...authenticated }],
    ['REFRESH_TOKEN', { ...refresh, client_auth_method: 'client-jwt' }],
    ['REFRESH_TOKEN_ERROR', { reason: 'Stale token', refresh_token_type: 'Refresh' }],
    ['LOGIN', { grant_type: 'password', ...authenticated }],
    ['LOGIN', { auth_method: 'openid-connect', ...authenticated }],
    ['LOGOUT', { refresh_token_id: 'r', ...authenticated }],
    ['LOGOUT', {}],
    ['LOGIN_ERROR', { auth_method: 'openid-connect' }],
  ])('is of nobody in particular where a client called, or may have: %s %j', (type, details) => {
    expect(ofKeycloak(type, details)).toEqual(from('unknown'))
  })

  it.each([
    ['CODE_TO_TOKEN', { ...code, ...authenticated }],
    ['REFRESH_TOKEN', { ...refresh, ...authenticated }],
  ])(
    "is the subject's at a console of Keycloak's own, which runs in the browser: %s",
    (type, details) => {
      expect(ofKeycloak(type, details, 'account-console')).toEqual(from('subject'))
      expect(ofKeycloak(type, details, 'security-admin-console')).toEqual(from('subject'))
    },
  )

  it.each([
    ['CODE_TO_TOKEN', { ...code, ...authenticated }],
    ['REFRESH_TOKEN', { ...refresh, ...authenticated }],
    ['REFRESH_TOKEN_ERROR', { reason: 'Stale token', refresh_token_type: 'Refresh' }],
    ['LOGIN', { grant_type: 'password', ...authenticated }],
    ['LOGOUT', { refresh_token_id: 'r', ...authenticated }],
  ])("is the subject's where a client calls that is named as public: %s %j", (type, details) => {
    expect(ofKeycloak(type, details, 'mobile', ['web', 'mobile'])).toEqual(from('subject'))
    expect(ofKeycloak(type, details, 'intranet', ['web', 'mobile'])).toEqual(from('unknown'))
  })

  it.each([
    ['LOGOUT', {}, 'unknown'],
    ['INTROSPECT_TOKEN', { token_id: 'onrtac:1' }, 'application'],
    ['IMPERSONATE', { impersonator: 'root' }, 'actor'],
  ])('is nobody else at a public client than before: %s %j', (type, details, ipOf) => {
    expect(ofKeycloak(type, details, 'mobile', ['mobile'])).toEqual(from(ipOf))
  })

  it.each([
    ['INTROSPECT_TOKEN', { token_id: 'onrtac:1' }],
    ['CLIENT_LOGIN', { token_id: 'onrtcc:1', refresh_token_type: 'Refresh', ...authenticated }],
  ])("is a server's at %s", (type, details) => {
    expect(ofKeycloak(type, details)).toEqual(from('application'))
  })

  it("is the impersonator's at an impersonation, and the administrator's at an administrative act", () => {
    expect(ofKeycloak('IMPERSONATE', { impersonator: 'root' })).toEqual(from('actor'))
    const event = {
      time,
      authDetails: { userId: '6405f03b', ipAddress: '203.0.113.9' },
      operationType: 'ACTION',
      resourceType: 'USER',
      resourcePath: 'users/cd0fbb7f/reset-password',
    }
    const message = { kind: 'admin_event', realm: 'staff', event }
    expect(decodeOne(message, { format: 'keycloak' }).event).toMatchObject(from('actor'))
  })
})

describe('the address of an event of our own contract', () => {
  const ipOf = (more: object) => decodeOne(anEventV1({ ip: '203.0.113.9', ...more })).event?.ipOf

  it("is the subject's, unless somebody else made it happen", () => {
    expect(ipOf({})).toBe('subject')
    expect(ipOf({ initiator: { kind: 'user' } })).toBe('subject')
    for (const kind of ['admin', 'system', 'curfew']) {
      expect(ipOf({ initiator: { kind } })).toBe('actor')
    }
  })

  it('may be anybody’s where who made it happen cannot be read', () => {
    for (const initiator of [{ kind: 'operator' }, { kind: 7 }, 'support', ['admin']]) {
      expect(ipOf({ initiator })).toBe('unknown')
    }
    for (const initiator of [null, '', {}, { kind: null }, { kind: '' }]) {
      expect(ipOf({ initiator })).toBe('subject')
    }
  })

  it('is whose the producer says', () => {
    for (const ip_of of ['subject', 'application', 'actor', 'unknown']) {
      expect(ipOf({ ip_of })).toBe(ip_of)
      expect(ipOf({ ip_of, initiator: { kind: 'admin' } })).toBe(ip_of)
    }
  })
})

describe('the address of an event of WorkOS', () => {
  const session = {
    id: 'session_01JBX',
    user_id: 'user_01JBX',
    ip_address: '203.0.113.9',
    created_at: '2026-11-03T09:12:00.000Z',
    auth_method: 'sso',
  }
  const read = (event: string, data: object, more: object = {}) =>
    decodeOne(
      { id: 'event_1', event, created_at: '2026-11-03T09:12:44.120Z', data, ...more },
      { format: 'workos' },
    ).event

  it("is the user's at an authentication, whether a browser or an application's call made it", () => {
    const data = { type: 'password', user_id: 'user_01JBX', ip_address: '203.0.113.9' }
    for (const context of [{}, { context: { actor: { source: 'api', id: 'key_1' } } }]) {
      expect(read('authentication.password_succeeded', data, context)).toMatchObject(
        from('subject'),
      )
    }
  })

  it("is that of the session's creation whenever the session is told of, whoever revoked it", () => {
    expect(read('session.created', session)).toMatchObject(from('subject'))
    const context = { actor: { source: 'dashboard', id: 'user_9' } }
    expect(read('session.revoked', session, { context })).toMatchObject(from('subject'))
  })

  it("is the impersonator's for an impersonated session, from its beginning to its end", () => {
    const impersonated = { ...session, impersonator: { email: 'support@example.com' } }
    expect(read('session.created', impersonated)).toMatchObject(from('actor'))
    expect(read('session.revoked', impersonated)).toMatchObject(from('actor'))
    const byMethod = { ...session, auth_method: 'impersonation', impersonator: null }
    expect(read('session.created', byMethod)).toMatchObject(from('actor'))
    const data = { ...session, type: 'impersonation' }
    expect(read('authentication.impersonation_succeeded', data)).toMatchObject(from('actor'))
  })
})
