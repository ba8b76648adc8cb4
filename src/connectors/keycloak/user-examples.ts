import type { FormatExample } from '../../decode/format.ts'
import { grantOf } from './event-facts.ts'

export const ada = 'cd0fbb7f-bb13-45e9-8f61-b9eb672bd9f1'
export const session = 'bc79b5a9-1eaa-72bd-50bf-12183ff6d6bf'
const time = Date.UTC(2026, 10, 3, 9, 12, 44, 111)

/** A user event of that type, with further details and fields. */
export const userEvent = (type: string, details: object, more: object = {}) => ({
  kind: 'user_event',
  realm: 'staff',
  event: {
    id: `f1ceab74-${type}`,
    time,
    type,
    realmId: '103a1a84-9578-4d90-8ac3-2a57733f8bef',
    clientId: 'app',
    userId: ada,
    sessionId: session,
    ipAddress: '203.0.113.9',
    details,
    ...more,
  },
})

/** User events cut from those of a server of version 26.4, with what they become. */
export const userExamples: readonly FormatExample[] = [
  {
    name: 'a login in the browser',
    message: userEvent('LOGIN', {
      auth_method: 'openid-connect',
      auth_type: 'code',
      redirect_uri: 'https://app.example.com/cb',
      consent: 'no_consent_required',
      code_id: session,
      username: 'ada@example.com',
    }),
    becomes: {
      type: 'session.created',
      nativeId: 'f1ceab74-LOGIN',
      occurredAt: time,
      sessionId: session,
      sessionKind: 'online',
      subjectId: ada,
      subjectEmail: 'ada@example.com',
      applicationId: 'app',
      ip: '203.0.113.9',
      userAgent: '',
    },
  },
  {
    name: 'a visit to another client with the same session',
    message: userEvent('LOGIN', {
      response_type: 'code',
      response_mode: 'query',
      code_id: session,
    }),
    becomes: { type: 'session.created', sessionId: session },
  },
  {
    name: 'a login that leaves only an offline session',
    message: userEvent('LOGIN', { grant_type: 'password', refresh_token_type: 'Offline' }),
    becomes: {
      type: 'session.created',
      sessionKind: 'offline',
      authMethod: 'password',
      grantId: grantOf(ada, 'app'),
    },
  },
  {
    name: 'a code that becomes an offline token',
    message: userEvent('CODE_TO_TOKEN', { token_id: 'ofrtac:8a3b', refresh_token_type: 'Offline' }),
    becomes: { type: 'session.created', sessionKind: 'offline' },
  },
  {
    name: 'an impersonation',
    message: userEvent('IMPERSONATE', { impersonator_realm: 'master', impersonator: 'root' }),
    becomes: {
      type: 'session.created',
      authMethod: 'impersonation',
      initiatorKind: 'admin',
      initiatorId: 'root',
    },
  },
  {
    name: 'a wrong password, typed into the field for the name',
    message: userEvent(
      'LOGIN_ERROR',
      { username: 'hunter2@example.com' },
      { userId: undefined, sessionId: undefined, error: 'user_not_found' },
    ),
    becomes: { type: 'authentication.failed', reason: 'user_not_found', subjectEmail: '' },
  },
  {
    name: 'a refresh',
    message: userEvent('REFRESH_TOKEN', {
      token_id: 'onrtrt:11b0ab8e',
      refresh_token_type: 'Refresh',
      access_token_expiration_time: '300',
      refresh_token_id: '6a005fe9',
    }),
    becomes: {
      type: 'session.used',
      outcome: 'accepted',
      observer: 'idp',
      sessionKind: 'online',
      tokenKind: 'access',
      tokenId: 'onrtrt:11b0ab8e',
      tokenIssuedAt: time,
      tokenExpiresAt: time + 300_000,
    },
  },
  {
    name: 'a refresh of a session that is over',
    message: userEvent(
      'REFRESH_TOKEN_ERROR',
      { reason: 'Session not active', refresh_token_type: 'Refresh', refresh_token_sub: ada },
      { userId: undefined, error: 'invalid_token' },
    ),
    becomes: {
      type: 'session.used',
      outcome: 'refused',
      refusalReason: 'session_ended',
      observer: 'idp',
      subjectId: ada,
      tokenKind: 'refresh',
    },
  },
  {
    name: 'a refresh by somebody whose account is disabled, which ends nothing',
    message: userEvent('REFRESH_TOKEN_ERROR', { reason: 'User disabled' }),
    becomes: { type: 'session.used', outcome: 'refused', refusalReason: 'not_allowed' },
  },
  {
    name: 'a refresh with a stale token, which names no session',
    message: userEvent('REFRESH_TOKEN_ERROR', { reason: 'Stale token' }, { sessionId: undefined }),
    becomes: 'ignored',
  },
  {
    name: 'an introspection of a token whose session is gone',
    message: userEvent(
      'INTROSPECT_TOKEN_ERROR',
      { token_id: 'onrtro:e82c4373', token_issued_for: 'app' },
      { clientId: 'curfew', error: 'user_session_not_found' },
    ),
    becomes: {
      type: 'session.used',
      outcome: 'refused',
      refusalReason: 'session_ended',
      applicationId: 'app',
      ip: '203.0.113.9',
      ipOf: 'application',
    },
  },
  {
    name: 'an introspection that does not tell the kind of session',
    message: userEvent('INTROSPECT_TOKEN', {}),
    becomes: 'ignored',
  },
  {
    name: 'a logout',
    message: userEvent('LOGOUT', {}, { details: undefined }),
    becomes: { type: 'session.ended', initiatorKind: 'user', sessionId: session },
  },
  {
    name: 'signing out other devices while changing the password',
    message: userEvent('LOGOUT', {
      logout_triggered_by_required_action: 'UPDATE_PASSWORD',
      code_id: '792c2ffa-bb15-d8cc-0a3d-386e5251187c',
    }),
    becomes: {
      type: 'session.ended',
      initiatorSessionId: '792c2ffa-bb15-d8cc-0a3d-386e5251187c',
    },
  },
  {
    name: 'a password changed by its owner',
    message: userEvent(
      'UPDATE_PASSWORD',
      { credential_type: 'password', code_id: session },
      { sessionId: undefined },
    ),
    becomes: {
      type: 'credential.changed',
      subjectId: ada,
      sessionId: '',
      initiatorKind: 'user',
      initiatorSessionId: session,
    },
  },
  {
    name: 'a new second factor',
    message: userEvent('UPDATE_CREDENTIAL', { credential_type: 'otp', code_id: session }),
    becomes: { type: 'factor.changed', reason: 'otp' },
  },
  {
    name: 'a lockout that anybody can provoke',
    message: userEvent(
      'USER_DISABLED_BY_TEMPORARY_LOCKOUT',
      { reason: 'brute_force_attack detected' },
      { sessionId: undefined },
    ),
    becomes: { type: 'authentication.failed' },
  },
  {
    name: 'a lockout that disabled the account',
    message: userEvent(
      'USER_DISABLED_BY_PERMANENT_LOCKOUT',
      { reason: 'brute_force_attack detected' },
      { sessionId: undefined },
    ),
    becomes: { type: 'subject.suspended', subjectId: ada },
  },
  {
    name: 'an access token given back, whose session lives on',
    message: userEvent('REVOKE_GRANT', { token_id: 'onrtro:3031e056' }, { sessionId: undefined }),
    becomes: 'ignored',
  },
  {
    name: "a user-info request: it never tells the kind of session, and its address is the application's",
    message: userEvent('USER_INFO_REQUEST', { auth_method: 'validate_access_token' }),
    becomes: 'ignored',
  },
  {
    name: 'a user-info request of an ended session, for the same reason',
    message: userEvent(
      'USER_INFO_REQUEST_ERROR',
      { auth_method: 'validate_access_token' },
      { userId: undefined, error: 'user_session_not_found' },
    ),
    becomes: 'ignored',
  },
  {
    name: 'a type that we do not know',
    message: userEvent('constructor', {}),
    becomes: 'ignored',
  },
  {
    name: 'a refresh without a session',
    message: userEvent('REFRESH_TOKEN', {}, { sessionId: undefined }),
    becomes: { rejected: 'missing_field' },
  },
]
