import type { RefusalReason } from '../../contract/event-words.ts'
import { idLengthMax, textLengthMax } from '../../contract/session-event-v1.ts'
import { describingId, describingText, nullableId, nullableTime } from '../../decode/fields.ts'
import type { Seen } from './event-facts.ts'
import { hasSession, isTransient, kindOf, readSession, setRefusal, setUse } from './event-facts.ts'

/**
 * Readers of user events that happen to a session. Each sets the draft's type and what is special
 * to it, and answers whether it told anything about a session.
 */

/**
 * Every LOGIN that names a session is a sign-in into it. The first one of a life is its birth; a
 * visit of another client, or the end of a required action, writes one more with the same id. Which
 * is which is told by what else is known of the session, not by the details of the event.
 */
export function readLogin(seen: Seen): boolean {
  const { details, draft, reading } = seen
  draft.connectionId = describingId(details.identity_provider, 'details.identity_provider', reading)
  draft.authMethod = details.grant_type === 'password' ? 'password' : ''
  if (!hasSession(seen) || isTransient(seen)) {
    draft.type = 'authentication.succeeded'
    return true
  }
  readSession(seen, kindOf(seen) || 'online')
  draft.type = 'session.created'
  return true
}

/** A client logs in for itself; only with refresh tokens does that leave a session behind. */
export function readClientLogin(seen: Seen): boolean {
  if (!hasSession(seen) || isTransient(seen)) return false
  readSession(seen, kindOf(seen) || 'online')
  seen.draft.type = 'session.created'
  seen.draft.subjectKind = 'service'
  seen.draft.authMethod = 'client_credentials'
  return true
}

/** The session is the user's by name and the impersonator's by hand. */
export function readImpersonation(seen: Seen): boolean {
  const { details, draft, reading } = seen
  readSession(seen, 'online')
  draft.type = 'session.created'
  draft.authMethod = 'impersonation'
  draft.initiatorKind = 'admin'
  draft.initiatorId = describingText(
    details.impersonator,
    'details.impersonator',
    idLengthMax,
    reading,
  )
  return true
}

/** Here an offline session begins; an online one began with its LOGIN and is only used. */
export function readCodeToToken(seen: Seen): boolean {
  if (!hasSession(seen) || isTransient(seen)) return false
  readSession(seen, kindOf(seen) || 'online')
  readIssuedToken(seen)
  if (seen.draft.sessionKind === 'offline') seen.draft.type = 'session.created'
  else setUse(seen.draft)
  return true
}

export function readRefresh(seen: Seen): boolean {
  readSession(seen, kindOf(seen) || 'online')
  readIssuedToken(seen)
  setUse(seen.draft)
  return true
}

/** The access token that came of it, which works where tokens are checked offline until it expires. */
function readIssuedToken({ event, details, draft, reading }: Seen): void {
  const issuedAt = nullableTime(event.time, 'event.time', reading)
  const told = details.access_token_expiration_time
  // An object is never asked for its text: JSON may hold one whose `toString` is no function.
  const lifetime = typeof told === 'number' ? String(told) : told
  draft.tokenId = describingId(details.token_id, 'details.token_id', reading)
  draft.tokenKind = 'access'
  draft.tokenIssuedAt = issuedAt
  if (issuedAt === null || typeof lifetime !== 'string' || !seconds.test(lifetime)) return
  draft.tokenExpiresAt = issuedAt + Number(lifetime) * 1000
}

const seconds = /^\d{1,9}$/

/** A refusal that names no session says nothing about any. The user stands in the details only. */
export function readRefreshError(seen: Seen): boolean {
  const { details, draft, reading } = seen
  if (!hasSession(seen)) return false
  const words = typeof details.reason === 'string' ? details.reason : ''
  readSession(seen, kindOf(seen) || (offlineOver.has(words) ? 'offline' : 'online'))
  draft.subjectId ||= nullableId(details.refresh_token_sub, 'details.refresh_token_sub', reading)
  draft.tokenId = describingId(details.refresh_token_id, 'details.refresh_token_id', reading)
  draft.tokenKind = 'refresh'
  setRefusal(seen, refusals.get(words) ?? 'unknown', words)
  return true
}

