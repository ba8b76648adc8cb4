import type { SessionName } from '../../contract/identity.ts'
import type { Append, Clock } from '../../contract/ports.ts'
import type { Regard } from '../../verdict/assess.ts'
import type { Called, Lane } from '../calls/provider-channel.ts'
import type { BudgetShare } from '../calls/rate-limit.ts'
import { lifeNameOf } from '../orders/demand.ts'
import type { Order } from '../orders/order.ts'
import type { ReadAnswer } from '../provider-kit/provider.ts'
import { evidenceRow } from '../rows/write-rows.ts'
import { baselineOf, witness } from './evidence.ts'
import type { ListTroubles } from './list-troubles.ts'
import type { Lister } from './lister.ts'
import { absences, isBlind, shownName, wouldShow } from './lister.ts'

/**
 * What a look at the provider showed. `absent`: not shown once, which proves nothing yet. `blind`:
 * it cannot say. `failed`: no look was had; `why` and when to try again, if the provider said.
 */
export type Look =
  | { readonly look: 'alive' | 'gone' | 'absent' | 'blind' }
  | {
      readonly look: 'failed'
      readonly waitMs: number
      readonly reason: string
      /** Whether the provider was asked at all, or there was no call to spare. */
      readonly asked: boolean
    }
  | { readonly look: 'refused'; readonly reason: string }

export interface LookDeps {
  readonly append: Append
  readonly clock: Clock
  readonly lister: Lister
  readonly troubles: ListTroubles
  readonly learnt: (session: SessionName) => void
}

/** What is looked at, and since when a look must have been begun to be worth anything. */
export interface Wanted {
  readonly regarded: Regard
  readonly order: Order
  readonly subjectId: string
  readonly after: number
  readonly share: BudgetShare
}

/**
 * Looks at a session at its provider: reads it where that is possible, else lists its subject, twice
 * when the first list does not show it. What is seen is written down as evidence before it is used.
 */
export async function look(deps: LookDeps, lane: Lane, wanted: Wanted): Promise<Look> {
  const { capabilities } = lane.provider
  if (!capabilities.kinds.includes(wanted.regarded.known.sessionKind)) return { look: 'blind' }
  if (capabilities.read) {
    const seen = await read(deps, lane, wanted)
    if (seen.look !== 'blind') return seen
  }
  return capabilities.list === 'subject' ? await list(deps, lane, wanted) : { look: 'blind' }
}

async function read(deps: LookDeps, lane: Lane, wanted: Wanted): Promise<Look> {
  const { append, clock, learnt } = deps
  const { regarded, order, subjectId, share } = wanted
  const life = lifeNameOf(regarded)
  const target = { subjectId, kind: life.sessionKind, id: life.sessionId }
  const startedAt = clock.now()
  const called = await lane.call<ReadAnswer>('read', share, (provider) => provider.read(target))
  // What is refused is refused for this session, and its order says so.
  if (called.went === 'unknown' || called.went === 'busy') {
    await deps.troubles.failed(regarded.known, called, 'read')
  }
  if (called.went !== 'well') return failureOf(called)
  deps.troubles.worked(regarded.known, 'read')
  const { state } = called.value
  if (state === 'unknown') return { look: 'blind' }
  const rests = { orderId: order.last.orderId }
  if (state === 'alive') {
    const alive = witness(life, 'alive', 'read', startedAt, rests)
    await append('evidence', [evidenceRow(alive)])
    learnt(regarded.known)
    return { look: 'alive' }
  }
  if (regarded.blindTo.read) return { look: 'blind' }
  // A read begun before the answer to the call may show the state of before as well as of after.
  if (startedAt <= baselineOf(regarded, order)) return { look: 'absent' }
  await append('evidence', [evidenceRow(witness(life, 'E2', 'read', clock.now(), rests))])
  learnt(regarded.known)
  return { look: 'gone' }
}

async function list(deps: LookDeps, lane: Lane, wanted: Wanted): Promise<Look> {
  const { regarded, order, share } = wanted
  const { tenant, instance, subjectRef, sessionKind, sessionId } = regarded.known
  const subject = { tenant, instance, subjectRef }
  const name = shownName(sessionKind, sessionId)
  let { after } = wanted
  for (let lists = 0; lists < 2; lists += 1) {
    const listed = await deps.lister.list(lane, subject, after, share)
    if (listed.went === 'nobody') return { look: 'blind' }
    if (listed.went !== 'well') return failureOf(listed)
    if (listed.value.names.has(name)) return { look: 'alive' }
    if (!wouldShow(listed.value, name) || isBlind(regarded, listed.value)) return { look: 'blind' }
    const lists = deps.lister.listsOf(subject)
    if (absences(lists, name, baselineOf(regarded, order)).length >= 2) return { look: 'gone' }
    after = listed.value.startedAt
  }
  return { look: 'absent' }
}

function failureOf(called: Exclude<Called<unknown>, { readonly went: 'well' }>): Look {
  if (called.went === 'refused') return { look: 'refused', reason: called.reason }
  if (called.went === 'nowhere') {
    const reason = 'the budget of calls is spent'
    return { look: 'failed', waitMs: called.waitMs, reason, asked: false }
  }
  return { look: 'failed', waitMs: 0, reason: called.reason, asked: true }
}
