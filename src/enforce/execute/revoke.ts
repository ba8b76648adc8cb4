import type { CallResult, ProviderChannel } from '../calls/provider-channel.ts'
import { observationValidMs } from '../calls/provider-channel.ts'
import { noticeOf } from '../notices/notice.ts'
import { evidenceOf } from '../observe/evidence.ts'
import { sessionLabel } from '../observe/lister.ts'
import { busyMs, isSpent, jitterMs } from '../orders/backoff.ts'
import { intentReason } from '../orders/counters.ts'
import { incarnationOf } from '../orders/demand.ts'
import type { Order } from '../orders/order.ts'
import type { RevokeAnswer } from '../provider-kit/provider.ts'
import { evidenceRow } from '../rows/write-rows.ts'
import type { DispatchDeps, OrderContext } from './order-context.ts'
import { failOrder, transition } from './order-context.ts'

/**
 * Writes the intent, then makes the call that was reserved: without the intent, a crash would lose
 * the call. Returns the order when the provider answered and it is to be read back.
 */
export function revoke(
  deps: DispatchDeps,
  channel: ProviderChannel,
  due: OrderContext,
): Promise<Order | undefined> {
  const { clock } = deps
  const lookedAt = clock.now()
  return channel.isolated(due.proposal.subjectId, async () => {
    // Calls for other sessions of the subject came first: the observation may be outdated.
    if (clock.now() - lookedAt > observationValidMs) {
      deps.retryAt(due.order, clock.now())
      return undefined
    }
    return await revokeNow(deps, channel, due)
  })
}

async function revokeNow(
  deps: DispatchDeps,
  channel: ProviderChannel,
  due: OrderContext,
): Promise<Order | undefined> {
  const { append, clock, policy, meter } = deps
  const { proposal, assessment } = due
  const life = incarnationOf(assessment)
  const reason = intentReason(proposal, policy)
  const { alsoEnds } = proposal
  // The last moment at which the switch can still stop it without leaving a doubt.
  if (deps.isKilled()) return undefined
  const calledBefore = due.order.calledAt
  const order = await transition(deps, due.order, [{ what: 'intended', reason, alsoEnds }])
  const { orderId, sessionId, sessionKind } = order.last
  const intent = evidenceOf(life, 'E0', 'intent', clock.now(), { orderId })
  await append('evidence', [evidenceRow(intent)])
  // Writing took time. A successor elected meanwhile settles the intent.
  if (!deps.isElected()) return undefined
  if (deps.isKilled()) {
    const why = {
      reason: 'the kill switch was turned on before the call',
      nextAttemptAt: clock.now(),
    }
    await transition(deps, order, [{ what: 'throttled', ...why }])
    return undefined
  }
  const target = { subjectId: proposal.subjectId, kind: sessionKind, id: sessionId }
  const called = await channel.call<RevokeAnswer>('revoke', 'paid', (provider, signal) =>
    provider.revoke(target, signal),
  )
  meter.count('curfew_enforce_revocations_total', { outcome: called.outcome })
  if (called.outcome === 'ok')
    return await recordAnswer(deps, channel, { ...due, order, calledBefore }, called.value)
  await recordFailure(deps, order, called)
  return undefined
}

/** Records the provider's answer as evidence and as the next step of the order. */
async function recordAnswer(
  deps: DispatchDeps,
  channel: ProviderChannel,
  {
    order,
    assessment,
    alsoEnded,
    calledBefore,
  }: OrderContext & { readonly calledBefore: number | null },
  { result, status, requestId }: RevokeAnswer,
): Promise<Order> {
  const { append, clock } = deps
  const life = incarnationOf(assessment)
  const { orderId } = order.last
  const name = sessionLabel(life.sessionKind, life.sessionId)
  const detail = requestId === '' ? `${status}` : `${status} ${requestId}`
  const means = result === 'acknowledged' ? 'answer' : 'nothing_left'
  const answer = evidenceOf(life, 'E1', means, clock.now(), { orderId, detail })
  if (result === 'acknowledged') {
    // What else it ended was ended by us, and is proved by its own order.
    const others = alsoEnded.flatMap(({ life }) => life ?? [])
    const theirs = others.map((other) =>
      evidenceOf(other, 'E1', 'answer', answer.at, {
        orderId,
        detail: `${detail}, with ${name}`,
      }),
    )
    await append('evidence', [answer, ...theirs].map(evidenceRow))
    for (const other of others) deps.queueReview(other)
    const by = [{ what: 'acknowledged', status, requestId }, { what: 'verifying' }] as const
    const moved = await transition(deps, order, by)
    if (order.isQuestioned) {
      await deps.notify(
        noticeOf(moved, 'breach', { reason: 'it lived after its proof of death' }, clock),
      )
    }
    return moved
  }
  // Valid only well after the call before: that session may have been restored since.
  const intentAt = order.intentAt ?? 0
  const isApart = calledBefore !== null && intentAt - calledBefore >= channel.apartMs
  if (channel.apartMs > 0 && isApart) await append('evidence', [evidenceRow(answer)])
  return await transition(deps, order, [{ what: 'unknown', status, requestId }])
}

/** Records a call that failed or whose outcome is unknown. */
async function recordFailure(
  deps: DispatchDeps,
  order: Order,
  called: Exclude<CallResult<RevokeAnswer>, { readonly outcome: 'ok' }>,
): Promise<void> {
  const { clock } = deps
  if (called.outcome === 'refused') {
    return await failOrder(deps, order, { what: 'refused', reason: called.reason })
  }
  const tried = order.roundAttempts
  if (called.outcome === 'unknown') {
    const nextAttemptAt = clock.now() + jitterMs(tried, deps.random)
    await transition(deps, order, [{ what: 'doubted', reason: called.reason, nextAttemptAt }])
    return
  }
  const text = called.outcome === 'busy' ? called.reason : 'the budget of calls was spent'
  if (isSpent(order)) {
    return await failOrder(deps, order, { what: 'exhausted', reason: text })
  }
  const ms =
    called.outcome === 'busy' ? busyMs(tried, called.requestedWaitMs, deps.random) : called.waitMs
  await transition(deps, order, [
    { what: 'throttled', reason: text, nextAttemptAt: clock.now() + ms },
  ])
}
