import { sessionKey } from '../../contract/identity.ts'
import { terminalStates } from '../../contract/order-step.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Append, Ask, Clock, Meter } from '../../contract/ports.ts'
import type { Regard } from '../../verdict/assess.ts'
import { regard } from '../../verdict/assess.ts'
import type { Know } from '../../verdict/session-facts.ts'
import type { Lane } from '../calls/provider-channel.ts'
import type { BudgetShare } from '../calls/rate-limit.ts'
import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Proposal } from '../guarding/guard.ts'
import type { Judge } from '../guarding/run-guards.ts'
import type { Notice } from '../notices/notice.ts'
import { noticeOf } from '../notices/notice.ts'
import type { Told } from '../notices/sent-notices.ts'
import type { AlsoEnded, AlsoEndedOf } from '../observe/also-ended.ts'
import { namesOf } from '../observe/also-ended.ts'
import type { LookDeps } from '../observe/observe-session.ts'
import type { Random } from '../orders/backoff.ts'
import type { Tallies } from '../orders/counters.ts'
import type { Demand } from '../orders/demand.ts'
import { demandOf, proposalOf } from '../orders/demand.ts'
import type { Occurrence, Order } from '../orders/order.ts'
import type { Ledger } from '../orders/order-log.ts'
import { withoutFallen } from '../orders/withdrawn-findings.ts'
import type { SubjectIds } from '../session/subject-ids.ts'

export interface DispatchDeps extends LookDeps {
  readonly ask: Ask
  readonly append: Append
  readonly know: Know
  readonly ledger: Ledger
  readonly judge: Judge
  readonly tallies: Tallies
  readonly alsoEndedOf: AlsoEndedOf
  readonly told: Told
  readonly policy: Policy
  readonly clock: Clock
  readonly random: Random
  readonly meter: Meter
  readonly subjectIds: SubjectIds
  readonly isKilled: () => boolean
  readonly isElected: () => boolean
  readonly tell: (notice: Notice) => Promise<void>
  /** Not before this instant again; in memory, for orders that were not called for. */
  readonly retryAt: (order: Order, at: number) => void
}

/** An order with what its session is owed now. */
export interface Due {
  readonly order: Order
  readonly regarded: Regard
  readonly demand: Demand
  readonly proposal: Proposal
  /** What its call would end as well, once that was looked into. */
  readonly alsoEnded: readonly AlsoEnded[]
}

/** What its session is owed now, by facts read at this moment; undefined when that ends the order. */
export async function dueOf(deps: DispatchDeps, order: Order): Promise<Due | undefined> {
  const { tenant, instance, sessionId, sessionKind, incarnation, orderId } = order.last
  // Side by side: whose session it is has rarely changed since the order began.
  const [known, named] = await Promise.all([
    deps.know(tenant, instance, [sessionId]),
    deps.subjectIds(tenant, instance, [order.last.subjectRef]),
  ])
  const uncertaintyMs = deps.policy.timing.clockUncertaintyMs
  const session = known.get(sessionKey({ tenant, instance, sessionKind, sessionId }))
  const lives = session ? await withoutFallen(deps.ask, regard(session, uncertaintyMs)) : []
  const regarded = lives[incarnation]
  const demand = regarded && demandOf(regarded)
  if (!regarded || !demand || regarded.reused) {
    if (order.last.state === 'acknowledged' || order.last.state === 'verifying') return undefined
    const reason = regarded?.reused
      ? 'its id names another session by now'
      : 'nothing stands against the session any more'
    await happen(deps, order, [{ what: 'withdrawn', reason }])
    return undefined
  }
  if (!demand.owed) {
    await happen(deps, order, [{ what: 'proved', reason: 'there is proof of its death' }])
    return undefined
  }
  const isSame = demand.subjectRef === order.last.subjectRef
  const subjects = isSame ? named : await deps.subjectIds(tenant, instance, [demand.subjectRef])
  const subjectId = subjects.get(demand.subjectRef) ?? ''
  const { approvedBy } = order
  const about = { orderId, approvedBy, subjectId, shownEnds: order.last.alsoEnds }
  return { order, regarded, demand, proposal: proposalOf(regarded, demand, about), alsoEnded: [] }
}

/** The same with what its call would end besides it, by what is known and was listed last. */
export async function withAlsoEnded(deps: DispatchDeps, lane: Lane, due: Due): Promise<Due> {
  const { tenant, instance, subjectRef } = due.regarded.known
  const listed = deps.lister.listsOf({ tenant, instance, subjectRef }).at(-1)
  const alsoEnded = await deps.alsoEndedOf(lane.provider.capabilities, due.regarded, listed)
  return { ...due, alsoEnded, proposal: { ...due.proposal, ...namesOf(alsoEnded) } }
}

/** Lets things happen to one order; one that is over is reviewed, for reasons that came meanwhile. */
export async function happen(
  { ledger, learnt }: DispatchDeps,
  order: Order,
  by: readonly Occurrence[],
): Promise<Order> {
  const moved = (await ledger.move([{ order, by }]))[0] ?? order
  if (terminalStates.has(moved.last.state)) learnt(moved.last)
  return moved
}

/** The order ends without its session having ended, and somebody must look. */
export async function fail(deps: DispatchDeps, order: Order, by: Occurrence): Promise<void> {
  const failed = await happen(deps, order, [by])
  await deps.tell(noticeOf(failed, 'failed', by.reason ?? '', deps.clock))
}

/** Orders that only findings cause draw from half of the budget. */
export function shareOf({ policy }: DispatchDeps, { proposal }: Due): BudgetShare {
  const unasked = proposal.approvedBy === '' && isFindingCaused(proposal, policy)
  return unasked ? 'finding' : 'reserved'
}
