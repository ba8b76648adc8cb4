import type { Order } from '../orders/order.ts'
import { blindReason } from './dispatch.ts'

/**
 * Those that a guard holds up come last, or a wave that is stuck would hold up everybody. People
 * and lifecycle causes before findings, and among them the earliest deadline.
 */
export interface Urgent {
  readonly order: Order
  readonly rank: readonly [waits: number, unasked: number, deadlineAt: number]
}

/** Keeps the most urgent of all that are offered, `most` of them, in order. */
export function keepMostUrgent(due: Urgent[], offered: Urgent, most: number): void {
  const last = due.length < most ? undefined : due.at(-1)
  if (last && !isBefore(offered.rank, last.rank)) return
  const place = due.findIndex(({ rank }) => isBefore(offered.rank, rank))
  if (place >= 0) due.splice(place, 0, offered)
  else due.push(offered)
  if (due.length > most) due.pop()
}

function isBefore(one: Urgent['rank'], other: Urgent['rank']): boolean {
  const at = one.findIndex((each, place) => each !== other[place])
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0)
}

/** Whether its call was made, so that it is to be read back. */
export function isCalled({ last }: Order): boolean {
  return last.state === 'acknowledged' || last.state === 'verifying'
}

/** Whether a guard said at its last step that it has to wait. */
export function waits({ last }: Order): boolean {
  const isBlind = last.reason.startsWith(blindReason)
  return last.state === 'queued' && last.actor === 'curfew' && last.reason !== '' && !isBlind
}
