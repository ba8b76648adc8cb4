import type { SessionName } from '../../contract/identity.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Clock } from '../../contract/ports.ts'
import type { Notice } from '../notices/notice.ts'
import { noticeOf } from '../notices/notice.ts'
import type { Order } from '../orders/order.ts'
import type { OrderLog } from '../orders/order-log.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { Mutex } from '../scheduling/mutex.ts'
import type { Pace } from '../scheduling/pace.ts'
import type { Review } from './review.ts'
import type { ReviewQueue } from './review-queue.ts'

export interface ReviewRoundsDeps {
  readonly clock: Clock
  readonly policy: Policy
  /** Whether this is still the one process that enforces. */
  readonly isElected: () => boolean
  readonly orderLog: OrderLog
  readonly review: Review
  readonly reviewQueue: ReviewQueue
  readonly notify: (notice: Notice) => Promise<void>
  readonly isolation: Isolation
  readonly pace: Pace
  /** Serializes all transitions of orders that no channel has claimed. */
  readonly orderMutex: Mutex
}

/** What a round of reviews did. */
export interface ReviewResult {
  readonly reviewed: number
  /** Sessions still wait and some were reviewed: the next round is due at once. */
  readonly more: boolean
  /** Sessions left over, without those that a channel has claimed. */
  readonly left: number
}

/** Sessions of one review, and reviews of one round. */
const sessionsPerReview = 500
const reviewsPerRound = 8
/** After this time a round begins no further page, ms. */
const roundMs = 2_000

/**
 * Reviews changed sessions: only reviews open orders. They run beside reconciliation, which may
 * take long under load.
 */
export function makeReviewRounds(deps: ReviewRoundsDeps): () => Promise<ReviewResult> {
  const { orderLog, reviewQueue, orderMutex } = deps
  for (const { last } of orderLog.open()) reviewQueue.add(last)
  return async () => {
    await orderMutex.runExclusive(() => orderLog.reconcile())
    await lapse(deps)
    const { reviewed, left } = await reviewSome(deps)
    return { reviewed, more: reviewed > 0 && reviewQueue.size > 0, left }
  }
}

/**
 * Reviews changed sessions in pages; sessions claimed by a channel or cut off by a failing store
 * stay queued.
 */
async function reviewSome(
  deps: ReviewRoundsDeps,
): Promise<Pick<ReviewResult, 'reviewed' | 'left'>> {
  const { reviewQueue, review, isolation, orderLog, clock, pace, orderMutex, isElected } = deps
  let reviewed = 0
  let left = 0
  let isOver = false
  let page: readonly SessionName[] = []
  const busy: SessionName[] = []
  const about = ({ tenant, instance, sessionKind, sessionId }: SessionName) => {
    return { tenant, instance, action: 'review a session', id: `${sessionKind} ${sessionId}` }
  }
  const reviewOnly = async (some: readonly SessionName[]): Promise<void> => {
    // A successor may be at work by now, and what a stop does not wait for must not begin.
    if (!isElected()) {
      for (const each of some) reviewQueue.add(each)
      return
    }
    const { tenant, instance } = some[0] ?? { tenant: '', instance: '' }
    // A page that failed halfway may have written some steps.
    await orderLog.reconcile()
    const held = await review(tenant, instance, some)
    // A deferred session is reviewed after the others.
    for (const each of held) isOver ? reviewQueue.add(each) : busy.push(each)
    reviewed += some.length - held.length
  }
  const runExclusive = (some: readonly SessionName[]) =>
    orderMutex.runExclusive(() => reviewOnly(some))
  try {
    const begun = clock.now()
    for (
      let pages = 0;
      pages < reviewsPerRound && reviewQueue.size > 0 && isElected();
      pages += 1
    ) {
      page = reviewQueue.take((instance) => pace.sizeOf(instance, sessionsPerReview))
      const { tenant, instance } = page[0] ?? { tenant: '', instance: '' }
      await pace.timed(instanceKey(tenant, instance), () =>
        isolation.runAll(page, about, runExclusive),
      )
      page = []
      // What is new must not wait for all that is old.
      if (clock.now() - begun > roundMs) break
    }
  } finally {
    isOver = true
    for (const each of page) reviewQueue.add(each)
    left = reviewQueue.size
    for (const each of busy) reviewQueue.add(each)
  }
  return { reviewed, left }
}

/** Expires approvals that were not given in time, and notifies. */
async function lapse({
  orderLog,
  clock,
  policy,
  notify,
  isolation,
  orderMutex,
}: ReviewRoundsDeps): Promise<void> {
  const late = orderLog
    .open()
    .filter(
      ({ last, since }) =>
        last.state === 'awaiting_approval' && clock.now() - since > policy.guards.approvalTtlMs,
    )
  const about = ({ last: { tenant, instance, orderId } }: Order) => {
    return { tenant, instance, action: 'let an approval lapse', id: orderId }
  }
  const lapseOnly = async (some: readonly Order[]): Promise<void> => {
    // What it waited for stays known: once that is over, the session is ended after all.
    const lapsed = await orderLog.applyTransitions(
      some.flatMap(({ last: { orderId } }) => {
        const order = orderLog.get(orderId)
        if (order?.last.state !== 'awaiting_approval') return []
        const reason = `${order.last.reason}; nobody decided in time`
        return [{ order, by: [{ what: 'lapsed', reason }] }]
      }),
    )
    for (const order of lapsed)
      await notify(noticeOf(order, 'held', { reason: 'nobody decided in time' }, clock))
  }
  await isolation.runAll(late, about, (some) => orderMutex.runExclusive(() => lapseOnly(some)))
}
