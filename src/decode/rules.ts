import type { SessionEvent } from '../contract/event.ts'
import { lackIn } from '../contract/event-rules.ts'
import type { Fault } from './format.ts'

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
 * Times that cannot be true. A live event is held close to when it was received, because a cause
 * in the future would condemn sessions that do not exist yet and one in the far past would condemn
 * none; replayed history may be old. Whatever the lane, nothing has begun that lies ahead.
 */
export function strangeTime(
  event: SessionEvent,
  { futureMs, pastMs }: TimeLimits,
): Fault | undefined {
  const { receivedAt, occurredAt } = event
  const oldest = event.lane === 'live' ? receivedAt - pastMs : earliest
  const newest = receivedAt + futureMs
  if (occurredAt < oldest) return strange('occurred_at', 'before', oldest)
  if (occurredAt > newest) return strange('occurred_at', 'after', newest)
  return (
    strangeUnless('session.created_at', event.sessionCreatedAt, newest) ??
    strangeUnless('expires_at', event.expiresAt, never) ??
    strangeUnless('token.issued_at', event.tokenIssuedAt, newest) ??
    strangeUnless('token.expires_at', event.tokenExpiresAt, never)
  )
}

/**
 * What never expires is told by the last day of some calendar, 9999-12-31 as a rule. The store's ends
 * sooner; an event must not go unseen for that.
 */
export function cutExpiries(event: SessionEvent): void {
  if (event.expiresAt !== null && event.expiresAt > never) event.expiresAt = never
  if (event.tokenExpiresAt !== null && event.tokenExpiresAt > never) event.tokenExpiresAt = never
}

function strangeUnless(field: string, at: number | null, newest: number): Fault | undefined {
  if (at === null) return undefined
  if (at < earliest) return strange(field, 'before', earliest)
  return at > newest ? strange(field, 'after', newest) : undefined
}

function strange(field: string, side: 'before' | 'after', bound: number): Fault {
  return {
    reason: 'implausible_time',
    detail: `${field} lies ${side} ${new Date(bound).toISOString()}`,
  }
}
