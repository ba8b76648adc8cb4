import type { SessionEvent } from '../../contract/event.ts'
import type { EventType } from '../../contract/event-words.ts'
import { textLengthMax } from '../../contract/session-event-v1.ts'
import type { Fields } from '../../decode/fields.ts'
import {
  describingAddress,
  describingId,
  describingText,
  emailIn,
  nullableFields,
  nullableId,
  requiredId,
} from '../../decode/fields.ts'
import type { Reading } from '../../decode/format.ts'
import { noteUnknown } from '../../decode/unread.ts'
import type { Seen } from './event-facts.ts'
import { grantOf } from './event-facts.ts'
import { ipOfUserEvent } from './ip-of.ts'
import {
  readBackchannelLogin,
  readClientLogin,
  readCodeToToken,
  readExpiry,
  readImpersonation,
  readIntrospection,
  readIntrospectionError,
  readIssue,
  readLogin,
  readLogout,
  readRefresh,
  readRefreshError,
} from './session-events.ts'
import { whyUserEventUnread } from './unread-user-events.ts'

/**
 * Fills the draft from a user event; false when it tells nothing about sessions. What the fields
 * mean was seen on a server of version 26.4: an absent fact is an absent key, every detail is a
 * string, and there is never a user agent.
 *
 * `keycloak-unread-user-events.ts` says which types are not read, and why.
 */
export function readUserEvent(event: Fields, draft: SessionEvent, reading: Reading): boolean {
  const type = requiredId(event.type, 'event.type', reading)
  const reader = userReaders.get(type)
  if (reader === undefined) {
    return whyUserEventUnread(type) === undefined && noteUnknown(reading)
  }
  const details = nullableFields(event.details, 'event.details', reading)
  draft.subjectId = nullableId(event.userId, 'event.userId', reading)
  draft.subjectEmail = emailIn(details.username)
  draft.applicationId = describingId(event.clientId, 'event.clientId', reading)
  draft.ip = describingAddress(event.ipAddress, 'event.ipAddress', reading)
  draft.ipOf = ipOfUserEvent(type, event, details, reading.publicClients)
  if (!reader({ event, details, draft, reading })) return false
  // An offline session is what one subject granted one client for good; an online one serves many.
  if (draft.sessionKind === 'offline' && draft.subjectId !== '' && draft.applicationId !== '') {
    draft.grantId = grantOf(draft.subjectId, draft.applicationId)
  }
  return true
}

type Reader = (seen: Seen) => boolean

/** By type; the tests hold this table to what Keycloak has. */
export const userReaders: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['LOGIN', readLogin],
  ['CLIENT_LOGIN', readClientLogin],
  ['IMPERSONATE', readImpersonation],
  ['LOGIN_ERROR', readLoginError],
  ['CODE_TO_TOKEN', readCodeToToken],
  ['REFRESH_TOKEN', readRefresh],
  ['REFRESH_TOKEN_ERROR', readRefreshError],
  ['INTROSPECT_TOKEN', readIntrospection],
  ['INTROSPECT_TOKEN_ERROR', readIntrospectionError],
  ['LOGOUT', readLogout],
  ['OAUTH2_DEVICE_CODE_TO_TOKEN', readCodeToToken],
  ['AUTHREQID_TO_TOKEN', readBackchannelLogin],
  ['TOKEN_EXCHANGE', readIssue],
  ['PERMISSION_TOKEN', readIssue],
  ['OAUTH2_EXTENSION_GRANT', readIssue],
  ['JWT_AUTHORIZATION_GRANT', readIssue],
  ['VERIFIABLE_CREDENTIAL_PRE_AUTHORIZED_GRANT', readIssue],
  ['USER_SESSION_DELETED', readExpiry],
  ['REVOKE_GRANT', readRevokedGrant],
  ['UPDATE_PASSWORD', (seen) => readChange(seen, 'credential.changed')],
  ['UPDATE_CREDENTIAL', readCredential],
  ['REMOVE_CREDENTIAL', readCredential],
  ['UPDATE_TOTP', (seen) => readChange(seen, 'factor.changed')],
  ['REMOVE_TOTP', (seen) => readChange(seen, 'factor.changed')],
  ['REMOVE_FEDERATED_IDENTITY', (seen) => readChange(seen, 'factor.changed')],
  ['FEDERATED_IDENTITY_OVERRIDE_LINK', (seen) => readChange(seen, 'factor.changed')],
  ['SEND_RESET_PASSWORD', readResetRequest],
  ['RESET_PASSWORD', (seen) => readCause(seen, 'credential.reset')],
  ['DELETE_ACCOUNT', (seen) => readChange(seen, 'subject.offboarded')],
  ['USER_DISABLED_BY_PERMANENT_LOCKOUT', (seen) => readCause(seen, 'subject.suspended')],
  ['USER_DISABLED_BY_TEMPORARY_LOCKOUT', readTemporaryLockout],
])

