import type { SessionName } from '../../contract/identity.ts'
import { instanceKey, sessionKey } from '../../contract/identity.ts'
import type { OrderState, OrderStep } from '../../contract/order-step.ts'
import { terminalStates } from '../../contract/order-step.ts'
import { makePause } from '../../contract/pause.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Ask, Clock } from '../../contract/ports.ts'
import type { Assessment } from '../../verdict/assess.ts'
import { assess } from '../../verdict/assess.ts'
import type { LoadFacts } from '../../verdict/session-facts.ts'
import type { Proposal } from '../guarding/guard.ts'
import { objectionText } from '../guarding/objection-text.ts'
import type { Judge } from '../guarding/run-guards.ts'
import type { Notice } from '../notices/notice.ts'
import { noticeOf } from '../notices/notice.ts'
import type { SentNotices } from '../notices/sent-notices.ts'
import type { AlsoEndedOf } from '../observe/also-ended.ts'
import { namesOf } from '../observe/also-ended.ts'
import type { Lister } from '../observe/lister.ts'
import type { Counters } from '../orders/counters.ts'
import type { Demand } from '../orders/demand.ts'
import { demandOf, incarnationOf, proposalOf } from '../orders/demand.ts'
import type { Occurrence, Order } from '../orders/order.ts'
import { open } from '../orders/order.ts'
import type { OrderLog, Transition } from '../orders/order-log.ts'
import { orderIdOf } from '../orders/order-log.ts'
import type { Outstanding } from '../orders/outstanding.ts'
import { withoutWithdrawn } from '../orders/withdrawn-findings.ts'
import type { OpenProvider } from '../provider-kit/provider.ts'
import { incarnationKey } from '../session/session-key.ts'
import type { SubjectIds } from '../session/subject-ids.ts'
import type { Plan } from './plan.ts'
import { planFor } from './plan.ts'

export interface ReviewDeps {
  readonly ask: Ask
  readonly loadFacts: LoadFacts
  readonly orderLog: OrderLog
  readonly judge: Judge
  readonly counters: Counters
  readonly alsoEndedOf: AlsoEndedOf
  readonly lister: Pick<Lister, 'listsOf'>
  readonly policy: Policy
  readonly clock: Clock
  readonly subjectIds: SubjectIds
  readonly providers: ReadonlyMap<string, OpenProvider>
  readonly outstanding: Outstanding
  readonly sentNotices: SentNotices
  readonly isKilled: () => boolean
  readonly notify: (notice: Notice) => Promise<void>
}

/**
 * Reviews a page of condemned sessions of one instance: opens, extends, ends or reopens their
 * orders. Returns the sessions that have to wait for a channel.
 */
export type Review = (
  tenant: string,
  instance: string,
  sessions: readonly SessionName[],
) => Promise<readonly SessionName[]>

/** Facts assessed before the event loop continues. */
const unitsAtOnce = 5_000

interface Planned {
  readonly assessment: Assessment
  readonly demand: Demand | undefined
  readonly plan: Plan
}

export function makeReview(deps: ReviewDeps): Review {
  return async (tenant, instance, sessions) => {
    const provider = deps.providers.get(instanceKey(tenant, instance))
    // Without a connection nothing can be ended; the curfews are reported and wait for one.
    if (!provider) return []
    const ids = [...new Set(sessions.map(({ sessionId }) => sessionId))]
    const names = new Set(sessions.map(sessionKey))
    // Before the facts: an order that a channel ends meanwhile can then not be claimed, so facts
    // from before its end are not applied to it.
    const orders = await deps.orderLog.ordersOf(tenant, instance, ids)
    const known = await deps.loadFacts(tenant, instance, ids)
    const incarnations: Assessment[] = []
    const pause = makePause(unitsAtOnce)
    for (const [key, session] of known) {
      if (!names.has(key)) continue
      for (const each of assess(session, deps.policy.timing.clockUncertaintyMs))
        incarnations.push(each)
      await pause(1 + session.pairs.length + session.refusals.length)
    }
    const standing = await withoutWithdrawn(deps.ask, incarnations)
    const { planned, claimed, busy } = claimAndPlan(deps, standing, orders)
    try {
      await applyPlans(deps, provider, planned)
    } finally {
      for (const orderId of claimed) deps.orderLog.release(orderId)
    }
    await notifyBroken(deps, planned)
    return busy
  }
}

