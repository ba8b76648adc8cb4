import type { SessionName } from '../../contract/identity.ts'
import { instanceKey, sessionKey } from '../../contract/identity.ts'
import type { OrderState, OrderStep } from '../../contract/order-step.ts'
import { terminalStates } from '../../contract/order-step.ts'
import { makePause } from '../../contract/pause.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Ask, Clock } from '../../contract/ports.ts'
import type { Regard } from '../../verdict/assess.ts'
import { regard } from '../../verdict/assess.ts'
import type { Know } from '../../verdict/session-facts.ts'
import type { Proposal } from '../guarding/guard.ts'
import { objectionText } from '../guarding/objection-text.ts'
import type { Judge } from '../guarding/run-guards.ts'
import type { Notice } from '../notices/notice.ts'
import { noticeOf } from '../notices/notice.ts'
import type { Told } from '../notices/sent-notices.ts'
import type { AlsoEndedOf } from '../observe/also-ended.ts'
import { namesOf } from '../observe/also-ended.ts'
import type { Lister } from '../observe/lister.ts'
import type { Tallies } from '../orders/counters.ts'
import type { Demand } from '../orders/demand.ts'
import { demandOf, lifeNameOf, proposalOf } from '../orders/demand.ts'
import type { Occurrence, Order } from '../orders/order.ts'
import { open } from '../orders/order.ts'
import type { Ledger, Move } from '../orders/order-log.ts'
import { orderIdOf } from '../orders/order-log.ts'
import type { Watch } from '../orders/outstanding.ts'
import { withoutFallen } from '../orders/withdrawn-findings.ts'
import type { OpenProvider } from '../provider-kit/provider.ts'
import { lifeKey } from '../session/session-key.ts'
import type { SubjectIds } from '../session/subject-ids.ts'
import type { Plan } from './plan.ts'
import { planFor } from './plan.ts'

export interface ReviewDeps {
  readonly ask: Ask
  readonly know: Know
  readonly ledger: Ledger
  readonly judge: Judge
  readonly tallies: Tallies
  readonly alsoEndedOf: AlsoEndedOf
  readonly lister: Pick<Lister, 'listsOf'>
  readonly policy: Policy
  readonly clock: Clock
  readonly subjectIds: SubjectIds
  readonly providers: ReadonlyMap<string, OpenProvider>
  readonly watch: Watch
  readonly told: Told
  readonly isKilled: () => boolean
  readonly tell: (notice: Notice) => Promise<void>
}

/**
 * Looks at a page of condemned sessions of one instance, and lets their orders begin, grow, end or
 * begin anew. Gives back the sessions that have to wait for a lane.
 */
export type Review = (
  tenant: string,
  instance: string,
  sessions: readonly SessionName[],
) => Promise<readonly SessionName[]>

/** Facts that are weighed before others have a turn. */
const unitsAtOnce = 5_000

interface Planned {
  readonly regarded: Regard
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
    // Before the facts: an order that a lane ends meanwhile cannot be claimed then, and facts of before its
    // end are never held against it.
    const orders = await deps.ledger.ordersOf(tenant, instance, ids)
    const known = await deps.know(tenant, instance, ids)
    const lives: Regard[] = []
    const pause = makePause(unitsAtOnce)
    for (const [key, session] of known) {
      if (!names.has(key)) continue
      for (const each of regard(session, deps.policy.timing.clockUncertaintyMs)) lives.push(each)
      await pause(1 + session.pairs.length + session.refusals.length)
    }
    const standing = await withoutFallen(deps.ask, lives)
    const { planned, claimed, busy } = claimAndPlan(deps, standing, orders)
    try {
      await carryOut(deps, provider, planned)
    } finally {
      for (const orderId of claimed) deps.ledger.release(orderId)
    }
    await tellBroken(deps, planned)
    return busy
  }
}

/** In one turn: what is planned must still be true of every order that was claimed for it. */
function claimAndPlan(
  { ledger, watch, policy }: ReviewDeps,
  lives: readonly Regard[],
  orders: ReadonlyMap<string, readonly Order[]>,
) {
  const planned: Planned[] = []
  const claimed: string[] = []
  const busy: SessionName[] = []
  for (const regarded of lives) {
    const life = lifeNameOf(regarded)
    const demand = demandOf(regarded)
    const mine = orders.get(lifeKey(life)) ?? []
    const last = mine.at(-1)
    if (last && !terminalStates.has(last.last.state)) {
      if (last.last.state === 'dispatching' || !ledger.claim(last)) {
        busy.push(life)
        continue
      }
      claimed.push(last.last.orderId)
    }
    watch.put(life, regarded.reused ? undefined : demand)
    planned.push({ regarded, demand, plan: planFor(regarded, demand, mine, policy) })
  }
  return { planned, claimed, busy }
}