/** The second: its time was over, and Keycloak ended it before it answered. */
const offlineOver: ReadonlySet<string> = new Set([
  'Offline user session not found',
  'Offline session not active',
])

/**
 * Only the first ones prove an end. A disabled user's sessions come back when the account does, a
 * stale token may belong to a session that lives, one that is older than the session to an earlier
 * session of that id, and after a replayed token the session is still listed. A client's part of a
 * session may be over while the session goes on.
 */
const refusals: ReadonlyMap<string, RefusalReason> = new Map([
  ['Session not active', 'session_ended'],
  ...[...offlineOver].map((words) => [words, 'session_ended'] as const),
  ['User disabled', 'not_allowed'],
  ["Session doesn't have required client", 'not_allowed'],
  ['Client session not active', 'not_allowed'],
  ['Refresh token issued before the user session started', 'not_allowed'],
  ['Refresh toked issued before the user session started', 'not_allowed'],
  ['Stale token', 'not_allowed'],
  ['Token is not active', 'token_expired'],
  ['Maximum allowed refresh token reuse exceeded', 'token_reused'],
  ['Invalid refresh token', 'malformed'],
])

/**
 * An application asked Keycloak about an access token. Where the kind is not told, the token may belong
 * to either of two sessions with that id, and an answer about an unknown one of them is no fact.
 */
export function readIntrospection(seen: Seen): boolean {
  const { details, draft, reading } = seen
  const kind = kindOf(seen)
  if (!hasSession(seen) || kind === '') return false
  readSession(seen, kind)
  draft.applicationId = describingId(details.token_issued_for, 'details.token_issued_for', reading)
  draft.tokenId = describingId(details.token_id, 'details.token_id', reading)
  draft.tokenKind = 'access'
  setUse(draft)
  return true
}

export function readIntrospectionError(seen: Seen): boolean {
  if (!readIntrospection(seen)) return false
  const { error } = seen.event
  setRefusal(seen, error === 'user_session_not_found' ? 'session_ended' : 'unknown', error)
  return true
}

/** "Sign out other devices" writes one per other session; `code_id` is the session that did it. */
export function readLogout(seen: Seen): boolean {
  const { details, draft, reading } = seen
  const action = details.logout_triggered_by_required_action
  readSession(seen, kindOf(seen) || 'online')
  draft.type = 'session.ended'
  draft.initiatorKind = 'user'
  draft.initiatorId = draft.subjectId
  if (action === undefined) return true
  draft.initiatorSessionId = describingId(details.code_id, 'details.code_id', reading)
  draft.reason = describingText(action, 'details.logout_triggered', textLengthMax, reading)
  return true
}

/** A client signs a person in without a browser (CIBA): no LOGIN comes, and here the session begins. */
export function readBackchannelLogin(seen: Seen): boolean {
  if (!hasSession(seen) || isTransient(seen)) return false
  readSession(seen, kindOf(seen) || 'online')
  readIssuedToken(seen)
  seen.draft.type = 'session.created'
  seen.draft.authMethod = 'ciba'
  return true
}

/**
 * A token was made from another one, for a session that Keycloak found alive. Servers ask for these,
 * so the address is not the person's and is not kept. Where the kind of session is not told, the fact
 * could be of either of two.
 */
export function readIssue(seen: Seen): boolean {
  const kind = kindOf(seen)
  if (!hasSession(seen) || isTransient(seen) || kind === '') return false
  readSession(seen, kind)
  readIssuedToken(seen)
  seen.draft.ip = ''
  setUse(seen.draft)
  return true
}

/**
 * Keycloak 26.5 or later tells that a session was deleted because its time was over; it tells so
 * of online sessions only, some time after the fact.
 */
export function readExpiry(seen: Seen): boolean {
  const { details, draft, reading } = seen
  if (!hasSession(seen)) return false
  readSession(seen, kindOf(seen) || 'online')
  draft.type = 'session.ended'
  draft.initiatorKind = 'system'
  draft.reason = describingText(details.reason, 'details.reason', textLengthMax, reading)
  return true
}
