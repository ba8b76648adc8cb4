import type { SessionEvent } from '../../contract/event.ts'
import type { EventType } from '../../contract/event-words.ts'
import type { Fields } from '../../decode/fields.ts'
import {
  describingAddress,
  describingEmail,
  describingFields,
  describingId,
  isFields,
  note,
  requiredId,
  requiredText,
} from '../../decode/fields.ts'
import type { Reading } from '../../decode/format.ts'
import { parsedText } from '../../decode/json.ts'
import { noteLack, noteUnknown } from '../../decode/unread.ts'
import { grantOf } from './event-facts.ts'
import { whyAdminEventUnread } from './unread-admin-events.ts'

/** One admin event being read. */
interface Seen {
  readonly event: Fields
  readonly details: Fields
  /** The parts of `resourcePath`. */
  readonly path: readonly string[]
  readonly draft: SessionEvent
  readonly reading: Reading
}

/**
 * Fills the draft from an admin event; false when it tells nothing about sessions, which holds for
 * everything that failed. `keycloak-unread-admin-events.ts` says which kinds are not read, and why.
 */
export function readAdminEvent(event: Fields, draft: SessionEvent, reading: Reading): boolean {
  const operation = requiredId(event.operationType, 'event.operationType', reading)
  const resource = requiredId(event.resourceType, 'event.resourceType', reading)
  const reader = adminReaders.get(`${operation} ${resource}`)
  if (reader === undefined) {
    return whyAdminEventUnread(operation, resource) === undefined && noteUnknown(reading)
  }
  if (event.error !== undefined && event.error !== null) return false
  const path = requiredText(event.resourcePath, 'event.resourcePath', 1024, reading).split('/')
  const admin = describingFields(event.authDetails, 'event.authDetails', reading)
  const details = describingFields(event.details, 'event.details', reading)
  draft.initiatorKind = 'admin'
  draft.initiatorId = describingId(admin.userId, 'event.authDetails.userId', reading)
  draft.initiatorClient = describingId(admin.clientId, 'event.authDetails.clientId', reading)
  draft.ip = describingAddress(admin.ipAddress, 'event.authDetails.ipAddress', reading)
  draft.ipOf = 'actor'
  draft.subjectEmail = describingEmail(details.email, 'event.details.email', reading)
  draft.reason = `${operation} ${resource}`
  return reader({ event, details, path, draft, reading })
}

type Reader = (seen: Seen) => boolean

/** By operation and resource; the tests hold this table to what Keycloak has. */
export const adminReaders: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ACTION USER', readUserAction],
  ['UPDATE USER', readUserUpdate],
  ['DELETE USER', readUserDelete],
  ['DELETE USER_SESSION', readSessionDelete],
  ['DELETE GROUP_MEMBERSHIP', readReduction],
  ['DELETE REALM_ROLE_MAPPING', readReduction],
  ['DELETE CLIENT_ROLE_MAPPING', readReduction],
  ['DELETE ORGANIZATION_MEMBERSHIP', readMember],
  ['DELETE ORGANIZATION_GROUP_MEMBERSHIP', readMember],
  ['DELETE REALM_ROLE', readReduction],
  ['DELETE CLIENT_ROLE', readReduction],
  ['DELETE GROUP', (seen) => seen.path[0] !== 'default-groups' && readReduction(seen)],
  ['DELETE ORGANIZATION', readReduction],
  ['DELETE ORGANIZATION_GROUP', readReduction],
  ['UPDATE ORGANIZATION', (seen) => isDisabled(seen) && readReduction(seen)],
  ['ACTION REALM', readRealmAction],
  ['DELETE IDENTITY_PROVIDER', readConnection],
  ['UPDATE IDENTITY_PROVIDER', (seen) => isDisabled(seen) && readConnection(seen)],
])

function isOf({ path }: Seen, length: number): boolean {
  return path.length === length
}

/** `users/{id}/…`; whatever else the path names is no user. */
function readUser({ path, draft, reading }: Seen, type: EventType): boolean {
  if (path[0] !== 'users') return false
  draft.type = type
  draft.subjectId = requiredId(path[1], 'event.resourcePath', reading)
  return true
}

/**
 * Taken from a user, or from a role, a group or an organization and so from everybody who is in it: the
 * feed follows such an event with one for each user whom it found. Sessions of Keycloak belong to no
 * organization, so what was taken is taken from all sessions of its user.
 */
function readReduction(seen: Seen): boolean {
  return readUser(seen, 'access.reduced') || namesNobody(seen)
}

/**
 * `organizations/{id}/…/members/{user}`. The organization is not told on: no session of Keycloak says
 * that it belongs to one, so a cause for it would reach nobody.
 */