/** Synchronous: a plan must still match each order claimed for it. */
function claimAndPlan(
  { orderLog, outstanding, policy }: ReviewDeps,
  incarnations: readonly Assessment[],
  orders: ReadonlyMap<string, readonly Order[]>,
) {
  const planned: Planned[] = []
  const claimed: string[] = []
  const busy: SessionName[] = []
  for (const assessment of incarnations) {
    const life = incarnationOf(assessment)
    const demand = demandOf(assessment)
    const mine = orders.get(incarnationKey(life)) ?? []
    const last = mine.at(-1)
    if (last && !terminalStates.has(last.last.state)) {
      if (last.last.state === 'dispatching' || !orderLog.claim(last)) {
        busy.push(life)
        continue
      }
      claimed.push(last.last.orderId)
    }
    outstanding.put(life, assessment.reused ? undefined : demand)
    planned.push({ assessment, demand, plan: planFor(assessment, demand, mine, policy) })
  }
  return { planned, claimed, busy }
}

/** Opens new orders and applies transitions to old ones, with the judgement of the guards. */
async function applyPlans(
  deps: ReviewDeps,
  provider: OpenProvider,
  planned: readonly Planned[],
): Promise<void> {
  if (planned.every(({ plan }) => plan.plan === 'nothing')) return
  const { tenant, instance } = planned[0]?.assessment.facts ?? { tenant: '', instance: '' }
  const refs = planned.map(({ demand }) => demand?.subjectRef ?? '')
  const subjects = await deps.subjectIds(tenant, instance, refs)
  const moves: Transition[] = []
  for (const { assessment, demand, plan } of planned) {
    if (plan.plan === 'nothing') continue
    const first = plan.plan === 'open' ? firstStep(deps.orderLog, assessment, plan) : undefined
    const order = plan.plan === 'open' ? undefined : plan.order
    const last = first ?? order?.last
    const by: Occurrence[] = plan.plan === 'move' ? [plan.by] : []
    if (last && demand && (plan.plan !== 'move' || plan.judge)) {
      const subjectId = subjects.get(demand.subjectRef) ?? ''
      const approvedBy = order?.approvedBy ?? ''
      const about = { orderId: last.orderId, approvedBy, subjectId, shownEnds: last.alsoEnds }
      const ends = await endsOf(deps, provider, assessment, last.state)
      const proposal = proposalOf(assessment, demand, about, ends)
      const judged = provider.capabilities.kinds.includes(proposal.sessionKind)
        ? await judgeProposal(deps, last.state, proposal)
        : ({ what: 'suppressed', reason: 'the provider has no sessions of this kind' } as const)
      if (judged) by.push(judged)
    }
    if (first) moves.push({ first, by })
    else if (order) moves.push({ order, by })
  }
  const moved = await deps.orderLog.applyTransitions(moves)
  await notifyFirstReturns(deps, planned)
  for (const [index, order] of moved.entries()) {
    for (const { what, reason = '', guard } of moves[index]?.by ?? []) {
      if (what === 'held') await deps.notify(noticeOf(order, 'held', { reason, guard }, deps.clock))
      if (what === 'lived') await deps.notify(noticeOf(order, 'breach', { reason }, deps.clock))
    }
  }
}

/** A session that died before any order was needed and is alive again: no notice was sent yet. */
async function notifyFirstReturns(
  { notify, clock }: ReviewDeps,
  planned: readonly Planned[],
): Promise<void> {
  for (const { assessment, demand, plan } of planned) {
    if (plan.plan !== 'open' || plan.after || !demand || !hasDiedBefore(assessment, demand))
      continue
    const { tenant, instance, sessionKind, sessionId } = assessment.facts
    const { subjectRef, curfewIds } = demand
    const orderId = orderIdOf(incarnationOf(assessment), plan.ordinal)
    await notify({
      ...{
        kind: 'breach',
        noticeId: `breach ${orderId}`,
        tenant,
        instance,
        sessionKind,
        sessionId,
      },
      ...{ subjectRef, orderId, curfewIds, reason: 'it lived after its proof of death' },
      at: clock.now(),
    })
  }
}