/** Opens new orders and lets things happen to old ones, with what the guards say to them. */
async function carryOut(
  deps: ReviewDeps,
  provider: OpenProvider,
  planned: readonly Planned[],
): Promise<void> {
  if (planned.every(({ plan }) => plan.plan === 'nothing')) return
  const { tenant, instance } = planned[0]?.regarded.known ?? { tenant: '', instance: '' }
  const refs = planned.map(({ demand }) => demand?.subjectRef ?? '')
  const subjects = await deps.subjectIds(tenant, instance, refs)
  const moves: Move[] = []
  for (const { regarded, demand, plan } of planned) {
    if (plan.plan === 'nothing') continue
    const first = plan.plan === 'open' ? firstStep(deps.ledger, regarded, plan) : undefined
    const order = plan.plan === 'open' ? undefined : plan.order
    const last = first ?? order?.last
    const by: Occurrence[] = plan.plan === 'move' ? [plan.by] : []
    if (last && demand && (plan.plan !== 'move' || plan.judge)) {
      const subjectId = subjects.get(demand.subjectRef) ?? ''
      const approvedBy = order?.approvedBy ?? ''
      const about = { orderId: last.orderId, approvedBy, subjectId, shownEnds: last.alsoEnds }
      const ends = await endsOf(deps, provider, regarded, last.state)
      const proposal = proposalOf(regarded, demand, about, ends)
      const judged = provider.capabilities.kinds.includes(proposal.sessionKind)
        ? await judgeOne(deps, last.state, proposal)
        : ({ what: 'suppressed', reason: 'the provider has no sessions of this kind' } as const)
      if (judged) by.push(judged)
    }
    if (first) moves.push({ first, by })
    else if (order) moves.push({ order, by })
  }
  const moved = await deps.ledger.move(moves)
  await tellFirstReturns(deps, planned)
  for (const [index, order] of moved.entries()) {
    for (const { what, reason = '' } of moves[index]?.by ?? []) {
      if (what === 'held') await deps.tell(noticeOf(order, 'held', reason, deps.clock))
      if (what === 'lived') await deps.tell(noticeOf(order, 'breach', reason, deps.clock))
    }
  }
}

/** A session that died before any order was needed, and lives: nobody has heard of it yet. */
async function tellFirstReturns(
  { tell, clock }: ReviewDeps,
  planned: readonly Planned[],
): Promise<void> {
  for (const { regarded, demand, plan } of planned) {
    if (plan.plan !== 'open' || plan.after || !demand || !hasDiedBefore(regarded, demand)) continue
    const { tenant, instance, sessionKind, sessionId } = regarded.known
    const { subjectRef, curfewIds } = demand
    const orderId = orderIdOf(lifeNameOf(regarded), plan.ordinal)
    await tell({
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

function hasDiedBefore({ known, aliveAt }: Regard, { causeAt }: Demand): boolean {
  const deaths = [...known.ends, ...known.refusals, ...known.gone.map(({ at }) => at)]
  return deaths.some((at) => at >= causeAt && aliveAt !== null && at < aliveAt)
}

/** A new order is listed for before its call, and what that shows decides. */
async function endsOf(
  { alsoEndedOf, lister }: ReviewDeps,
  { capabilities }: OpenProvider,
  regarded: Regard,
  state: OrderState,
) {
  const { tenant, instance, subjectRef } = regarded.known
  const listed = lister.listsOf({ tenant, instance, subjectRef }).at(-1)
  const ends = namesOf(await alsoEndedOf(capabilities, regarded, listed))
  return state === 'proposed' && !listed ? { ...ends, bystanders: [] } : ends
}

function firstStep(
  ledger: Ledger,
  regarded: Regard,
  { demand, ordinal, after }: Extract<Plan, { readonly plan: 'open' }>,
): OrderStep {
  const life = lifeNameOf(regarded)
  const { subjectRef, curfewIds, causeIds } = demand
  const orderId = orderIdOf(life, ordinal)
  const reason = after ? 'a new reason after an order that is over' : ''
  // Later than all steps of the one before: two orders of a session never share an instant.
  const stamp = ledger.stamp(after)
  const opening = { ...life, orderId, subjectRef, provider: life.instance }
  return open(opening, { curfewIds, causeIds, reason }, stamp)
}

async function judgeOne(
  { tallies, judge, policy, isKilled }: ReviewDeps,
  state: OrderState,
  proposal: Proposal,
): Promise<Occurrence | undefined> {
  await tallies.prepare(proposal, policy)
  const { judgement, guard } = judge(proposal, tallies.of(proposal, isKilled()), policy)
  const passed = { what: 'passed' } as const
  // An order that came back is judged before its call, like any that is queued.
  if (judgement.judged === 'pass' || state === 'regressed') return passed
  const reason = objectionText(guard, judgement.reason)
  if (judgement.judged === 'suppress') return { what: 'suppressed', reason }
  // Observing asks nobody: the whole chain is run again before the call that is then left out.
  if (proposal.mode === 'observe') return passed
  if (judgement.judged === 'wait') return state === 'proposed' ? { what: 'waited', reason } : passed
  const { alsoEnds } = proposal
  return state === 'proposed' ? { what: 'held', reason, alsoEnds } : undefined
}

/**
 * Curfews whose session was alive after their deadline are told of once. Of one that may be younger
 * than its cause a person was asked; whoever signs in right after a reset has broken nothing.
 */
async function tellBroken(
  { told, tell, clock }: ReviewDeps,
  planned: readonly Planned[],
): Promise<void> {
  const all: string[] = []
  const untold = new Set(await told.fresh(planned.flatMap(({ regarded }) => brokenIn(regarded))))
  for (const { regarded, demand } of planned) {
    const fresh = brokenIn(regarded).filter((id) => untold.has(id))
    const { known } = regarded
    if (fresh.length === 0) continue
    const { tenant, instance, sessionKind, sessionId } = known
    await tell({
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
  // Once for all: thousands that nobody may end must not make others wait for as many writes.
  await told.mark(all)
}

/** The curfews after whose deadline a session was alive. */
function brokenIn({ aliveAt, standing }: Regard): readonly string[] {
  if (aliveAt === null) return []
  const broken = standing.filter(
    ({ pair, certainty }) => certainty === 'certain' && pair.mayAct && aliveAt > pair.deadlineAt,
  )
  return [...new Set(broken.map(({ pair }) => pair.curfewId))].sort()
}
