import { identify, instanceKey } from '../../contract/identity.ts'
import { askInPages } from '../../contract/in-pages.ts'
import type { OrderStep } from '../../contract/order-step.ts'
import { terminalStates } from '../../contract/order-step.ts'
import type { Append, Ask, Clock, Row } from '../../contract/ports.ts'
import { instant, number, sessionKindOf, text, texts } from '../../contract/read-row.ts'
import { stepRow } from '../rows/write-rows.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { IncarnationKey } from '../session/session-key.ts'
import { incarnationKey } from '../session/session-key.ts'
import type { Counters } from './counters.ts'
import type { Occurrence, Order, Stamp } from './order.ts'
import { fold, next } from './order.ts'

/** The id of a session's n-th order; deterministic, so it survives a crash. */
export function orderIdOf(life: IncarnationKey, ordinal: number): string {
  const { tenant, instance, sessionKind, sessionId, incarnation } = life
  const about = [tenant, instance, sessionKind, sessionId, String(incarnation), String(ordinal)]
  return identify('order', ...about)
}

/** A transition of an open order, or of one that begins with its first step. */
export type Transition = { readonly by: readonly Occurrence[] } & (
  | { readonly order: Order; readonly first?: undefined }
  | { readonly first: OrderStep; readonly order?: undefined }
)

const columns = `tenant, instance, order_id, epoch, seq, state,
  toUnixTimestamp64Milli(at) as at_ms, session_kind, session_id, incarnation, subject_ref,
  curfew_ids, cause_ids, reason, attempt, toUnixTimestamp64Milli(next_attempt_at) as next_ms,
  provider, request_id, status, also_ends, actor`
const settled = [...terminalStates].map((state) => `'${state}'`).join(', ')
const stillOpen = `
select order_id
from order_steps
group by order_id
having argMax(state, (epoch, seq)) not in (${settled})`
const newest = 'select toUInt64(max(epoch)) as epoch from order_steps'
const ofSessions = `
select ${columns} from order_steps
where tenant = {tenant:String} and instance = {instance:String}
  and session_id in {ids:Array(String)}
order by epoch, seq`
const ofOrders = `
select ${columns} from order_steps where order_id in {ids:Array(String)} order by epoch, seq`

/**
 * All orders, rebuilt from their steps. Open ones are in memory; settled ones are queried. A step
 * counts once the store has acknowledged it: after a failed append the order is read back before
 * its next step.
 */
export class OrderLog {
  readonly #ask: Ask
  readonly #append: Append
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #apart: Isolation
  readonly #open = new Map<string, Order>()
  readonly #byIncarnation = new Map<string, string>()
  readonly #byInstance = new Map<string, Map<string, Order>>()
  readonly #uncertain = new Set<string>()
  readonly #claimed = new Set<string>()
  #epoch = 1

  constructor(deps: {
    readonly ask: Ask
    readonly append: Append
    readonly clock: Clock
    readonly counters: Counters
    readonly isolation: Isolation
  }) {
    this.#ask = deps.ask
    this.#append = deps.append
    this.#clock = deps.clock
    this.#counters = deps.counters
    this.#apart = deps.isolation
  }

