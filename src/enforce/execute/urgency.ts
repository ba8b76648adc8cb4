import type { Order } from '../orders/order.ts'
import { blindReason } from './dispatch.ts'

/**
 * Orders that wait for a guard come last, so that a stuck wave delays no other order. Orders by
 * people and lifecycle causes come before findings, and of those the earliest deadline.
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

/** Whether a guard made it wait at its last step. */
export function waits({ last }: Order): boolean {
  const isBlind = last.reason.startsWith(blindReason)
  return last.state === 'queued' && last.actor === 'curfew' && last.reason !== '' && !isBlind
}
