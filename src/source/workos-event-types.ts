/** What the format makes something of. The API wants every name; it knows no wildcards. */
export const workosEventTypes: readonly string[] = [
  'session.created',
  'session.revoked',
  ...['password', 'mfa', 'magic_auth', 'passkey', 'oauth', 'sso', 'email_verification'].flatMap(
    (method) => [`authentication.${method}_succeeded`, `authentication.${method}_failed`],
  ),
  'password_reset.succeeded',
  'user.deleted',
  'organization_membership.updated',
  'organization_membership.deleted',
  'dsync.user.updated',
  'dsync.user.deleted',
  'dsync.deleted',
  'connection.deactivated',
  'connection.deleted',
  'agent.registration.revoked',
  'agent.registration.expired',
  'agent.registration.deleted',
]
