import type { Assessment } from '../../verdict/assess.ts'
import type { Order } from '../orders/order.ts'

const hourMs = 60 * 60_000
/** How long after the last call a session that came back waits, by its returns within the hour. */
const againMs = [0, 5_000, 30_000, 2 * 60_000, 5 * 60_000, 15 * 60_000]

/**
 * Whether a settled order's session was alive at its provider after our call took effect. A
 * request in flight, or a late log of one, is no sure sign of life.
 */
export function isAliveAgain(order: Order, { aliveAt }: Assessment, graceMs: number): boolean {
  const { last, acknowledgedAt, intentAt } = order
  if (aliveAt === null) return false
  const calledAt = acknowledgedAt ?? intentAt
  if (calledAt === null) return last.state === 'unverified' || aliveAt > last.at + graceMs
  return aliveAt > calledAt + graceMs
}

/**
 * When a session that came back is ended again, ms since the epoch: at once, then ever later, so
 * that one that never stays dead costs at most eight rounds of calls an hour.
 */
export function retryAtOf(
  { returns, last, intentAt }: Order,
  { aliveAt, active }: Assessment,
): number {
  // A new cause, such as an operator's order, does not wait for returns under earlier causes.
  const newest = active.reduce((most, { pair }) => Math.max(most, pair.causeAt), 0)
  const since = Math.max(aliveAt ?? 0, last.at) - hourMs
  const lately = returns.filter((at) => at > since && at > newest).length
  const pauseMs = againMs[Math.min(lately, againMs.length - 1)] ?? 0
  return Math.max(returns.at(-1) ?? 0, intentAt ?? 0) + pauseMs
}