  /** Takes a new term and reads all open orders and the budget's intents. */
  async rebuild(): Promise<void> {
    const row = (await this.#ask(newest))[0]
    this.#epoch = (row ? number(row, 'epoch') : 0) + 1
    const ids = (await this.#ask(stillOpen)).map((each) => text(each, 'order_id'))
    await this.#reload(ids)
    await this.#recount()
  }

  /** Reads back what failed appends may have left behind; to be done before anything else. */
  async reconcile(): Promise<void> {
    const ids = [...this.#uncertain]
    if (ids.length === 0) return
    await this.#reload(ids)
    for (const id of ids) this.#uncertain.delete(id)
    await this.#recount()
  }

  async #recount(): Promise<void> {
    const causes = new Set([...this.#open.values()].flatMap(({ last }) => last.causeIds))
    await this.#counters.rebuild([...causes])
  }

  /**
   * The stamp of a first step made now. An order opened after another is later than all steps of
   * that one, so (epoch, at, seq) orders the steps of a session.
   */
  stamp(after?: Order): Stamp {
    return this.#stamp(after && { ...after.last, at: after.last.at + 1 })
  }

  /** Within a term the time of a session's steps never falls, even when the clock is set back. */
  #stamp(last?: Stamp): Stamp {
    const floor = last?.epoch === this.#epoch ? last.at : 0
    return { epoch: this.#epoch, at: Math.max(floor, this.#clock.now()) }
  }

  /** Open orders; one whose steps are uncertain is left out until it was read back. */
  open(): readonly Order[] {
    return [...this.#open.values()].filter(({ last }) => !this.#uncertain.has(last.orderId))
  }

  /** Those of one instance, by its `instanceKey`. */
  *openAt(key: string): Generator<Order> {
    for (const order of this.#byInstance.get(key)?.values() ?? []) {
      if (!this.#uncertain.has(order.last.orderId)) yield order
    }
  }

  get openCount(): number {
    return this.#open.size
  }

  get(orderId: string): Order | undefined {
    return this.#uncertain.has(orderId) ? undefined : this.#open.get(orderId)
  }

  /**
   * Claims an open order until it is released; false when it is claimed or has changed. Channels
   * and reviews run side by side, and two must never write the same step.
   */
  claim(order: Order): boolean {
    const { orderId } = order.last
    if (this.#claimed.has(orderId) || this.get(orderId) !== order) return false
    this.#claimed.add(orderId)
    return true
  }

  release(orderId: string): void {
    this.#claimed.delete(orderId)
  }

  isClaimed(orderId: string): boolean {
    return this.#claimed.has(orderId)
  }

  /** The open order of an incarnation: there is at most one. */
  openOf(life: IncarnationKey): Order | undefined {
    return this.get(this.#byIncarnation.get(incarnationKey(life)) ?? '')
  }

  /** All orders of the given sessions of one instance, oldest first, by `lifeKey`. */
  async ordersOf(
    tenant: string,
    instance: string,
    sessionIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly Order[]>> {
    const steps = await askInPages(this.#ask, ofSessions, 'ids', sessionIds, { tenant, instance })
    const orders = [...foldAll(steps.map(stepOf)).values()].sort((a, b) => a.openedAt - b.openedAt)
    const found = new Map<string, Order[]>()
    for (const { order } of orders) {
      const { orderId, state, epoch } = order.last
      // A predecessor that had not yet left wrote it after this term began: it is read back and carried on.
      const isLeftOver = epoch < this.#epoch && !terminalStates.has(state)
      if (isLeftOver && !this.#open.has(orderId)) this.#uncertain.add(orderId)
      const key = incarnationKey(order.last)
      const list = found.get(key) ?? []
      found.set(key, list)
      list.push(this.#open.get(orderId) ?? order)
    }
    return found
  }

  /**
   * Applies transitions: computes the steps, appends all at once, then updates memory. A
   * transition with a first step opens an order; other orders must be claimed, unless they wait
   * for an operator.
   *
   * @throws TypeError for an invalid transition; CurfewError of the store.
   */
  async applyTransitions(moves: readonly Transition[]): Promise<readonly Order[]> {
    const steps: OrderStep[] = []
    const moved = moves.map(({ order, first, by }) => {
      if (first) steps.push(first)
      const opened = first ? fold(undefined, first) : order
      return by.reduce((before, occurrence) => {
        const more = next(before, occurrence, this.#stamp(before.last))
        for (const each of more) steps.push(each)
        return more.reduce(fold, before)
      }, opened)
    })
    await this.#write(steps)
    return moved.map((order) => this.#keep(order))
  }

  async #write(steps: readonly OrderStep[]): Promise<void> {
    try {
      await this.#append('order_steps', steps.map(stepRow))
    } catch (error) {
      for (const { orderId } of steps) this.#uncertain.add(orderId)
      throw error
    }
    for (const step of steps) this.#counters.count(step)
  }

  #keep(order: Order): Order {
    const { orderId, state } = order.last
    const key = incarnationKey(order.last)
    if (!terminalStates.has(state)) {
      const of = instanceKey(order.last.tenant, order.last.instance)
      const mine = this.#byInstance.get(of) ?? new Map<string, Order>()
      this.#byInstance.set(of, mine.set(orderId, order))
      this.#open.set(orderId, order)
      this.#byIncarnation.set(key, orderId)
    } else {
      this.#drop(orderId)
      if (this.#byIncarnation.get(key) === orderId) this.#byIncarnation.delete(key)
    }
    return order
  }

  #drop(orderId: string): void {
    const last = this.#open.get(orderId)?.last
    if (last) this.#byInstance.get(instanceKey(last.tenant, last.instance))?.delete(orderId)
    this.#open.delete(orderId)
  }

  async #reload(ids: readonly string[]): Promise<void> {
    const rows = await askInPages(this.#ask, ofOrders, 'ids', ids)
    for (const id of ids) this.#drop(id)
    // An order with unreadable steps is left out here; the review of its session reports it.
    for (const some of Map.groupBy(rows, (row) => text(row, 'order_id')).values()) {
      const read = () => foldAll(some.map(stepOf)).values().next().value?.order
      const [order] = this.#apart.readRows(some.slice(0, 1), 'orders', read)
      if (order) this.#keep(order)
    }
  }
}

/** Steps in the order of (epoch, seq) → orders, with the instant at which each was opened. */
function foldAll(steps: readonly OrderStep[]) {
  const orders = new Map<string, { readonly order: Order; readonly openedAt: number }>()
  for (const step of steps) {
    const known = orders.get(step.orderId)
    orders.set(step.orderId, {
      order: fold(known?.order, step),
      openedAt: known?.openedAt ?? step.at,
    })
  }
  return orders
}

function stepOf(row: Row): OrderStep {
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    orderId: text(row, 'order_id'),
    epoch: number(row, 'epoch'),
    seq: number(row, 'seq'),
    // Written by this folder alone, from the closed list of states.
    state: text(row, 'state') as OrderStep['state'],
    at: number(row, 'at_ms'),
    sessionKind: sessionKindOf(text(row, 'session_kind')),
    sessionId: text(row, 'session_id'),
    incarnation: number(row, 'incarnation'),
    subjectRef: text(row, 'subject_ref'),
    curfewIds: texts(row, 'curfew_ids'),
    causeIds: texts(row, 'cause_ids'),
    reason: text(row, 'reason'),
    attempt: number(row, 'attempt'),
    nextAttemptAt: instant(row, 'next_ms'),
    provider: text(row, 'provider'),
    requestId: text(row, 'request_id'),
    status: number(row, 'status'),
    alsoEnds: texts(row, 'also_ends'),
    actor: text(row, 'actor'),
  }
}
