import type { IpOf } from '../../contract/event-words.ts'
import type { Fields } from '../../decode/fields.ts'

/**
 * Whose client called Keycloak when it wrote a user event; the event itself only has an address.
 *
 * An event of a call at which a client authenticates (token, introspection, revocation and logout
 * by refresh token, CIBA, device) carries `client_auth_method` or `grant_type`. A confidential
 * client makes such calls from its server. A public client makes them from the subject's device,
 * but Keycloak writes `client_auth_method: client-secret` for it too, so the event does not prove
 * it. Only the consoles that Keycloak itself serves are public in every realm, and the clients that
 * the connections name as public. All else of this kind is `unknown`: taking a server for the subject
 * moves the subject to a data centre at every sign-in.
 *
 * LOGOUT is written for the browser and for the back channel of another identity provider; only the
 * browser brings a place to return to, or a required action.
 */
export function ipOfUserEvent(
  type: string,
  event: Fields,
  details: Fields,
  publicClients: readonly string[],
): IpOf {
  if (type === 'IMPERSONATE') return 'actor'
  if (servers.has(type)) return 'application'
  const isPublic = publicClients.some((clientId) => clientId === event.clientId)
  if (tokenCalls.has(type)) return isPublic || consoles.has(event.clientId) ? 'subject' : 'unknown'
  if (isTold(details.client_auth_method) || isTold(details.grant_type)) {
    return isPublic ? 'subject' : 'unknown'
  }
  if (type === 'LOGOUT')
    return logoutSigns.some((sign) => isTold(details[sign])) ? 'subject' : 'unknown'
  return pages.test(type) ? 'subject' : 'unknown'
}

/** Calls of applications and resource servers. A service account is where its servers are. */
const servers: ReadonlySet<string> = new Set([
  'CLIENT_LOGIN',
  'INTROSPECT_TOKEN',
  'INTROSPECT_TOKEN_ERROR',
  'USER_INFO_REQUEST',
  'USER_INFO_REQUEST_ERROR',
])

/** Written while Keycloak answers a browser with its own pages or its account console. */
const pages =
  /^(?:LOGIN|REGISTER|RESET_PASSWORD|SEND_RESET_PASSWORD|DELETE_ACCOUNT|REVOKE_GRANT|CUSTOM_REQUIRED_ACTION|(?:UPDATE|REMOVE|VERIFY)_[A-Z_]+|IDENTITY_PROVIDER_(?:FIRST|POST)?_?LOGIN|(?:REMOVE_)?FEDERATED_IDENTITY_[A-Z_]+)$/

const tokenCalls: ReadonlySet<string> = new Set([
  'CODE_TO_TOKEN',
  'CODE_TO_TOKEN_ERROR',
  'REFRESH_TOKEN',
  'REFRESH_TOKEN_ERROR',
])
const consoles: ReadonlySet<unknown> = new Set(['account-console', 'security-admin-console'])
const logoutSigns = ['redirect_uri', 'logout_triggered_by_required_action'] as const

function isTold(value: unknown): boolean {
  return value !== undefined && value !== null
}
