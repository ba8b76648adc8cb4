import type { SessionName } from '../../contract/identity.ts'
import type { Append, Clock } from '../../contract/ports.ts'
import type { Assessment } from '../../verdict/assess.ts'
import type { CallResult, ProviderChannel } from '../calls/provider-channel.ts'
import type { BudgetShare } from '../calls/rate-limit.ts'
import { incarnationOf } from '../orders/demand.ts'
import type { Order } from '../orders/order.ts'
import type { ReadAnswer } from '../provider-kit/provider.ts'
import { evidenceRow } from '../rows/write-rows.ts'
import { baselineOf, evidenceOf } from './evidence.ts'
import type { ListTroubles } from './list-troubles.ts'
import type { Lister } from './lister.ts'
import { absences, isBlind, sessionLabel, wouldShow } from './lister.ts'

/**
 * The result of an observation. `absent`: missing from one list, which proves nothing yet.
 * `blind`: the provider cannot tell. `failed`: no observation; `reason`, and when to retry if the
 * provider said so.
 */
export type Observation =
  | { readonly result: 'alive' | 'gone' | 'absent' | 'blind' }
  | {
      readonly result: 'failed'
      readonly waitMs: number
      readonly reason: string
      /** Whether the provider was called; false where the budget was empty. */
      readonly asked: boolean
    }
  | { readonly result: 'refused'; readonly reason: string }

export interface ObserveDeps {
  readonly append: Append
  readonly clock: Clock
  readonly lister: Lister
  readonly troubles: ListTroubles
  readonly queueReview: (session: SessionName) => void
}

/** The session to observe, and the instant after which the observation must begin. */
export interface ObserveRequest {
  readonly assessment: Assessment
  readonly order: Order
  readonly subjectId: string
  readonly after: number
  readonly share: BudgetShare
}

/**
 * Observes a session at its provider: reads it where possible, otherwise lists its subject, twice
 * when the first list does not show it. The result is recorded as evidence before it is used.
 */
export async function observe(
  deps: ObserveDeps,
  channel: ProviderChannel,
  wanted: ObserveRequest,
): Promise<Observation> {
  const { capabilities } = channel.provider
  if (!capabilities.kinds.includes(wanted.assessment.facts.sessionKind)) return { result: 'blind' }
  if (capabilities.read) {
    const seen = await read(deps, channel, wanted)
    if (seen.result !== 'blind') return seen
  }
  return channel.provider.list ? await list(deps, channel, wanted) : { result: 'blind' }
}

async function read(
  deps: ObserveDeps,
  channel: ProviderChannel,
  wanted: ObserveRequest,
): Promise<Observation> {
  const { append, clock, queueReview } = deps
  const { assessment, order, subjectId, share } = wanted
  const life = incarnationOf(assessment)
  const target = { subjectId, kind: life.sessionKind, id: life.sessionId }
  const startedAt = clock.now()
  const called = await channel.call<ReadAnswer>('read', share, (provider) => provider.read(target))
  // A refusal concerns this session; its order reports it.
  if (called.outcome === 'unknown' || called.outcome === 'busy') {
    await deps.troubles.failed(assessment.facts, called, 'read')
  }
  if (called.outcome !== 'ok') return failureOf(called)
  deps.troubles.succeeded(assessment.facts, 'read')
  const { state } = called.value
  if (state === 'unknown') return { result: 'blind' }
  const rests = { orderId: order.last.orderId }
  if (state === 'alive') {
    const alive = evidenceOf(life, 'alive', 'read', startedAt, rests)
    await append('evidence', [evidenceRow(alive)])
    queueReview(assessment.facts)
    return { result: 'alive' }
  }
  if (assessment.blindTo.read) return { result: 'blind' }
  // A read begun before the answer to the call may show the state before it.
  if (startedAt <= baselineOf(assessment, order)) return { result: 'absent' }
  await append('evidence', [evidenceRow(evidenceOf(life, 'E2', 'read', clock.now(), rests))])
  queueReview(assessment.facts)
  return { result: 'gone' }
}

async function list(
  deps: ObserveDeps,
  channel: ProviderChannel,
  wanted: ObserveRequest,
): Promise<Observation> {
  const { assessment, order, share } = wanted
  const { tenant, instance, subjectRef, sessionKind, sessionId } = assessment.facts
  const subject = { tenant, instance, subjectRef }
  const name = sessionLabel(sessionKind, sessionId)
  let { after } = wanted
  for (let lists = 0; lists < 2; lists += 1) {
    const listed = await deps.lister.list(channel, subject, after, share)
    if (listed.outcome === 'unknown_subject') return { result: 'blind' }
    if (listed.outcome !== 'ok') return failureOf(listed)
    if (listed.value.names.has(name)) return { result: 'alive' }
    if (!wouldShow(listed.value, name) || isBlind(assessment, listed.value))
      return { result: 'blind' }
    const lists = deps.lister.listsOf(subject)
    if (absences(lists, name, baselineOf(assessment, order)).length >= 2) return { result: 'gone' }
    after = listed.value.startedAt
  }
  return { result: 'absent' }
}

function failureOf(called: Exclude<CallResult<unknown>, { readonly outcome: 'ok' }>): Observation {
  if (called.outcome === 'refused') return { result: 'refused', reason: called.reason }
  if (called.outcome === 'deferred') {
    const reason = 'the budget of calls is spent'
    return { result: 'failed', waitMs: called.waitMs, reason, asked: false }
  }
  return { result: 'failed', waitMs: 0, reason: called.reason, asked: true }
}
