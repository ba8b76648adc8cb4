/**
 * Every event type of WorkOS, and what becomes of it: the one list that the format, the feed and the
 * tests go by. A test fails when the official SDK knows a type that stands nowhere here.
 */

/** Read as events, and asked for by name: the Events API knows no wildcards. */
const read = [
  'session.created',
  'session.revoked',
  'agent.instance.session.created',
  'agent.instance.session.revoked',
  ...['password', 'mfa', 'magic_auth', 'passkey', 'oauth', 'sso', 'email_verification'].flatMap(
    (method) => [`authentication.${method}_succeeded`, `authentication.${method}_failed`],
  ),
  'authentication.reauthentication_succeeded',
  'password_reset.succeeded',
  'user.created',
  'user.updated',
  'user.deleted',
  'organization.deleted',
  'organization_membership.created',
  'organization_membership.updated',
  'organization_membership.deleted',
  'dsync.user.created',
  'dsync.user.updated',
  'dsync.user.deleted',
  'dsync.group.user_removed',
  'dsync.deleted',
  'connection.deactivated',
  'connection.deleted',
  'agent.registration.revoked',
  'agent.registration.expired',
  'agent.registration.deleted',
  'agent.instance.deleted',
  'api_key.revoked',
  'pipes.connected_account.disconnected',
]

/** Read where they come, and not asked for: names that today's Events API may refuse. */
const readUnasked = ['dsync.deactivated', 'pipes.account_connection.disconnected']

const asked = 'only asked for: nothing has changed yet'
const begins = 'something begins that entitles sessions, and none ends'
const described = 'describes something that no session rests on'
const organizationOnly = 'describes an organization and takes nothing from its members'
const catalogue = 'describes what may be granted, and names nobody who holds it'
const roleOnly =
  'names nobody who holds the role; a member whose roles change is told by organization_membership.updated'
const permissionsOnly =
  'names nobody who holds the role; its permissions are read again at each refresh of a token'
const groupOnly =
  'names no user; a member whose roles change with it is told by organization_membership.updated'
const agentBegins = 'an agent is given something; what ends it is told by its own event'
const notOver = 'no sign-in yet; how it ended is told by its own event'
const vault = 'is about stored secrets, which no session rests on'
const flag = 'is about a feature flag'
const waitlist = 'is about somebody who has no account yet'

/** Deliberately ignored, each with the reason. */
const ignored: { readonly [type: string]: string } = {
  'action.authentication.denied':
    'an action of the application refused a sign-in: no session came of it',
  'action.user_registration.denied': 'nobody was registered',
  'agent.blueprint.created': begins,
  'agent.blueprint.deleted': 'its instances and sessions are told by their own events',
  'agent.blueprint.updated': 'what it narrows holds from the next mint or refresh of a token',
  'agent.instance.created': begins,
  'agent.registration.claim.attempt.created': asked,
  'agent.registration.claim.completed': agentBegins,
  'agent.registration.created': agentBegins,
  'agent.registration.credential.issued': agentBegins,
  'agent.registration.organization.switched': 'says where it goes and not what it loses',
  'agent.registration.refreshed': agentBegins,
  'api_key.created': begins,
  'api_key.updated': 'says what the key may do now and not what it lost',
  'authentication.radar_risk_detected':
    'a judgement on a sign-in, which is told by its own event; it says neither that a session came of it nor which',
  'authentication.sso_started': notOver,
  'authentication.sso_timed_out': notOver,
  'connection.activated': begins,
  'connection.saml_certificate_renewal_required': described,
  'connection.saml_certificate_renewed': described,
  'dsync.activated': begins,
  'dsync.group.created': begins,
  'dsync.group.deleted': groupOnly,
  'dsync.group.updated': described,
  'dsync.group.user_added': begins,
  'dsync.token.created': 'is about the key by which a directory writes to WorkOS',
  'dsync.token.revoked': 'is about the key by which a directory writes to WorkOS',
  'email_verification.created': asked,
  'flag.created': flag,
  'flag.deleted': flag,
  'flag.rule_updated': flag,
  'flag.updated': flag,
  'group.created': begins,
  'group.deleted': groupOnly,
  'group.member_added': begins,
  'group.member_removed': groupOnly,
  'group.updated': described,
  'invitation.accepted': begins,
  'invitation.created': asked,
  'invitation.resent': asked,
  'invitation.revoked': 'an invitation that nobody accepted entitles no session',
  'magic_auth.created': asked,
  'organization.created': begins,
  'organization.updated': organizationOnly,
  'organization_domain.created': organizationOnly,
  'organization_domain.deleted': organizationOnly,
  'organization_domain.updated': organizationOnly,
  'organization_domain.verification_failed': organizationOnly,
  'organization_domain.verified': organizationOnly,
  'organization_role.created': catalogue,
  'organization_role.deleted': roleOnly,
  'organization_role.updated': permissionsOnly,
  'password_reset.created': asked,
  'permission.created': catalogue,
  'permission.deleted': permissionsOnly,
  'permission.updated': catalogue,
  'pipes.account_connection.add_failed': notOver,
  'pipes.account_connection.connected': begins,
  'pipes.account_connection.connection_failed': notOver,
  'pipes.account_connection.reauthorization_needed': 'asks for more consent and takes none away',
  'pipes.connected_account.connected': begins,
  'pipes.connected_account.connection_failed': notOver,
  'pipes.connected_account.reauthorization_needed': 'asks for more consent and takes none away',
  'radar.challenge_created': notOver,
  'resource_export.completed': described,
  'resource_export.created': described,
  'resource_export.downloaded': described,
  'resource_export.failed': described,
  'role.created': catalogue,
  'role.deleted': roleOnly,
  'role.updated': permissionsOnly,
  'session.reauthenticated': 'the sign-in that it repeats is told by its own event',
  'vault.byok_key.deleted': vault,
  'vault.byok_key.verification_completed': vault,
  'vault.data.created': vault,
  'vault.data.deleted': vault,
  'vault.data.read': vault,
  'vault.data.updated': vault,
  'vault.dek.decrypted': vault,
  'vault.dek.read': vault,
  'vault.kek.created': vault,
  'vault.kek.deleted': vault,
  'vault.metadata.read': vault,
  'vault.names.listed': vault,
  'waitlist_user.approved': waitlist,
  'waitlist_user.created': waitlist,
  'waitlist_user.denied': waitlist,
}

export const workosEventTypes: {
  readonly read: readonly string[]
  readonly readUnasked: readonly string[]
  readonly ignored: { readonly [type: string]: string }
} = { read, readUnasked, ignored }
