import type { SessionEvent } from '../contract/event.ts'
import { lackIn } from '../contract/event-rules.ts'
import { leaveOut } from './fields.ts'
import type { Fault, Reading } from './format.ts'

/** How far an event's time may lie from when it was received, outside the historical lane. */
export interface TimeLimits {
  readonly futureMs: number
  readonly pastMs: number
}

/**
 * What an event lacks that its type needs, whichever format told it. An event that lacks it could be
 * recorded, but no stage after this would know what to do with it.
 */
export function missingPart(event: SessionEvent): Fault | undefined {
  const detail = lackIn(event)
  return detail === undefined ? undefined : { reason: 'missing_field', detail }
}

/** No identity provider wrote events before this; what claims so has its clock at zero. */
const earliest = Date.UTC(2000, 0, 1)
/** Where the calendar of the store ends. */
const never = Date.UTC(2299, 11, 31)

/**
 * An event whose time cannot be true. A live one is held close to when it was received, because a
 * cause in the future would condemn sessions that do not exist yet and one in the far past would
 * condemn none; replayed history may be old.
 */
export function strangeTime(
  { receivedAt, occurredAt, lane }: SessionEvent,
  { futureMs, pastMs }: TimeLimits,
): Fault | undefined {
  const oldest = lane === 'live' ? receivedAt - pastMs : earliest
  // Said so that no time at all, which NaN is, does not pass either.
  if (!(occurredAt >= oldest)) return strange('before', oldest)
  const newest = receivedAt + futureMs
  return occurredAt > newest ? strange('after', newest) : undefined
}

/**
 * Leaves out times that only describe and cannot be true: whatever the lane, nothing has begun that
 * lies ahead, and nothing was there before there were identity providers.
 */
export function dropStrangeTimes(
  event: SessionEvent,
  { futureMs }: TimeLimits,
  reading: Reading,
): void {
  const newest = event.receivedAt + futureMs
  const drop = (field: string): null => {
    leaveOut(reading, field)
    return null
  }
  if (isOutside(event.sessionCreatedAt, newest)) event.sessionCreatedAt = drop('session.created_at')
  if (isOutside(event.expiresAt, never)) event.expiresAt = drop('expires_at')
  if (isOutside(event.tokenIssuedAt, newest)) event.tokenIssuedAt = drop('token.issued_at')
  if (isOutside(event.tokenExpiresAt, never)) event.tokenExpiresAt = drop('token.expires_at')
}

function isOutside(at: number | null, newest: number): boolean {
  return at !== null && (at < earliest || at > newest)
}

/**
 * What never expires is told by the last day of some calendar, 9999-12-31 as a rule. The store's ends
 * sooner; an event must not go unseen for that.
 */
export function cutExpiries(event: SessionEvent): void {
  if (event.expiresAt !== null && event.expiresAt > never) event.expiresAt = never
  if (event.tokenExpiresAt !== null && event.tokenExpiresAt > never) event.tokenExpiresAt = never
}

function strange(side: 'before' | 'after', bound: number): Fault {
  return {
    reason: 'implausible_time',
    detail: `occurred_at lies ${side} ${new Date(bound).toISOString()}`,
  }
}
