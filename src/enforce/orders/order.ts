import type { OrderState, OrderStep } from '../../contract/order-step.ts'

/** An order folded from its steps, so a restart sees what a crash left. */
export interface Order {
  readonly last: OrderStep
  /** The person who approved it; '' for none. */
  readonly approvedBy: string
  /** When that approval took effect; null for none. */
  readonly approvedAt: number | null
  /** A call was acknowledged or is in doubt: the death of the session may be our doing. */
  readonly calledFor: boolean
  /** When it was settled and then doubted or seen alive again, the newest `returnsMax`. */
  readonly returns: readonly number[]
  /** Calls made, and the instant of the first of them, since it was queued for the first or second time. */
  readonly roundAttempts: number
  readonly roundStartedAt: number | null
  /** When the last call was intended, and when one was acknowledged; null before. */
  readonly intentAt: number | null
  readonly acknowledgedAt: number | null
  /** When the last call was intended or answered, since it was last seen alive; null before. */
  readonly calledAt: number | null
  /** It was settled and is checked again; no call has shown yet whether the session lived. */
  readonly isQuestioned: boolean
  /** How many calls in a row ended something, so that the next one has to follow. */
  readonly endings: number
  /** Since when it has been waiting for a person, or for proof; null in all other states. */
  readonly since: number
}

/** What names an order and its target; fixed for all its steps. */
export type Opening = Pick<
  OrderStep,
  | 'tenant'
  | 'instance'
  | 'orderId'
  | 'sessionKind'
  | 'sessionId'
  | 'incarnation'
  | 'subjectRef'
  | 'provider'
>

type Rule = { readonly from: readonly OrderState[]; readonly to: OrderState | 'same' }

const beforeTheCall = ['proposed', 'awaiting_approval', 'queued', 'regressed'] as const
const betweenCalls = ['throttled', 'in_doubt'] as const
const afterTheCall = ['acknowledged', 'verifying'] as const
/** Over without the end of the session being known, so that a proof that comes late still counts. */
export const unprovenStates: ReadonlySet<OrderState> = new Set<OrderState>([
  'unverified',
  'rejected',
  'dead',
])

/** From here an order begins anew when its session is seen alive. */
const provenOrGivenUp: ReadonlySet<OrderState> = new Set<OrderState>([
  'contained',
  'already_ended',
  'unverified',
])
const returnsMax = 32

/**
 * All transitions of an order: their states before and after. An order leaves `dispatching` only
 * by the outcome of its call, and a settled state only when the session is alive again or by late
 * proof of death.
 */
const rules = {
  /** More curfews or causes ask for the same session to die. */
  joined: { from: [...beforeTheCall, ...betweenCalls, ...afterTheCall], to: 'same' },
  passed: { from: ['proposed', 'awaiting_approval', 'regressed'], to: 'queued' },
  waited: { from: ['proposed', 'queued'], to: 'queued' },
  held: { from: ['proposed', 'queued', ...betweenCalls], to: 'awaiting_approval' },
  suppressed: {
    from: ['proposed', 'awaiting_approval', 'queued', ...betweenCalls],
    to: 'suppressed',
  },
  shadowed: { from: ['proposed', 'queued', 'regressed', ...betweenCalls], to: 'shadowed' },
  approved: { from: ['awaiting_approval'], to: 'queued' },
  denied: { from: ['awaiting_approval'], to: 'denied' },
  lapsed: { from: ['awaiting_approval'], to: 'expired' },
  /** Later facts show that the session was not condemned, or its id was reused. */
  withdrawn: { from: [...beforeTheCall, ...betweenCalls], to: 'cancelled' },
  /** From `verifying` it is repeated, until nothing is left to end. */
  intended: { from: ['queued', 'verifying', ...betweenCalls], to: 'dispatching' },
  acknowledged: { from: ['dispatching'], to: 'acknowledged' },
  /** The provider knew no such session when asked to end it; that proves nothing yet. */
  unknown: { from: ['dispatching'], to: 'verifying' },
  throttled: { from: ['dispatching'], to: 'throttled' },
  doubted: { from: ['dispatching', 'in_doubt'], to: 'in_doubt' },
  refused: { from: ['dispatching', 'queued', ...betweenCalls], to: 'rejected' },
  exhausted: { from: ['dispatching', 'queued', ...betweenCalls], to: 'dead' },
  verifying: { from: ['acknowledged'], to: 'verifying' },
  unproved: { from: ['acknowledged', 'verifying'], to: 'unverified' },
  /** It was used after its proof, as by a request in flight, and is checked again. */
  questioned: { from: ['contained', 'already_ended'], to: 'queued' },
} as const satisfies { readonly [what: string]: Rule }

