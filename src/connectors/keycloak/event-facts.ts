import type { SessionEvent } from '../../contract/event.ts'
import type { RefusalReason, SessionKind } from '../../contract/event-words.ts'
import { identify } from '../../contract/identity.ts'
import { textLengthMax } from '../../contract/session-event-v1.ts'
import type { Fields } from '../../decode/fields.ts'
import { describingText, requiredId } from '../../decode/fields.ts'
import type { Reading } from '../../decode/format.ts'

/** One user event being read: what it says, and the draft that it fills. */
export interface Seen {
  readonly event: Fields
  readonly details: Fields
  readonly draft: SessionEvent
  readonly reading: Reading
}

/**
 * Online or offline, as the token tells: one id can name a session of each kind at the same time,
 * and the end of one says nothing about the other. '' when it is not told; `token_id` says it only
 * since version 26.
 */
export function kindOf({ details }: Seen): SessionKind | '' {
  if (details.refresh_token_type === 'Offline') return 'offline'
  if (details.refresh_token_type === 'Refresh') return 'online'
  if (startsWith(details.token_id, 'of')) return 'offline'
  return startsWith(details.token_id, 'on') ? 'online' : ''
}

/** A transient session ends with the request that made it; nothing is left to watch. */
export function isTransient({ details }: Seen): boolean {
  return startsWith(details.token_id, 'tr')
}

function startsWith(value: unknown, start: string): boolean {
  return typeof value === 'string' && value.startsWith(start)
}

/** Names the session; where Keycloak leaves it out, that is an ordinary case and said by caller. */
export function readSession({ event, draft, reading }: Seen, kind: SessionKind): void {
  draft.sessionId = requiredId(event.sessionId, 'event.sessionId', reading)
  draft.sessionKind = kind
}

export function hasSession({ event }: Seen): boolean {
  return event.sessionId !== undefined
}

export function setUse(draft: SessionEvent): void {
  draft.type = 'session.used'
  draft.outcome = 'accepted'
  draft.observer = 'idp'
}

export function setRefusal({ draft, reading }: Seen, why: RefusalReason, words: unknown): void {
  draft.type = 'session.used'
  draft.outcome = 'refused'
  draft.observer = 'idp'
  draft.refusalReason = why
  draft.reason = describingText(words, 'event.error', textLengthMax, reading)
}

/**
 * The grant of one subject to one client. A client's name alone would name the grants of everybody
 * who uses it. Hashed, because a grant id is part of keys and must not tell whose it is.
 */
export function grantOf(subjectId: string, client: string): string {
  return identify('keycloak grant', subjectId, client)
}
