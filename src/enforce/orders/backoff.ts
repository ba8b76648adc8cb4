import type { Order } from './order.ts'

/** A number in [0, 1). A port, so that tests own chance. */
export type Random = () => number

/** Calls for one order, and the time from the first of them after which none is added. */
export const attemptsMax = 8
const roundMs = 10 * 60_000

const firstMs = 250
const jitterMaxMs = 30_000
/** Longer waits that a provider asks for are cut: it may be wrong, and a session is alive. */
const askedMaxMs = 15 * 60_000

/** Full jitter: up to 250 ms · 2ⁿ, at most 30 s, so that orders do not call in step. */
export function jitterMs(attempt: number, random: Random): number {
  return Math.floor(random() * Math.min(jitterMaxMs, firstMs * 2 ** attempt))
}

/**
 * How long to wait after a 429. Never near zero, as full jitter may be: all attempts would be spent
 * within one window of the provider's limit.
 */
export function busyMs(
  attempt: number,
  requestedWaitMs: number | undefined,
  random: Random,
): number {
  const most = Math.min(jitterMaxMs, firstMs * 2 ** attempt)
  const own = most / 2 + random() * (most / 2)
  const asked =
    requestedWaitMs !== undefined && Number.isFinite(requestedWaitMs)
      ? Math.max(0, requestedWaitMs)
      : 0
  return Math.ceil(Math.min(askedMaxMs, Math.max(asked, own)))
}

/** Whether an order has had its calls: 8 of them, or one made 10 minutes after the first. */
export function isSpent({ roundAttempts, roundStartedAt, intentAt }: Order): boolean {
  if (roundAttempts >= attemptsMax) return true
  return roundStartedAt !== null && intentAt !== null && intentAt - roundStartedAt >= roundMs
}

/** Whether the time to find out the outcome of the last call is over. */
export function isOverdue(order: Order, now: number): boolean {
  return isSpent(order) || (order.roundStartedAt !== null && now - order.roundStartedAt >= roundMs)
}
