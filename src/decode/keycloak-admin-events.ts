import type { SessionEvent } from '../contract/event.ts'
import type { EventType } from '../contract/event-words.ts'
import type { Fields } from './fields.ts'
import {
  describingEmail,
  isFields,
  note,
  nullableFields,
  nullableId,
  requiredId,
  requiredText,
} from './fields.ts'
import type { Reading } from './format.ts'
import { parseOr } from './json.ts'
import { grantOf } from './keycloak-facts.ts'
import { noteLack, noteUnknown } from './unread.ts'

/** One admin event being read. */
interface Seen {
  readonly event: Fields
  /** The parts of `resourcePath`. */
  readonly path: readonly string[]
  readonly draft: SessionEvent
  readonly reading: Reading
}

/**
 * Fills the draft from an admin event; false when it tells nothing about sessions, which holds for
 * everything that failed. `users/{id}/logout` and `logout-all` are among the ignored: they name no
 * session, and that those of a user should all be dead no event of the contract says; the sessions
 * that they end are found gone from the provider's list.
 *
 * The address is the admin's. It is not where the subject was, so it is not kept.
 */
export function readAdminEvent(event: Fields, draft: SessionEvent, reading: Reading): boolean {
  const operation = requiredId(event.operationType, 'event.operationType', reading)
  const resource = requiredId(event.resourceType, 'event.resourceType', reading)
  const reader = readers.get(`${operation} ${resource}`)
  if (reader === undefined) return noteUnknown(reading)
  if (event.error !== undefined && event.error !== null) return false
  const path = requiredText(event.resourcePath, 'event.resourcePath', 1024, reading).split('/')
  const admin = nullableFields(event.authDetails, 'event.authDetails', reading)
  const details = nullableFields(event.details, 'event.details', reading)
  draft.initiatorKind = 'admin'
  draft.initiatorId = nullableId(admin.userId, 'event.authDetails.userId', reading)
  draft.initiatorClient = nullableId(admin.clientId, 'event.authDetails.clientId', reading)
  draft.subjectEmail = describingEmail(details.email)
  draft.reason = `${operation} ${resource}`
  return reader({ event, path, draft, reading })
}

type Reader = (seen: Seen) => boolean

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ACTION USER', readUserAction],
  ['UPDATE USER', readUserUpdate],
  ['DELETE USER', (seen) => isOf(seen, 2) && readUser(seen, 'subject.offboarded')],
  ['DELETE USER_SESSION', readSessionDelete],
  ['DELETE GROUP_MEMBERSHIP', (seen) => readUser(seen, 'access.reduced')],
  ['DELETE REALM_ROLE_MAPPING', (seen) => readUser(seen, 'access.reduced')],
  ['DELETE CLIENT_ROLE_MAPPING', (seen) => readUser(seen, 'access.reduced')],
  ['DELETE IDENTITY_PROVIDER', readConnection],
  ['UPDATE IDENTITY_PROVIDER', (seen) => isDisabled(seen) && readConnection(seen)],
])

function isOf({ path }: Seen, length: number): boolean {
  return path.length === length
}

/** `users/{id}/…`; a role taken from a group names no user, and no scope of ours is a group. */
function readUser({ path, draft, reading }: Seen, type: EventType): boolean {
  if (path[0] !== 'users') return false
  draft.type = type
  draft.subjectId = requiredId(path[1], 'event.resourcePath', reading)
  return true
}

function readUserAction(seen: Seen): boolean {
  const { path, draft } = seen
  if (path[2] === 'reset-password' && isOf(seen, 3)) return readUser(seen, 'credential.reset')
  // Which credential was deleted is not told: it is the second factor as often as the first.
  if (path[2] === 'credentials' && isOf(seen, 4)) return readUser(seen, 'factor.changed')
  if (path[2] !== 'consents' || path.length < 4 || !readUser(seen, 'grant.revoked')) return false
  // A client may be named by a URL, whose slashes belong to the name.
  draft.grantId = grantOf(draft.subjectId, path.slice(3).join('/'))
  draft.scopeKind = 'grant'
  draft.scopeId = draft.grantId
  return true
}

function readUserUpdate(seen: Seen): boolean {
  return isOf(seen, 2) && isDisabled(seen) && readUser(seen, 'subject.suspended')
}

/**
 * Names no user. Whether it was the online or the offline session of that id stands in the
 * representation, which a realm keeps only when admin events include it: without it, saying which
 * of the two is dead would be a guess, and guesses are no evidence.
 */
function readSessionDelete(seen: Seen): boolean {
  const { path, draft, reading } = seen
  const { offline } = representationOf(seen)
  if (path[0] !== 'sessions' || typeof offline !== 'boolean') return false
  draft.type = 'session.revoked'
  draft.sessionId = requiredId(path[1], 'event.resourcePath', reading)
  draft.sessionKind = offline ? 'offline' : 'online'
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
  return representationOf(seen).enabled === false
}

/** JSON within a string, there only when the realm includes it in admin events; noted where it is not. */
function representationOf({ event, reading }: Seen): Fields {
  const { representation } = event
  if (representation === undefined || representation === null || representation === '') {
    noteLack(reading, 'admin_event_representation')
    return {}
  }
  const parsed = typeof representation === 'string' ? parseOr(representation, undefined) : undefined
  if (isFields(parsed)) return parsed
  note(reading, 'wrong_type', 'event.representation must be a JSON object in a string')
  return {}
}
