import type { ProviderChannel } from '../calls/provider-channel.ts'
import { observationValidMs } from '../calls/provider-channel.ts'
import { guardIn, objectionText } from '../guarding/objection-text.ts'
import type { GuardResult } from '../guarding/run-guards.ts'
import { noticeOf } from '../notices/notice.ts'
import { baselineOf } from '../observe/evidence.ts'
import type { Observation } from '../observe/observe-session.ts'
import { observe } from '../observe/observe-session.ts'
import { isOverdue, isSpent, jitterMs } from '../orders/backoff.ts'
import type { Order } from '../orders/order.ts'
import type { DispatchDeps, OrderContext } from './order-context.ts'
import { failOrder, loadOrder, shareOf, transition, withAlsoEnded } from './order-context.ts'
import { revoke } from './revoke.ts'
import { verify } from './verify.ts'

/** Prefix of an order's reason while its session could not be observed. */
export const blindReason = 'the session could not be looked at: '

/**
 * Advances one order: observes the session, runs the guards, writes the intent, calls, and reads
 * back. After any failure the order is in a state from which the next round continues.
 */
export async function dispatch(
  deps: DispatchDeps,
  channel: ProviderChannel,
  order: Order,
): Promise<void> {
  if (deps.isKilled() || !deps.isElected()) return
  if (order.last.state === 'dispatching') {
    // The outcome was never written: the process that called crashed, or the store failed.
    const reason = 'the outcome of the call is not known'
    return await dispatch(
      deps,
      channel,
      await transition(deps, order, [{ what: 'doubted', reason }]),
    )
  }
  const owed = await loadOrder(deps, order)
  if (!owed) return
  // Before the observation too: orders that wait for a wave must not use up calls.
  if (order.last.state === 'queued' && owed.proposal.mode !== 'observe') {
    await deps.counters.prepare(owed.proposal, deps.policy)
    const before = runGuards(deps, owed)
    if (before.judgement.judged === 'wait') return await applyObjection(deps, owed, before)
  }
  const seen = await observeIfStale(deps, channel, owed)
  if (!(await mayCall(deps, channel, owed, seen))) return
  if (!(await listIfStale(deps, channel, owed))) return
  const due = await withAlsoEnded(deps, channel, owed)
  await deps.counters.prepare(due.proposal, deps.policy)
  const judged = runGuards(deps, due)
  if (due.proposal.mode === 'observe' && judged.judgement.judged !== 'suppress') {
    await transition(deps, order, [{ what: 'shadowed', reason: shadowReason(judged) }])
    return
  }
  if (judged.judgement.judged !== 'pass') return await applyObjection(deps, due, judged)
  const share = shareOf(deps, due)
  if (!channel.reserve(share, order.last.orderId))
    return deps.retryAt(order, deps.clock.now() + channel.waitMs(share))
  deps.counters.reserve(due.proposal, deps.policy)
  const called = await revoke(deps, channel, due)
  if (called) await verify(deps, channel, called)
}

/**
 * Observes the session, unless it was seen alive within `observationValidMs`. Where calls are
 * scarce, an observation costs the call that would end the session.
 */
async function observeIfStale(
  deps: DispatchDeps,
  channel: ProviderChannel,
  due: OrderContext,
): Promise<Observation> {
  const { order, assessment, proposal } = due
  const now = deps.clock.now()
  const after = Math.max(baselineOf(assessment, order), now - observationValidMs)
  const { aliveAt } = assessment
  // A session that was proved dead may have been used by a request in flight, so it is observed
  // again.
  const settledBefore = order.returns.length > 0
  if (!settledBefore && aliveAt !== null && aliveAt > after && aliveAt <= now) {
    return { result: 'alive' }
  }
  const share = shareOf(deps, due)
  return await observe(deps, channel, { ...due, subjectId: proposal.subjectId, after, share })
}

/**
 * Lists the subject where the call ends more than one session: a person is asked when uncondemned
 * sessions would end too. Returns whether the order continues; without a list, all recorded
 * sessions count as alive.
 */
async function listIfStale(
  deps: DispatchDeps,
  channel: ProviderChannel,
  due: OrderContext,
): Promise<boolean> {
  const { clock, lister, retryAt } = deps
  const { tenant, instance, subjectRef, sessionKind } = due.assessment.facts
  const { list, capabilities } = channel.provider
  const endsMore = (capabilities.alsoEnds[sessionKind] ?? 'nothing') !== 'nothing'
  if (!endsMore || list === undefined) return true
  const subject = { tenant, instance, subjectRef }
  const listed = await lister.list(
    channel,
    subject,
    clock.now() - observationValidMs,
    shareOf(deps, due),
  )
  if (listed.outcome !== 'deferred') return true
  retryAt(due.order, clock.now() + listed.waitMs)
  return false
}

