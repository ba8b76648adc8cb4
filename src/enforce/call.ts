import { busyMs, isSpent, jitterMs } from './backoff.ts'
import type { DispatchDeps, Due } from './due.ts'
import { fail, happen } from './due.ts'
import type { Lane } from './lane.ts'
import { lifeNameOf } from './proposal.ts'
import type { RevokeAnswer } from './provider.ts'
import { evidenceRow } from './rows.ts'
import { intentReason } from './tally.ts'
import { verify } from './verify.ts'
import { witness } from './witness.ts'

/**
 * Writes the intent, then makes the call, which is paid for: a call that nobody wrote down before it
 * would be forgotten by a crash.
 */
export async function call(deps: DispatchDeps, lane: Lane, due: Due): Promise<void> {
  const { append, clock, policy, meter } = deps
  const { proposal, regarded } = due
  const life = lifeNameOf(regarded)
  const reason = intentReason(proposal, policy)
  // The last moment at which the switch can still stop it without leaving a doubt.
  if (deps.isKilled()) return
  const order = await happen(deps, due.order, [{ what: 'intended', reason }])
  const { orderId, sessionId, sessionKind } = order.last
  const intent = witness(life, 'E0', 'intent', clock.now(), { orderId })
  await append('evidence', [evidenceRow(intent)])
  // Writing it down took its time. A successor that has begun meanwhile settles what was intended.
  if (!deps.isElected()) return
  if (deps.isKilled()) {
    const why = {
      reason: 'the kill switch was turned on before the call',
      nextAttemptAt: clock.now(),
    }
    await happen(deps, order, [{ what: 'throttled', ...why }])
    return
  }
  const target = { subjectId: proposal.subjectId, kind: sessionKind, id: sessionId }
  const called = await lane.call<RevokeAnswer>('revoke', 'paid', (provider, signal) =>
    provider.revoke(target, signal),
  )
  meter.count('curfew_enforce_revocations_total', { went: called.went })
  if (called.went === 'well') {
    const { result, status, requestId } = called.value
    if (result === 'already_gone') {
      const moved = await happen(deps, order, [{ what: 'unknown', status, requestId }])
      return await verify(deps, lane, moved)
    }
    const detail = requestId === '' ? `${status}` : `${status} ${requestId}`
    const answer = witness(life, 'E1', 'answer', clock.now(), { orderId, detail })
    await append('evidence', [evidenceRow(answer)])
    const by = [{ what: 'acknowledged', status, requestId }, { what: 'verifying' }] as const
    return await verify(deps, lane, await happen(deps, order, by))
  }
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