/** Whether its call was made, so that it is to be read back. */
export function isCalled({ last }: Order): boolean {
  return last.state === 'acknowledged' || last.state === 'verifying'
}

/**
 * When an order is due by its state, ms since the epoch; 0 for at once, undefined while it waits for
 * a person or a review, or is settled.
 */
export function dueAtOf({ last }: Order): number | undefined {
  switch (last.state) {
    case 'dispatching':
    case 'acknowledged':
    case 'verifying':
      return 0
    case 'queued':
    case 'throttled':
    case 'in_doubt':
      return last.nextAttemptAt ?? 0
    default:
      return undefined
  }
}

/**
 * What happened to an order. `proved`: there is proof of death. `lived`: the session is alive
 * after all.
 */
export interface Occurrence {
  readonly what: 'proved' | 'lived' | keyof typeof rules
  /** Guard, error or a person's words; cut to 512 characters. */
  readonly reason?: string
  /** Id of the guard whose objection the reason is; for its notice, not stored by itself. */
  readonly guard?: string
  /** The person who decided; `curfew` when absent. */
  readonly actor?: string
  readonly status?: number
  readonly requestId?: string
  readonly nextAttemptAt?: number
  readonly alsoEnds?: readonly string[]
  readonly subjectRef?: string
  readonly curfewIds?: readonly string[]
  readonly causeIds?: readonly string[]
}

/** Term of the enforcer and instant of the step, ms since the epoch. */
export interface Stamp {
  readonly epoch: number
  readonly at: number
}

const reasonLengthMax = 512

/** The first step of an order. */
export function open(
  opening: Opening,
  about: Pick<OrderStep, 'curfewIds' | 'causeIds' | 'reason'>,
  stamp: Stamp,
): OrderStep {
  return {
    ...opening,
    ...about,
    ...stamp,
    seq: 1,
    state: 'proposed',
    reason: about.reason.slice(0, reasonLengthMax),
    attempt: 0,
    nextAttemptAt: null,
    requestId: '',
    status: 0,
    alsoEnds: [],
    actor: 'curfew',
  }
}

/**
 * The steps that follow when something happens to an order; none when it changes nothing.
 *
 * @throws TypeError when it cannot happen in the order's state: the caller has lost track of it.
 */
export function next(order: Order, occurrence: Occurrence, stamp: Stamp): readonly OrderStep[] {
  const { what } = occurrence
  const { state } = order.last
  if (what === 'proved') {
    const living: readonly OrderState[] = [...beforeTheCall, ...betweenCalls, ...afterTheCall]
    if (!living.includes(state) && !unprovenStates.has(state)) throw invalidTransition(order, what)
    return [step(order, order.calledFor ? 'contained' : 'already_ended', occurrence, stamp)]
  }
  if (what === 'lived') {
    if (!provenOrGivenUp.has(state)) throw invalidTransition(order, what)
    const { nextAttemptAt, ...rest } = occurrence
    const regressed = step(order, 'regressed', rest, stamp)
    const again = {
      what,
      reason: '',
      ...(nextAttemptAt !== undefined && { nextAttemptAt }),
    } as const
    return [regressed, step(fold(order, regressed), 'queued', again, stamp)]
  }
  const rule: Rule = rules[what]
  if (!rule.from.includes(state)) throw invalidTransition(order, what)
  if (what === 'joined' && !addsReasons(order, occurrence)) return []
  return [step(order, rule.to === 'same' ? state : rule.to, occurrence, stamp)]
}