/** Synchronous with the reservation: orders judged side by side must not pass under one limit. */
function runGuards(
  { counters, policy, judge, isKilled }: DispatchDeps,
  { proposal }: OrderContext,
): GuardResult {
  return judge(proposal, counters.of(proposal, isKilled()), policy)
}

/** Whether what was seen lets the call be made; else the order is moved on or put off. */
async function mayCall(
  deps: DispatchDeps,
  { apartMs }: ProviderChannel,
  { order }: OrderContext,
  seen: Observation,
): Promise<boolean> {
  const { clock, random } = deps
  // Where an end can be undone unseen, that it is not shown is no reason not to end it.
  const isUnshown = apartMs > 0 && (seen.result === 'gone' || seen.result === 'absent')
  const shown: Observation = isUnshown ? { result: 'blind' } : seen
  switch (shown.result) {
    case 'gone':
      await transition(deps, order, [{ what: 'proved', reason: 'the provider does not have it' }])
      return false
    case 'refused':
      await failOrder(deps, order, { what: 'refused', reason: shown.reason })
      return false
    case 'absent':
    case 'failed': {
      const doubtful = order.last.state === 'in_doubt' || order.last.state === 'throttled'
      // An empty budget is no answer of the provider: after an outage it would fail all orders at
      // once.
      const asked = shown.result !== 'failed' || shown.asked
      if (doubtful && asked && isOverdue(order, clock.now())) {
        const reason = 'the provider could not be asked whether the session lives'
        await failOrder(deps, order, { what: 'exhausted', reason })
        return false
      }
      if (shown.result === 'failed' && shown.asked && order.last.state === 'queued') {
        // Its list may never be usable, and the order names what to end all the same. Not at the
        // first time: most lists that fail work a moment later.
        if (order.last.reason.startsWith(blindReason)) return true
        const reason = `${blindReason}${shown.reason}`
        const waiting = await transition(deps, order, [{ what: 'waited', reason }])
        deps.retryAt(waiting, clock.now() + jitterMs(2, random))
        return false
      }
      const requestedWaitMs = shown.result === 'failed' ? shown.waitMs : 0
      const ownMs = jitterMs(order.roundAttempts + 2, random)
      deps.retryAt(order, clock.now() + Math.max(requestedWaitMs, ownMs))
      return false
    }
    case 'alive':
    case 'blind':
      if (!isSpent(order)) return true
      await failOrder(deps, order, { what: 'exhausted', reason: 'all attempts are spent' })
      return false
  }
}

/** A guard objects: never, not without a person, or not now. */
async function applyObjection(
  deps: DispatchDeps,
  due: OrderContext,
  { judgement, guard }: GuardResult,
): Promise<void> {
  const { order, proposal } = due
  if (judgement.judged === 'pass') return
  const reason = objectionText(guard, judgement.reason)
  if (judgement.judged === 'suppress') {
    await transition(deps, order, [{ what: 'suppressed', reason }])
    return
  }
  if (judgement.judged === 'approve') {
    const { alsoEnds } = proposal
    const held = await transition(deps, order, [{ what: 'held', reason, alsoEnds }])
    await deps.notify(noticeOf(held, 'held', { reason, guard }, deps.clock))
    return
  }
  const now = deps.clock.now()
  const waitedMs = order.last.state === 'queued' ? now - order.since : 0
  deps.retryAt(order, now + Math.min(waitMsMax, Math.max(waitMsMin, waitedMs / 8)))
  // Recorded once per wait, not once per observation.
  const said = guardIn(order.last.reason) === guard
  const waits = order.last.state === 'queued' && !said
  const held = waits ? await transition(deps, order, [{ what: 'waited', reason }]) : order
  if (guard === 'waves') await notifyStuck(deps, held, due, reason)
}
const waitMsMin = 1_000
const waitMsMax = 15_000

/**
 * A failed wave continues only when an operator acts. The first order that waits for it sends one
 * notice.
 */
async function notifyStuck(
  { counters, sentNotices, notify, clock }: DispatchDeps,
  order: Order,
  { proposal }: OrderContext,
  reason: string,
): Promise<void> {
  const wave = counters.stuckWave(proposal)
  if (wave === undefined) return
  const notice = {
    ...noticeOf(order, 'held', { reason, guard: 'waves' }, clock),
    noticeId: `held wave ${wave}`,
  }
  await sentNotices.once(`wave ${wave}`, () => notify(notice))
}

const wouldHave = {
  wait: 'waited',
  approve: 'waited for an approval',
  suppress: 'been left alone',
} as const

/** What enforcing would have done, or what would have kept it from it. */
function shadowReason({ objections }: GuardResult): string {
  const would = objections.map(({ guard, judgement: { judged, reason } }) =>
    objectionText(guard, `it would have ${wouldHave[judged]}: ${reason}`),
  )
  return would.length === 0 ? 'it would have been ended' : would.join('; ')
}