function readMember({ path, draft, reading }: Seen): boolean {
  const member = path.indexOf('members')
  if (member < 0) return false
  draft.type = 'access.reduced'
  draft.subjectId = requiredId(path[member + 1], 'event.resourcePath', reading)
  return true
}

/** Many people lose something, and the event names none of them; the feed may have asked for them all. */
function namesNobody({ details, reading }: Seen): boolean {
  return details.members !== 'told' && noteLack(reading, 'admin_event_members')
}

function readUserAction(seen: Seen): boolean {
  const { path, draft } = seen
  const [, , action] = path
  if (isOf(seen, 3)) {
    const type = userActions.get(action ?? '')
    return type !== undefined && readUser(seen, type)
  }
  if (action === 'credentials' && isOf(seen, 4)) return readUser(seen, credentialType(seen))
  if (action !== 'consents' || !readUser(seen, 'grant.revoked')) return false
  // A client may be named by a URL, whose slashes belong to the name.
  draft.grantId = grantOf(draft.subjectId, path.slice(3).join('/'))
  draft.scopeKind = 'grant'
  draft.scopeId = draft.grantId
  return true
}

/**
 * `users/{id}/{action}`. The mail with required actions may demand a new password as well as a
 * confirmed address and does not say which; it makes a recovery only of a change that is one.
 */
const userActions: ReadonlyMap<string, EventType> = new Map<string, EventType>([
  ['reset-password', 'credential.reset'],
  ['execute-actions-email', 'credential.reset_requested'],
  ['reset-password-email', 'credential.reset_requested'],
  ['disable-credential-types', 'factor.changed'],
  ['remove-totp', 'factor.changed'],
  ['logout', 'subject.signed_out'],
])

/** Before version 26.7 it is not told which credential was deleted: a second factor as often as not. */
function credentialType({ details }: Seen): EventType {
  return details.credential_type === 'password' ? 'credential.reset' : 'factor.changed'
}

function readUserUpdate(seen: Seen): boolean {
  if (!isOf(seen, 2)) return false
  if (isDisabled(seen)) return readUser(seen, 'subject.suspended')
  const { requiredActions } = representationOf(seen)
  const demands = Array.isArray(requiredActions) && requiredActions.includes('UPDATE_PASSWORD')
  return demands && readUser(seen, 'credential.reset_requested')
}

function readUserDelete(seen: Seen): boolean {
  if (isOf(seen, 2)) return readUser(seen, 'subject.offboarded')
  return seen.path[2] === 'federated-identity' && readUser(seen, 'access.reduced')
}

/**
 * Names no user. Whether it was the online or the offline session of that id stands in the
 * representation, which a realm keeps only when admin events include it: without it, saying which
 * of the two is dead would be a guess, and guesses are no evidence.
 */
function readSessionDelete(seen: Seen): boolean {
  const { path, draft, reading } = seen
  const offline = flagIn(representationOf(seen).offline)
  if (path[0] !== 'sessions') return false
  if (offline === undefined) return noteLack(reading, 'admin_event_representation')
  draft.type = 'session.revoked'
  draft.sessionId = requiredId(path[1], 'event.resourcePath', reading)
  draft.sessionKind = offline ? 'offline' : 'online'
  return true
}

/** `logout-all` ends all sessions of both kinds; `push-revocation` and the others tell clients. */
function readRealmAction({ path, draft }: Seen): boolean {
  if (path[0] !== 'logout-all') return false
  draft.type = 'instance.signed_out'
  return true
}

function readConnection(seen: Seen): boolean {
  const { path, draft, reading } = seen
  if (path[0] !== 'identity-provider' || path[1] !== 'instances' || !isOf(seen, 3)) return false
  draft.type = 'connection.deactivated'
  draft.connectionId = requiredId(path[2], 'event.resourcePath', reading)
  draft.scopeKind = 'connection'
  draft.scopeId = draft.connectionId
  return true
}

/** The console sends the whole object; one that leaves `enabled` out does not change it. */
function isDisabled(seen: Seen): boolean {
  return flagIn(representationOf(seen).enabled) === false
}

/** Where all values are texts on the way, a flag is one too; undefined where it is none. */
function flagIn(value: unknown): boolean | undefined {
  const word = typeof value === 'string' ? value.toLowerCase() : value
  if (word === true || word === 'true') return true
  return word === false || word === 'false' ? false : undefined
}

/**
 * JSON within a string, once more within one, or the object itself, as plug-ins write it; there only
 * when the realm includes it in admin events, and noted where it is not.
 */
function representationOf({ event, reading }: Seen): Fields {
  const { representation } = event
  if (representation === undefined || representation === null || representation === '') {
    noteLack(reading, 'admin_event_representation')
    return {}
  }
  const parsed = parsedText(parsedText(representation))
  if (isFields(parsed)) return parsed
  note(reading, 'wrong_type', 'event.representation must be a JSON object')
  return {}
}
