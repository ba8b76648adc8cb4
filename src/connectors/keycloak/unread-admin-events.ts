/**
 * The kinds of admin events that are not read, each with the reason: by resource, or by operation
 * and resource where another operation on it is read. What is neither here nor read counts as
 * unknown and is reported.
 */
const unreadResources: ReadonlyMap<string, string> = new Map([
  ['REALM_SCOPE_MAPPING', 'changes what a client may ask for, not what a person may do'],
  ['CLIENT_SCOPE', 'changes what tokens hold, not whether a session lives'],
  ['CLIENT_SCOPE_MAPPING', 'changes what a client may ask for, not what a person may do'],
  ['CLIENT_SCOPE_CLIENT_MAPPING', 'changes what a client may ask for, not what a person may do'],
  ['PROTOCOL_MAPPER', 'changes what tokens hold, not whether a session lives'],
  ['AUTH_FLOW', 'changes how people sign in from now on'],
  ['AUTH_EXECUTION_FLOW', 'changes how people sign in from now on'],
  ['AUTH_EXECUTION', 'changes how people sign in from now on'],
  ['AUTHENTICATOR_CONFIG', 'changes how people sign in from now on'],
  ['REQUIRED_ACTION_CONFIG', 'changes how people sign in from now on'],
  ['REQUIRED_ACTION', 'changes how people sign in from now on'],
  ['IDENTITY_PROVIDER_MAPPER', 'changes what is taken over at the next sign-in'],
  ['USER_LOGIN_FAILURE', 'clears the count of wrong passwords'],
  ['USER_FEDERATION_PROVIDER', 'people of a directory that is removed are refused from then on'],
  ['COMPONENT', 'a part of the server; people of a directory that is removed are refused'],
  ['USER_FEDERATION_MAPPER', 'changes what is taken over at the next synchronization'],
  [
    'CLIENT',
    'the tokens of a disabled or deleted client are refused, whichever session they are of',
  ],
  ['CLIENT_INITIAL_ACCESS_MODEL', 'about the registration of clients'],
  ['CLUSTER_NODE', 'housekeeping of a client adapter'],
  ['AUTHORIZATION_RESOURCE_SERVER', 'decided anew at each request, not by the session'],
  ['AUTHORIZATION_RESOURCE', 'decided anew at each request, not by the session'],
  ['AUTHORIZATION_SCOPE', 'decided anew at each request, not by the session'],
  ['AUTHORIZATION_POLICY', 'decided anew at each request, not by the session'],
  ['CUSTOM', 'an extension of the server, whose meaning only its author knows'],
  ['USER_PROFILE', 'changes which attributes describe people'],
])

const unreadKinds: ReadonlyMap<string, string> = new Map([
  [
    'UPDATE REALM',
    'a setting of the whole realm; a disabled realm, or one whose tokens are void, refuses everybody alike, Curfew too',
  ],
  ['DELETE REALM', 'everything of the realm is gone, its events with it'],
  ['UPDATE REALM_ROLE', 'renames or describes a role'],
  ['UPDATE CLIENT_ROLE', 'renames or describes a role'],
  ['UPDATE GROUP', 'renames, describes or moves a group'],
  ['UPDATE ORGANIZATION_GROUP', 'renames or describes a group'],
  ['UPDATE USER_SESSION', 'Keycloak never writes it'],
  ['ACTION REALM_ROLE', 'changes who may administer a role'],
  ['ACTION CLIENT_ROLE', 'changes who may administer a role'],
  ['ACTION GROUP', 'changes who may administer a group'],
  ['ACTION IDENTITY_PROVIDER', 'changes who may administer a provider, or reloads its keys'],
  ['ACTION ORGANIZATION', 'invites somebody to join'],
])

const mappings =
  /^(REALM_ROLE_MAPPING|CLIENT_ROLE_MAPPING|(ORGANIZATION_)?GROUP(_MEMBERSHIP)?|ORGANIZATION_MEMBERSHIP|USER_SESSION)$/

/** Why a kind is deliberately not read; undefined when it is read or not known. */
export function whyAdminEventUnread(operation: string, resource: string): string | undefined {
  const known = unreadKinds.get(`${operation} ${resource}`) ?? unreadResources.get(resource)
  if (known !== undefined) return known
  if (operation === 'CREATE') return 'adds something, and takes nothing from anybody'
  const isMapping = mappings.test(resource) && operation !== 'DELETE'
  return isMapping ? 'Keycloak never writes it: what is mapped is created or deleted' : undefined
}
