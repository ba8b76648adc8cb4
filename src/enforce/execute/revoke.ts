import type { Called, Lane } from '../calls/provider-channel.ts'
import { lookMs } from '../calls/provider-channel.ts'
import { noticeOf } from '../notices/notice.ts'
import { witness } from '../observe/evidence.ts'
import { shownName } from '../observe/lister.ts'
import { busyMs, isSpent, jitterMs } from '../orders/backoff.ts'
import { intentReason } from '../orders/counters.ts'
import { lifeNameOf } from '../orders/demand.ts'
import type { Order } from '../orders/order.ts'
import type { RevokeAnswer } from '../provider-kit/provider.ts'
import { evidenceRow } from '../rows/write-rows.ts'
import type { DispatchDeps, Due } from './order-context.ts'
import { fail, happen } from './order-context.ts'

/**
 * Writes the intent, then makes the call, which is paid for: a call that nobody wrote down before it
 * would be forgotten by a crash. Gives back the order when it was answered and is to be read back.
 */
export function call(deps: DispatchDeps, lane: Lane, due: Due): Promise<Order | undefined> {
  const { clock } = deps
  const lookedAt = clock.now()
  return lane.apart(due.proposal.subjectId, async () => {
    // Other sessions of the subject had their turn first: what was looked at may be over by now.
    if (clock.now() - lookedAt > lookMs) {
      deps.retryAt(due.order, clock.now())
      return undefined
    }
    return await callNow(deps, lane, due)
  })
}

async function callNow(deps: DispatchDeps, lane: Lane, due: Due): Promise<Order | undefined> {
  const { append, clock, policy, meter } = deps
  const { proposal, regarded } = due
  const life = lifeNameOf(regarded)
  const reason = intentReason(proposal, policy)
  const { alsoEnds } = proposal
  // The last moment at which the switch can still stop it without leaving a doubt.
  if (deps.isKilled()) return undefined
  const calledBefore = due.order.calledAt
  const order = await happen(deps, due.order, [{ what: 'intended', reason, alsoEnds }])
  const { orderId, sessionId, sessionKind } = order.last
  const intent = witness(life, 'E0', 'intent', clock.now(), { orderId })
  await append('evidence', [evidenceRow(intent)])
  // Writing it down took its time. A successor that has begun meanwhile settles what was intended.
  if (!deps.isElected()) return undefined
  if (deps.isKilled()) {
    const why = {
      reason: 'the kill switch was turned on before the call',
      nextAttemptAt: clock.now(),
    }
    await happen(deps, order, [{ what: 'throttled', ...why }])
    return undefined
  }
  const target = { subjectId: proposal.subjectId, kind: sessionKind, id: sessionId }
  const called = await lane.call<RevokeAnswer>('revoke', 'paid', (provider, signal) =>
    provider.revoke(target, signal),
  )
  meter.count('curfew_enforce_revocations_total', { went: called.went })
  if (called.went === 'well')
    return await answered(deps, lane, { ...due, order, calledBefore }, called.value)
  await unanswered(deps, order, called)
  return undefined
}

/** What the provider answered, as evidence and as the next step of the order. */
async function answered(
  deps: DispatchDeps,
  lane: Lane,
  { order, regarded, alsoEnded, calledBefore }: Due & { readonly calledBefore: number | null },
  { result, status, requestId }: RevokeAnswer,
): Promise<Order> {
  const { append, clock } = deps
  const life = lifeNameOf(regarded)
  const { orderId } = order.last
  const name = shownName(life.sessionKind, life.sessionId)
  const detail = requestId === '' ? `${status}` : `${status} ${requestId}`
  const means = result === 'acknowledged' ? 'answer' : 'nothing_left'
  const answer = witness(life, 'E1', means, clock.now(), { orderId, detail })
  if (result === 'acknowledged') {
    // What else it ended was ended by us, and is proved by its own order.
    const others = alsoEnded.map((other) =>
      witness(other.life, 'E1', 'answer', answer.at, {
        orderId,
        detail: `${detail}, with ${name}`,
      }),
    )
    await append('evidence', [answer, ...others].map(evidenceRow))
    for (const { life: other } of alsoEnded) deps.learnt(other)
    const by = [{ what: 'acknowledged', status, requestId }, { what: 'verifying' }] as const
    const moved = await happen(deps, order, by)
    if (order.isQuestioned) {
      await deps.tell(noticeOf(moved, 'breach', 'it lived after its proof of death', clock))
    }
    return moved
  }
  // Only well apart from the call before: what that one ended may have been put back since.
  const intentAt = order.intentAt ?? 0
  const isApart = calledBefore !== null && intentAt - calledBefore >= lane.apartMs
  if (lane.apartMs > 0 && isApart) await append('evidence', [evidenceRow(answer)])
  return await happen(deps, order, [{ what: 'unknown', status, requestId }])
}

/** The call failed, or nobody knows how it went. */
async function unanswered(
  deps: DispatchDeps,
  order: Order,
  called: Exclude<Called<RevokeAnswer>, { readonly went: 'well' }>,
): Promise<void> {
  const { clock } = deps
  if (called.went === 'refused') {
    return await fail(deps, order, { what: 'refused', reason: called.reason })
  }
  const tried = order.roundAttempts
  if (called.went === 'unknown') {
    const nextAttemptAt = clock.now() + jitterMs(tried, deps.random)
    await happen(deps, order, [{ what: 'doubted', reason: called.reason, nextAttemptAt }])
    return
  }
  const text = called.went === 'busy' ? called.reason : 'the budget of calls was spent'
  if (isSpent(order)) {
    return await fail(deps, order, { what: 'exhausted', reason: text })
  }
  const ms = called.went === 'busy' ? busyMs(tried, called.askedMs, deps.random) : called.waitMs
  await happen(deps, order, [{ what: 'throttled', reason: text, nextAttemptAt: clock.now() + ms }])
}
