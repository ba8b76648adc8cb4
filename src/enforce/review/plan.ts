import { terminalStates } from '../../contract/order-step.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Assessment } from '../../verdict/assess.ts'
import { guardIn } from '../guarding/objection-text.ts'
import type { Demand } from '../orders/demand.ts'
import type { Occurrence, Order } from '../orders/order.ts'
import { unprovenStates } from '../orders/order.ts'
import { isAliveAgain, retryAtOf } from './regress.ts'

/** The next action for one incarnation of a session. */
export type Plan =
  | { readonly plan: 'nothing' }
  /** A new order, after one that is over or as the first; `ordinal` counts those before it. */
  | {
      readonly plan: 'open'
      readonly demand: Demand
      readonly ordinal: number
      readonly after: Order | undefined
    }
  /** A transition of its open or settled order; `judge` when the guards must run again. */
  | {
      readonly plan: 'move'
      readonly order: Order
      readonly by: Occurrence
      readonly judge: boolean
    }
  /** Its order waits for guards that have not spoken, as a crash between two steps may leave it. */
  | { readonly plan: 'judge'; readonly order: Order }

const nothing: Plan = { plan: 'nothing' }

/**
 * Decides what the active curfews of one incarnation lead to, given its orders, oldest first. Pure
 * and deterministic.
 */
export function planFor(
  assessment: Assessment,
  demand: Demand | undefined,
  orders: readonly Order[],
  policy: Policy,
): Plan {
  const last = orders.at(-1)
  if (last && !terminalStates.has(last.last.state)) return planOpen(last, demand)
  // The next wave of its cause waits for the end of this order.
  if (last && unprovenStates.has(last.last.state) && demand?.outstanding === false) {
    const by = { what: 'proved', reason: 'there is proof of its death, late' } as const
    return { plan: 'move', order: last, by, judge: false }
  }
  if (!demand?.outstanding || assessment.reused) return nothing
  const open: Plan = { plan: 'open', ordinal: orders.length, after: last, demand }
  if (!last) return open
  switch (last.last.state) {
    case 'contained':
    case 'already_ended':
    case 'unverified':
      if (addsReasons(demand, orders)) return open
      return reopen(last, assessment, policy)
    // It was cancelled because no active curfew was known then.
    case 'cancelled':
      return open
    case 'expired':
      return addsReasons(demand, orders) || isCertainNow(last, demand) ? open : nothing
    default:
      return addsReasons(demand, orders) ? open : nothing
  }
}

/** The verdict turned: what was proved dead, or given up, was alive at its provider since. */
function reopen(order: Order, assessment: Assessment, { timing }: Policy): Plan {
  const nextAttemptAt = retryAtOf(order, assessment)
  if (isAliveAgain(order, assessment, timing.useGraceMs)) {
    const reason = 'it was alive at its provider after its end'
    const by = { what: 'lived', reason, nextAttemptAt } as const
    return { plan: 'move', order, by, judge: false }
  }
  if (order.last.state === 'unverified') return nothing
  const reason = 'it was used after its proof of death'
  const by = { what: 'questioned', reason, nextAttemptAt } as const
  return { plan: 'move', order, by, judge: false }
}

function planOpen(order: Order, demand: Demand | undefined): Plan {
  const { state } = order.last
  // Only the outcome of the call ends this state; the process that called, or its successor,
  // records it.
  if (state === 'dispatching') return nothing
  const called = state === 'acknowledged' || state === 'verifying'
  if (!demand) {
    const by = { what: 'withdrawn', reason: 'nothing stands against the session any more' } as const
    return called ? nothing : { plan: 'move', order, by, judge: false }
  }
  if (!demand.outstanding) {
    const by = { what: 'proved', reason: 'there is proof of its death' } as const
    return { plan: 'move', order, by, judge: false }
  }
  const waits = state === 'proposed' || state === 'awaiting_approval'
  const { curfewIds, causeIds, subjectRef } = demand
  const { last } = order
  const brought =
    hasOther(curfewIds, last.curfewIds) ||
    hasOther(causeIds, last.causeIds) ||
    (last.subjectRef === '' && subjectRef !== '')
  if (brought) {
    const by = { what: 'joined', curfewIds, causeIds, subjectRef } as const
    return { plan: 'move', order, by, judge: waits }
  }
  // It waits because of others, who may be condemned or gone by now, or because of its beginning.
  const mayPass = guardIn(last.reason) === 'also-ends' || isCertainNow(order, demand)
  const waitsInVain = state === 'awaiting_approval' && mayPass
  return state === 'proposed' || state === 'regressed' || waitsInVain
    ? { plan: 'judge', order }
    : nothing
}

function hasOther(ids: readonly string[], known: readonly string[]): boolean {
  const set = new Set(known)
  return ids.some((id) => !set.has(id))
}

/**
 * Whether a person was asked because the creation was unknown, which a late event then reported.
 */
function isCertainNow({ last }: Order, { certainty }: Demand): boolean {
  return certainty === 'certain' && guardIn(last.reason) === 'certain'
}

/** Whether there is a reason that no earlier order has answered, or a subject none of them knew. */
function addsReasons({ causeIds, subjectRef }: Demand, orders: readonly Order[]): boolean {
  const answered = new Set(orders.flatMap(({ last }) => last.causeIds))
  const last = orders.at(-1)?.last
  return (
    causeIds.some((id) => !answered.has(id)) ||
    (last?.state === 'suppressed' && last.subjectRef === '' && subjectRef !== '')
  )
}