/** The typed name may be a password in the wrong field, so it is kept only for a known user. */
function readLoginError({ event, draft, reading }: Seen): boolean {
  draft.type = 'authentication.failed'
  draft.reason = describingText(event.error, 'event.error', textLengthMax, reading)
  if (draft.subjectId === '') draft.subjectEmail = ''
  return true
}

/**
 * No cause: nothing that entitles sessions is gone, Keycloak lets them go on, and anybody who
 * knows a name can bring it about with wrong passwords. Were it one, strangers could sign out
 * whomever they like.
 */
function readTemporaryLockout({ draft }: Seen): boolean {
  draft.type = 'authentication.failed'
  draft.reason = 'temporary lockout'
  return true
}

function readCause({ details, draft, reading }: Seen, type: EventType): boolean {
  draft.type = type
  draft.subjectId = requiredId(draft.subjectId || undefined, 'event.userId', reading)
  draft.reason = describingText(details.reason, 'details.reason', textLengthMax, reading)
  return true
}

/** What a signed-in person changed; `code_id` names the session where `sessionId` is missing. */
function readChange(seen: Seen, type: EventType): boolean {
  const { event, details, draft, reading } = seen
  readCause(seen, type)
  draft.initiatorKind = 'user'
  draft.initiatorId = draft.subjectId
  draft.initiatorSessionId =
    nullableId(event.sessionId, 'event.sessionId', reading) ||
    nullableId(details.code_id, 'details.code_id', reading)
  return true
}

/**
 * A required action that changes a password or a one-time password tells it twice since version 26: by
 * the older event of that credential, and by this one. One act is to be one cause, so this one is
 * left out: realms that were set up before save the older one alone.
 */
function readCredential(seen: Seen): boolean {
  const type = seen.details.credential_type ?? 'password'
  const isOfAction = seen.details.custom_required_action !== undefined
  if (isOfAction && (type === 'password' || type === 'otp')) return false
  readChange(seen, type === 'password' ? 'credential.changed' : 'factor.changed')
  seen.draft.reason = describingText(type, 'details.credential_type', textLengthMax, seen.reading)
  return true
}

/**
 * Anybody can ask for anybody's mail, so this is no cause. It says that a change which the same flow
 * makes later was made by whoever reads the mail, and not by somebody who was signed in.
 */
function readResetRequest(seen: Seen): boolean {
  const { draft, details, reading } = seen
  if (draft.subjectId === '') return false
  draft.type = 'credential.reset_requested'
  draft.initiatorSessionId = nullableId(details.code_id, 'details.code_id', reading)
  draft.reason = 'mail'
  return true
}

/**
 * A consent that was taken back, or an offline token that was given back and took all offline
 * sessions of its client with it. Without `revoked_client` it revoked one access token; with an
 * online refresh token (RFC 7009) the client signed itself out, and what the person granted stands.
 */
function readRevokedGrant(seen: Seen): boolean {
  const { details, draft, reading } = seen
  if (details.revoked_client === undefined || details.refresh_token_type === 'Refresh') return false
  const client = requiredId(details.revoked_client, 'details.revoked_client', reading)
  readChange(seen, 'grant.revoked')
  draft.grantId = grantOf(draft.subjectId, client)
  draft.scopeKind = 'grant'
  draft.scopeId = draft.grantId
  return true
}
