import type { ProviderChannel } from '../calls/provider-channel.ts'
import { noticeOf } from '../notices/notice.ts'
import { baselineOf } from '../observe/evidence.ts'
import { observe } from '../observe/observe-session.ts'
import { isSpent, jitterMs } from '../orders/backoff.ts'
import type { Order } from '../orders/order.ts'
import type { DispatchDeps, OrderContext } from './order-context.ts'
import { loadOrder, shareOf, transition, withAlsoEnded } from './order-context.ts'
import { revoke } from './revoke.ts'

/** How long proof is waited for at least, even when the deadline is over before the call. */
const verifyMsMin = 30_000
/** Reads of one subject by orders that were answered side by side share a list so young, ms. */
const sharedMs = 200
/** Reading back goes on this often at most, once the first quick reads did not show the end. */
const readIntervalMsMax = 30_000

/**
 * Reads back whether the session is gone after the call: at once, then at growing intervals, until
 * there is proof or the deadline has passed. A 2xx acknowledges; it is no proof.
 */
export async function verify(
  deps: DispatchDeps,
  channel: ProviderChannel,
  order: Order,
): Promise<void> {
  const { clock, orderLog } = deps
  const calledAt = order.acknowledgedAt ?? order.intentAt ?? order.last.at
  if (order.last.state === 'acknowledged') {
    return await verify(deps, channel, await transition(deps, order, [{ what: 'verifying' }]))
  }
  const due = await loadOrder(deps, order)
  const now = clock.now()
  if (!due) {
    // Settled by proof, or no active curfew is left; no notice is sent then.
    if (!orderLog.get(order.last.orderId)) return
    const over = calledAt + verifyMsMin
    if (now <= over) return deps.retryAt(order, over + 1)
    const reason = 'nothing stands against it any more'
    await transition(deps, order, [{ what: 'unproved', reason }])
    return
  }
  const isProvable = channel.apartMs === 0 || due.assessment.nothingLeftAt !== null
  if (!isProvable && (await repeat(deps, channel, due))) return
  const seen = await observe(deps, channel, {
    ...due,
    subjectId: due.proposal.subjectId,
    after: Math.max(baselineOf(due.assessment, order), now - sharedMs),
    share: shareOf(deps, due),
  })
  if (seen.result === 'gone' && isProvable) {
    await transition(deps, order, [
      { what: 'proved', reason: 'the provider does not have it any more' },
    ])
    return
  }
  if (clock.now() < Math.max(due.demand.deadlineAt, calledAt + verifyMsMin)) {
    const asked = seen.result === 'failed' ? seen.waitMs : 0
    return deps.retryAt(order, clock.now() + Math.max(asked, pauseMs(clock.now() - calledAt, deps)))
  }
  const reason =
    seen.result === 'alive'
      ? 'the provider said that it ended the session, and still has it'
      : 'the end of the session was not proved by its deadline'
  const unproved = await transition(deps, order, [{ what: 'unproved', reason }])
  // The review reports a session seen alive after its deadline.
  if (seen.result === 'alive') return
  await deps.notify(noticeOf(unproved, 'broken', { reason }, clock))
}

/**
 * Repeats the call where one is not enough, until nothing is left to end. Returns whether the
 * repetition is under way. The guards of the first call cover it: a half-made revocation protects
 * no session.
 */
async function repeat(
  deps: DispatchDeps,
  channel: ProviderChannel,
  owed: OrderContext,
): Promise<boolean> {
  const { order, proposal } = owed
  if (isSpent(order) || proposal.mode === 'observe' || deps.isKilled() || !deps.isElected()) {
    return false
  }
  const now = deps.clock.now()
  const pauseMs = Math.min(readIntervalMsMax, channel.apartMs * 2 ** Math.max(0, order.endings - 1))
  const at = (order.calledAt ?? 0) + pauseMs
  if (now < at) {
    deps.retryAt(order, at)
    return true
  }
  const due = await withAlsoEnded(deps, channel, owed)
  // Another session of its id that was opened since is not to be lost by repeating.
  if (due.proposal.bystanders.some((name) => !order.last.alsoEnds.includes(name))) return false
  const share = shareOf(deps, due)
  if (!channel.reserve(share, order.last.orderId)) {
    deps.retryAt(order, now + channel.waitMs(share))
    return true
  }
  const called = await revoke(deps, channel, due)
  if (called) await verify(deps, channel, called)
  return true
}

/** Doubles with the time already waited, with jitter, from a quarter of a second upwards. */
function pauseMs(waitedMs: number, { random, policy }: DispatchDeps): number {
  const most = Math.max(readIntervalMsMax, policy.timing.listingEveryMs)
  const step = Math.max(0, Math.floor(Math.log2(Math.max(1, waitedMs) / 250)))
  return Math.min(most, 100 + jitterMs(step, random))
}