function hasDiedBefore({ facts, aliveAt }: Assessment, { causeAt }: Demand): boolean {
  const deaths = [...facts.ends, ...facts.refusals, ...facts.gone.map(({ at }) => at)]
  return deaths.some((at) => at >= causeAt && aliveAt !== null && at < aliveAt)
}

/** A new order is listed for before its call, and what that shows decides. */
async function endsOf(
  { alsoEndedOf, lister }: ReviewDeps,
  provider: OpenProvider,
  assessment: Assessment,
  state: OrderState,
) {
  const { tenant, instance, subjectRef } = assessment.facts
  const listed = lister.listsOf({ tenant, instance, subjectRef }).at(-1)
  const ends = namesOf(await alsoEndedOf(provider, assessment, listed))
  return state === 'proposed' && !listed ? { ...ends, bystanders: [] } : ends
}

function firstStep(
  orderLog: OrderLog,
  assessment: Assessment,
  { demand, ordinal, after }: Extract<Plan, { readonly plan: 'open' }>,
): OrderStep {
  const life = incarnationOf(assessment)
  const { subjectRef, curfewIds, causeIds } = demand
  const orderId = orderIdOf(life, ordinal)
  const reason = after ? 'a new reason after an order that is over' : ''
  // Later than all steps of the one before: two orders of a session never share an instant.
  const stamp = orderLog.stamp(after)
  const opening = { ...life, orderId, subjectRef, provider: life.instance }
  return open(opening, { curfewIds, causeIds, reason }, stamp)
}

async function judgeProposal(
  { counters, judge, policy, isKilled }: ReviewDeps,
  state: OrderState,
  proposal: Proposal,
): Promise<Occurrence | undefined> {
  await counters.prepare(proposal, policy)
  const { judgement, guard } = judge(proposal, counters.of(proposal, isKilled()), policy)
  const passed = { what: 'passed' } as const
  // An order that came back is judged before its call, like any that is queued.
  if (judgement.judged === 'pass' || state === 'regressed') return passed
  const reason = objectionText(guard, judgement.reason)
  if (judgement.judged === 'suppress') return { what: 'suppressed', reason }
  // Observe mode asks no person: the chain runs again before the call that is left out.
  if (proposal.mode === 'observe') return passed
  if (judgement.judged === 'wait') return state === 'proposed' ? { what: 'waited', reason } : passed
  const { alsoEnds } = proposal
  return state === 'proposed' ? { what: 'held', reason, guard, alsoEnds } : undefined
}

/**
 * Notifies once of curfews whose session was alive after the deadline. Uncertain ones were put to
 * a person: a sign-in right after a reset breaks nothing.
 */
async function notifyBroken(
  { sentNotices, notify, clock }: ReviewDeps,
  planned: readonly Planned[],
): Promise<void> {
  const all: string[] = []
  const untold = new Set(
    await sentNotices.unsent(planned.flatMap(({ assessment }) => brokenIn(assessment))),
  )
  for (const { assessment, demand } of planned) {
    const fresh = brokenIn(assessment).filter((id) => untold.has(id))
    const { facts } = assessment
    if (fresh.length === 0) continue
    const { tenant, instance, sessionKind, sessionId } = facts
    await notify({
      kind: 'broken',
      noticeId: `broken ${fresh.join(' ')}`,
      tenant,
      instance,
      sessionKind,
      sessionId,
      subjectRef: demand?.subjectRef ?? '',
      orderId: '',
      curfewIds: fresh,
      reason: 'the session was alive after its deadline',
      at: clock.now(),
    })
    for (const each of fresh) all.push(each)
  }
  // One write for all: thousands of sessions must not delay others.
  await sentNotices.markSent(all)
}

/** The curfews after whose deadline a session was alive. */
function brokenIn({ aliveAt, active }: Assessment): readonly string[] {
  if (aliveAt === null) return []
  const broken = active.filter(
    ({ pair, certainty }) => certainty === 'certain' && pair.mayAct && aliveAt > pair.deadlineAt,
  )
  return [...new Set(broken.map(({ pair }) => pair.curfewId))].sort()
}
