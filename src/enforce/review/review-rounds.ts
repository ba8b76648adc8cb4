import type { SessionName } from '../../contract/identity.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Clock } from '../../contract/ports.ts'
import type { Notice } from '../notices/notice.ts'
import { noticeOf } from '../notices/notice.ts'
import type { Order } from '../orders/order.ts'
import type { Ledger } from '../orders/order-log.ts'
import type { Apart } from '../scheduling/isolate.ts'
import type { Pace } from '../scheduling/pace.ts'
import type { Turns } from '../scheduling/turns.ts'
import type { Review } from './review.ts'
import type { Changed } from './review-queue.ts'

export interface ReviewingDeps {
  readonly clock: Clock
  readonly policy: Policy
  /** Whether this is still the one process that enforces. */
  readonly isElected: () => boolean
  readonly ledger: Ledger
  readonly review: Review
  readonly changed: Changed
  readonly tell: (notice: Notice) => Promise<void>
  readonly apart: Apart
  readonly pace: Pace
  /** Whatever moves an order that no lane has claimed takes its turn here. */
  readonly orderTurns: Turns
}

/** What a round of reviews did. */
export interface Reviewed {
  readonly reviewed: number
  /** Sessions still wait, and some were reviewed: the next round is due at once. */
  readonly more: boolean
  /** Sessions that nobody has come to; those that a lane holds are not among them. */
  readonly left: number
}

/** Sessions of one review, and reviews of one round. */
const sessionsPerReview = 500
const reviewsPerRound = 8
/** After this time a round begins no further page, ms. */
const roundMs = 2_000

/**
 * Reviews sessions of which something changed: orders begin here and nowhere else. It goes on beside the look
 * over all that is new, which may take long where somebody floods it.
 */
export function makeReviewing(deps: ReviewingDeps): () => Promise<Reviewed> {
  const { ledger, changed, orderTurns } = deps
  for (const { last } of ledger.open()) changed.add(last)
  return async () => {
    await orderTurns.inTurn(() => ledger.reconcile())
    await lapse(deps)
    const { reviewed, left } = await reviewSome(deps)
    return { reviewed, more: reviewed > 0 && changed.size > 0, left }
  }
}

/** Reviews what changed, in pages; what a lane holds, or a failing store cuts off, waits on. */
async function reviewSome(deps: ReviewingDeps): Promise<Pick<Reviewed, 'reviewed' | 'left'>> {
  const { changed, review, apart, ledger, clock, pace, orderTurns, isElected } = deps
  let reviewed = 0
  let left = 0
  let isOver = false
  let page: readonly SessionName[] = []
  const busy: SessionName[] = []
  const about = ({ tenant, instance, sessionKind, sessionId }: SessionName) => {
    return { tenant, instance, doing: 'review a session', name: `${sessionKind} ${sessionId}` }
  }
  const reviewOnly = async (some: readonly SessionName[]): Promise<void> => {
    // A successor may be at work by now, and what a stop does not wait for must not begin.
    if (!isElected()) {
      for (const each of some) changed.add(each)
      return
    }
    const { tenant, instance } = some[0] ?? { tenant: '', instance: '' }
    // Of a page that failed halfway some steps may stand.
    await ledger.reconcile()
    const held = await review(tenant, instance, some)
    // One that rested is reviewed when nobody waits for the others any more.
    for (const each of held) isOver ? changed.add(each) : busy.push(each)
    reviewed += some.length - held.length
  }
  const inTurn = (some: readonly SessionName[]) => orderTurns.inTurn(() => reviewOnly(some))
  try {
    const begun = clock.now()
    for (let pages = 0; pages < reviewsPerRound && changed.size > 0 && isElected(); pages += 1) {
      page = changed.take((instance) => pace.sizeOf(instance, sessionsPerReview))
      const { tenant, instance } = page[0] ?? { tenant: '', instance: '' }
      await pace.timed(instanceKey(tenant, instance), () => apart.each(page, about, inTurn))
      page = []
      // What is new must not wait for all that is old.
      if (clock.now() - begun > roundMs) break
    }
  } finally {
    isOver = true
    for (const each of page) changed.add(each)
    left = changed.size
    for (const each of busy) changed.add(each)
  }
  return { reviewed, left }
}

/** Approvals that nobody gave in time: the order is over and somebody is told. */
async function lapse({
  ledger,
  clock,
  policy,
  tell,
  apart,
  orderTurns,
}: ReviewingDeps): Promise<void> {
  const late = ledger
    .open()
    .filter(
      ({ last, since }) =>
        last.state === 'awaiting_approval' && clock.now() - since > policy.guards.approvalTtlMs,
    )
  const about = ({ last: { tenant, instance, orderId } }: Order) => {
    return { tenant, instance, doing: 'let an approval lapse', name: orderId }
  }
  const lapseOnly = async (some: readonly Order[]): Promise<void> => {
    // What it waited for stays known: once that is over, the session is ended after all.
    const lapsed = await ledger.move(
      some.flatMap(({ last: { orderId } }) => {
        const order = ledger.get(orderId)
        if (order?.last.state !== 'awaiting_approval') return []
        const reason = `${order.last.reason}; nobody decided in time`
        return [{ order, by: [{ what: 'lapsed', reason }] }]
      }),
    )
    for (const order of lapsed) await tell(noticeOf(order, 'held', 'nobody decided in time', clock))
  }
  await apart.each(late, about, (some) => orderTurns.inTurn(() => lapseOnly(some)))
}
