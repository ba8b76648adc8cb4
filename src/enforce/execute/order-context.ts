import { sessionKey } from '../../contract/identity.ts'
import { terminalStates } from '../../contract/order-step.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Append, Ask, Clock, Meter } from '../../contract/ports.ts'
import type { Assessment } from '../../verdict/assess.ts'
import { assess } from '../../verdict/assess.ts'
import type { LoadFacts } from '../../verdict/session-facts.ts'
import type { ProviderChannel } from '../calls/provider-channel.ts'
import type { BudgetShare } from '../calls/rate-limit.ts'
import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Proposal } from '../guarding/guard.ts'
import type { Judge } from '../guarding/run-guards.ts'
import type { Notice } from '../notices/notice.ts'
import { noticeOf } from '../notices/notice.ts'
import type { SentNotices } from '../notices/sent-notices.ts'
import type { AlsoEnded, AlsoEndedOf } from '../observe/also-ended.ts'
import { namesOf } from '../observe/also-ended.ts'
import type { ObserveDeps } from '../observe/observe-session.ts'
import type { Random } from '../orders/backoff.ts'
import type { Counters } from '../orders/counters.ts'
import type { Demand } from '../orders/demand.ts'
import { demandOf, proposalOf } from '../orders/demand.ts'
import type { Occurrence, Order } from '../orders/order.ts'
import type { OrderLog } from '../orders/order-log.ts'
import { withoutWithdrawn } from '../orders/withdrawn-findings.ts'
import type { SubjectIds } from '../session/subject-ids.ts'

export interface DispatchDeps extends ObserveDeps {
  readonly ask: Ask
  readonly append: Append
  readonly loadFacts: LoadFacts
  readonly orderLog: OrderLog
  readonly judge: Judge
  readonly counters: Counters
  readonly alsoEndedOf: AlsoEndedOf
  readonly sentNotices: SentNotices
  readonly policy: Policy
  readonly clock: Clock
  readonly random: Random
  readonly meter: Meter
  readonly subjectIds: SubjectIds
  readonly isKilled: () => boolean
  readonly isElected: () => boolean
  readonly notify: (notice: Notice) => Promise<void>
  /** Not before this instant again; in memory, for orders that were not called for. */
  readonly retryAt: (order: Order, at: number) => void
}

/** An order with the current facts and demand of its session. */
export interface OrderContext {
  readonly order: Order
  readonly assessment: Assessment
  readonly demand: Demand
  readonly proposal: Proposal
  /** Further sessions that its call would end, once they were determined. */
  readonly alsoEnded: readonly AlsoEnded[]
}

/** Loads an order with the facts of this moment; undefined when those facts end the order. */
export async function loadOrder(
  deps: DispatchDeps,
  order: Order,
): Promise<OrderContext | undefined> {
  const { tenant, instance, sessionId, sessionKind, incarnation, orderId } = order.last
  // Side by side: whose session it is has rarely changed since the order began.
  const [known, named] = await Promise.all([
    deps.loadFacts(tenant, instance, [sessionId]),
    deps.subjectIds(tenant, instance, [order.last.subjectRef]),
  ])
  const uncertaintyMs = deps.policy.timing.clockUncertaintyMs
  const session = known.get(sessionKey({ tenant, instance, sessionKind, sessionId }))
  const incarnations = session
    ? await withoutWithdrawn(deps.ask, assess(session, uncertaintyMs))
    : []
  const assessment = incarnations[incarnation]
  const demand = assessment && demandOf(assessment)
  if (!assessment || !demand || assessment.reused) {
    if (order.last.state === 'acknowledged' || order.last.state === 'verifying') return undefined
    const reason = assessment?.reused
      ? 'its id names another session by now'
      : 'nothing stands against the session any more'
    await transition(deps, order, [{ what: 'withdrawn', reason }])
    return undefined
  }
  if (!demand.outstanding) {
    await transition(deps, order, [{ what: 'proved', reason: 'there is proof of its death' }])
    return undefined
  }
  const isSame = demand.subjectRef === order.last.subjectRef
  const subjects = isSame ? named : await deps.subjectIds(tenant, instance, [demand.subjectRef])
  const subjectId = subjects.get(demand.subjectRef) ?? ''
  const { approvedBy } = order
  const about = { orderId, approvedBy, subjectId, shownEnds: order.last.alsoEnds }
  return {
    order,
    assessment,
    demand,
    proposal: proposalOf(assessment, demand, about),
    alsoEnded: [],
  }
}

/** The same with what its call would end besides it, by what is known and was listed last. */
export async function withAlsoEnded(
  deps: DispatchDeps,
  channel: ProviderChannel,
  due: OrderContext,
): Promise<OrderContext> {
  const { tenant, instance, subjectRef } = due.assessment.facts
  const listed = deps.lister.listsOf({ tenant, instance, subjectRef }).at(-1)
  const alsoEnded = await deps.alsoEndedOf(channel.provider, due.assessment, listed)
  return { ...due, alsoEnded, proposal: { ...due.proposal, ...namesOf(alsoEnded) } }
}

/** Lets things happen to one order; one that is over is reviewed, for reasons that came meanwhile. */
export async function transition(
  { orderLog, queueReview }: DispatchDeps,
  order: Order,
  by: readonly Occurrence[],
): Promise<Order> {
  const moved = (await orderLog.applyTransitions([{ order, by }]))[0] ?? order
  if (terminalStates.has(moved.last.state)) queueReview(moved.last)
  return moved
}

/** Ends the order without proof of death, and notifies. */
export async function failOrder(deps: DispatchDeps, order: Order, by: Occurrence): Promise<void> {
  const failed = await transition(deps, order, [by])
  await deps.notify(noticeOf(failed, 'failed', { reason: by.reason ?? '' }, deps.clock))
}

/** Orders that only findings cause draw from half of the budget. */
export function shareOf({ policy }: DispatchDeps, { proposal }: OrderContext): BudgetShare {
  const unasked = proposal.approvedBy === '' && isFindingCaused(proposal, policy)
  return unasked ? 'finding' : 'reserved'
}