function invalidTransition({ last }: Order, what: string): TypeError {
  return new TypeError(`an order that is ${last.state} cannot be ${what} (${last.orderId})`)
}

/** Whether a join adds reasons or a subject. */
function addsReasons(
  { last }: Order,
  { curfewIds = [], causeIds = [], subjectRef = '' }: Occurrence,
) {
  return (
    union(last.curfewIds, curfewIds) !== last.curfewIds ||
    union(last.causeIds, causeIds) !== last.causeIds ||
    (last.subjectRef === '' && subjectRef !== '')
  )
}

function step(order: Order, state: OrderState, occurrence: Occurrence, stamp: Stamp): OrderStep {
  const { last } = order
  const { curfewIds = [], causeIds = [], subjectRef = '' } = occurrence
  // A repeated state keeps what it was waiting for: a join changes the reasons, not the schedule.
  const kept = occurrence.what === 'joined' ? last : undefined
  return {
    ...last,
    epoch: stamp.epoch,
    seq: last.seq + 1,
    state,
    at: stamp.at,
    subjectRef: last.subjectRef || subjectRef,
    curfewIds: union(last.curfewIds, curfewIds),
    causeIds: union(last.causeIds, causeIds),
    reason: (occurrence.reason ?? kept?.reason ?? '').slice(0, reasonLengthMax),
    attempt: occurrence.what === 'intended' ? last.attempt + 1 : last.attempt,
    // In the queue only an earlier return puts it off, and a new reason need not wait for that.
    nextAttemptAt:
      occurrence.nextAttemptAt ?? (state === 'queued' ? null : (kept?.nextAttemptAt ?? null)),
    requestId: occurrence.requestId ?? '',
    status: occurrence.status ?? 0,
    alsoEnds: occurrence.alsoEnds ?? last.alsoEnds,
    actor: occurrence.actor ?? 'curfew',
  }
}

/** Of both, sorted; the known list itself where the other brings nothing. */
function union(known: readonly string[], more: readonly string[]): readonly string[] {
  const all = new Set(known)
  const before = all.size
  for (const each of more) all.add(each)
  return all.size === before ? known : [...all].sort()
}

/** An order after one more of its steps, in the order of (epoch, seq); a repeated step changes nothing. */
export function fold(order: Order | undefined, last: OrderStep): Order {
  if (order && order.last.seq === last.seq && order.last.epoch === last.epoch) return order
  const { state, at, actor } = last
  const back = state === 'regressed'
  const called = state === 'dispatching'
  const before = order?.last.state
  const questioned = state === 'queued' && before !== undefined && provenOrGivenUp.has(before)
  const returned = back || questioned
  const approved = state === 'queued' && actor !== 'curfew'
  const answered = state === 'acknowledged' || (before === 'dispatching' && state === 'verifying')
  return {
    last,
    approvedBy: approved ? actor : (order?.approvedBy ?? ''),
    approvedAt: approved ? at : (order?.approvedAt ?? null),
    calledFor: order?.calledFor === true || state === 'acknowledged' || state === 'in_doubt',
    returns: returned ? [...(order?.returns ?? []), at].slice(-returnsMax) : (order?.returns ?? []),
    roundAttempts: returned ? 0 : (order?.roundAttempts ?? 0) + (called ? 1 : 0),
    roundStartedAt: returned ? null : (order?.roundStartedAt ?? (called ? at : null)),
    intentAt: called ? at : (order?.intentAt ?? null),
    acknowledgedAt: back ? null : state === 'acknowledged' ? at : (order?.acknowledgedAt ?? null),
    calledAt: returned ? null : called || answered ? at : (order?.calledAt ?? null),
    isQuestioned: questioned || (order?.isQuestioned === true && !back && !answered),
    endings: returned ? 0 : (order?.endings ?? 0) + (state === 'acknowledged' ? 1 : 0),
    since: order && order.last.state === state ? order.since : at,
  }
}
