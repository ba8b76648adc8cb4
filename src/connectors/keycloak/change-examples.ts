import type { FormatExample } from '../../decode/format.ts'
import { grantOf } from './event-facts.ts'
import { ada, session, userEvent } from './user-examples.ts'

/** User events beyond signing in and out with a browser, cut from those of versions 26.4 and 26.7. */
export const changeExamples: readonly FormatExample[] = [
  {
    name: 'an online refresh token given back, which withdraws nothing that was granted',
    message: userEvent('REVOKE_GRANT', { refresh_token_type: 'Refresh', revoked_client: 'app' }),
    becomes: 'ignored',
  },
  {
    name: 'an offline token given back, which ends what its client was granted for good',
    message: userEvent('REVOKE_GRANT', { refresh_token_type: 'Offline', revoked_client: 'app' }),
    becomes: { type: 'grant.revoked', scopeId: grantOf(ada, 'app') },
  },
  {
    name: 'a consent taken back in the account console',
    message: userEvent('REVOKE_GRANT', { revoked_client: 'app' }),
    becomes: {
      type: 'grant.revoked',
      sessionId: '',
      scopeKind: 'grant',
      scopeId: grantOf(ada, 'app'),
    },
  },
  {
    name: 'a mail with a link to a new password, which anybody can ask for',
    message: userEvent('SEND_RESET_PASSWORD', { code_id: session }, { sessionId: undefined }),
    becomes: {
      type: 'credential.reset_requested',
      subjectId: ada,
      sessionId: '',
      initiatorSessionId: session,
    },
  },
  {
    name: 'the second telling of a password that a required action changed',
    message: userEvent('UPDATE_CREDENTIAL', {
      credential_type: 'password',
      custom_required_action: 'UPDATE_PASSWORD',
      code_id: session,
    }),
    becomes: 'ignored',
  },
  {
    name: 'a session whose time was over',
    message: userEvent('USER_SESSION_DELETED', { reason: 'user_session_expired' }),
    becomes: {
      type: 'session.ended',
      sessionKind: 'online',
      initiatorKind: 'system',
      reason: 'user_session_expired',
    },
  },
  {
    name: 'a code of a device that becomes a token',
    message: userEvent('OAUTH2_DEVICE_CODE_TO_TOKEN', {
      token_id: 'ofrtdg:1',
      refresh_token_type: 'Offline',
    }),
    becomes: { type: 'session.created', sessionKind: 'offline' },
  },
  {
    name: 'a sign-in without a browser, which no LOGIN tells',
    message: userEvent('AUTHREQID_TO_TOKEN', {
      token_id: 'onrtci:1',
      refresh_token_type: 'Refresh',
    }),
    becomes: { type: 'session.created', sessionKind: 'online', authMethod: 'ciba' },
  },
  {
    name: 'a token made from another one by a server',
    message: userEvent('TOKEN_EXCHANGE', { token_id: 'onrtte:987897a5' }),
    becomes: { type: 'session.used', outcome: 'accepted', sessionKind: 'online', ip: '' },
  },
  {
    name: 'another account of an identity provider that signs in from now on, and the former one no more',
    message: userEvent('FEDERATED_IDENTITY_OVERRIDE_LINK', { identity_provider: 'corp' }),
    becomes: { type: 'factor.changed', subjectId: ada, initiatorSessionId: session },
  },
  {
    name: 'a way to sign in that its owner took away',
    message: userEvent('REMOVE_FEDERATED_IDENTITY', { identity_provider: 'google' }),
    becomes: { type: 'factor.changed', subjectId: ada, initiatorSessionId: session },
  },
]
