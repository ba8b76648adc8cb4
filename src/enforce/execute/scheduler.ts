import { instanceKey } from '../../contract/identity.ts'
import type { Clock } from '../../contract/ports.ts'
import type { OnWork } from '../../contract/work.ts'
import type { Lane } from '../calls/provider-channel.ts'
import { ListWishes } from '../observe/list-queue.ts'
import type { Lister } from '../observe/lister.ts'
import type { Random } from '../orders/backoff.ts'
import { jitterMs } from '../orders/backoff.ts'
import type { Order } from '../orders/order.ts'
import type { Watch, WatchedSubject } from '../orders/outstanding.ts'
import { subjectName } from '../orders/outstanding.ts'
import type { About, Apart } from '../scheduling/isolate.ts'
import { isAway } from '../scheduling/isolate.ts'
import { dispatch } from './dispatch.ts'
import type { DispatchDeps } from './order-context.ts'
import type { Urgent } from './urgency.ts'
import { isCalled, keepMostUrgent, waits } from './urgency.ts'
import { verify } from './verify.ts'
import type { Task, UnderWay } from './work-queue.ts'
import { workOn } from './work-queue.ts'

/** Orders and subjects that are looked out at once. */
const ordersAtOnce = 64
const listsAtOnce = 32
const putOffMax = 100_000
/** A list that failed is tried again within 8 s. */
const listFailureAttempt = 5
/** One task takes some calls and statements; a lane that gets on with none for so long hangs, ms. */
const taskMsMax = 5 * 60_000

export interface LanesDeps {
  readonly lanes: ReadonlyMap<string, Lane>
  readonly dispatchDeps: Omit<DispatchDeps, 'retryAt'>
  readonly lister: Lister
  readonly watch: Watch
  readonly clock: Clock
  readonly random: Random
  readonly onWork: OnWork
  readonly apart: Apart
  readonly atOnceMax: number
  readonly listingEveryMs: number
}

/**
 * Works on the orders and lists of every instance side by side. Lanes never wait for each other: a
 * provider that hangs holds up its own round and nobody else's.
 */
export class Lanes {
  readonly #deps: LanesDeps
  readonly #dispatchDeps: DispatchDeps
  readonly #putOff = new Map<string, number>()
  readonly #wishes = new ListWishes()
  readonly #rounds = new Map<string, Promise<number>>()
  /** By the key of their lane, then by name: what is under way of this round and of those before it. */
  readonly #underWay = new Map<string, Map<string, UnderWay>>()
  /** Lanes that were to begin while they were in a round: what called for it may be due since. */
  readonly #again = new Set<string>()

  constructor(deps: LanesDeps) {
    this.#deps = deps
    this.#dispatchDeps = {
      ...deps.dispatchDeps,
      retryAt: (order, at) => this.#delay(order.last.orderId, at),
    }
  }

  /** Has a subject listed as soon as there is a call to spare; `ifRoom` where a look over all causes finds it again. */
  want(subject: WatchedSubject, ifRoom = false): void {
    if (this.#canList(subject)) this.#wishes.want(subject, ifRoom)
  }

  /** Has one of the many subjects of a wide scope listed when nothing else is to be done. */
  wantSpare(subject: WatchedSubject): void {
    if (this.#canList(subject)) this.#wishes.wantSpare(subject)
  }

  /** How many of one instance wait for a spare call. */
  spareOf(key: string): number {
    return this.#wishes.spareOf(key)
  }

  /** Whether subjects were left out that there is room for again, and are to be looked for. */
  takeLeftOut(): boolean {
    return this.#wishes.takeLeftOut()
  }

  #delay(name: string, at: number): void {
    const [oldest] = this.#putOff.keys()
    if (this.#putOff.size >= putOffMax && oldest !== undefined) this.#putOff.delete(oldest)
    this.#putOff.set(name, at)
  }

  #canList(subject: WatchedSubject): boolean {
    const lane = this.#deps.lanes.get(laneOf(subject))
    return subject.subjectRef !== '' && lane?.provider.capabilities.list === 'subject'
  }

  /**
   * Begins a round of every lane that is not in one; each gives back how much it did, and counts one more
   * where it was to begin again meanwhile.
   */
  begin(): readonly Promise<number>[] {
    const started: Promise<number>[] = []
    for (const lane of this.#deps.lanes.values()) {
      if (this.#rounds.has(lane.key)) {
        this.#again.add(lane.key)
        continue
      }
      const round = this.#round(lane)
        .finally(() => this.#rounds.delete(lane.key))
        .then((worked) => worked + (this.#again.delete(lane.key) ? 1 : 0))
      this.#rounds.set(lane.key, round)
      started.push(round)
    }
    return started
  }

  /** Resolves when no round and no task is under way any more, those included that begin meanwhile. */
  async settled(): Promise<void> {
    const tasks = () =>
      [...this.#underWay.values()].flatMap((each) => [...each.values()].map(({ done }) => done))
    for (;;) {
      const all = [...this.#rounds.values(), ...tasks()]
      if (all.length === 0) return
      await Promise.allSettled(all)
    }
  }

  /** The next instant at which something is due that now is not; undefined when nothing waits. */
  nextAt(): number | undefined {
    const { dispatchDeps, clock, lanes } = this.#deps
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const { key } of lanes.values()) {
      for (const order of dispatchDeps.ledger.openAt(key)) {
        const at = this.#dueAt(order)
        if (at !== undefined && at > now && at < next) next = at
      }
    }
    return Number.isFinite(next) ? next : undefined
  }

  async #round(lane: Lane): Promise<number> {
    const { apart, clock, atOnceMax, onWork } = this.#deps
    const failures: unknown[] = []
    const unanswered: (readonly [About, unknown])[] = []
    const [tenant = '', of = ''] = lane.key.split('\u0000')
    let isOver = false
    const taskOf = (about: About, work: () => Promise<void>): Task => ({
      name: about.name,
      work: async () => {
        onWork({ work: 'orders', of, tenant, isUnderway: true, withinMs: taskMsMax })
        try {
          await work()
          apart.worked(about)
        } catch (error) {
          failures.push(error)
          if (isAway(error) && !isOver) unanswered.push([about, error])
          else this.#putOffFailed(about, error)
        }
      },
    })
    const serve = (order: Order) => taskOf(aboutOrder(order), () => this.#serve(lane, order))
    const underWay = this.#underWay.get(lane.key) ?? new Map<string, UnderWay>()
    this.#underWay.set(lane.key, underWay)
    const worked = await workOn(
      () => {
        const { calls, reads } = this.#ordersDue(lane)
        const lists = this.#listsDue(lane, calls.length + reads.length === 0)
        return {
          ...{ calls: calls.map(serve), reads: reads.map(serve) },
          lists: lists.map((each) => taskOf(aboutList(each), () => this.#list(lane, each))),
        }
      },
      { atOnceMax, clock, underWay },
    )
    isOver = true
    onWork({ work: 'orders', of, tenant, error: failures[0] })
    // Each order is read back before it is touched again, so the first failure speaks for all.
    await apart.unlessAway(unanswered[0]?.[1])
    // The store answers: it had no time or room for these alone.
    for (const [about, error] of unanswered) this.#putOffFailed(about, error)
    return worked
  }

  /** What fails by itself waits ever longer, or it would take the turn of those that do not. */
  #putOffFailed(about: About, error: unknown): void {
    const { apart, clock } = this.#deps
    this.#delay(about.name, clock.now() + apart.rest(about, error))
  }

  async #serve(lane: Lane, { last: { orderId } }: Order): Promise<void> {
    const { ledger } = this.#deps.dispatchDeps
    // Not the order of when the round began: a review may have moved it since.
    const order = ledger.get(orderId)
    if (!order || !ledger.claim(order)) return
    this.#putOff.delete(orderId)
    try {
      await (isCalled(order) ? verify : dispatch)(this.#dispatchDeps, lane, order)
    } finally {
      ledger.release(orderId)
    }
  }

  async #list(lane: Lane, subject: WatchedSubject): Promise<void> {
    const { lister, clock, random, listingEveryMs } = this.#deps
    const name = subjectName(subject)
    const putBack = this.#wishes.take(subject)
    this.#putOff.delete(name)
    const listed = await lister
      .list(lane, subject, clock.now() - 1, 'reserved')
      .catch((error: unknown) => {
        putBack()
        throw error
      })
    if (listed.went === 'well') return
    if (listed.went === 'nobody') {
      // Forgotten, or never named: there is nobody to ask about before an event names them again.
      this.#delay(name, clock.now() + listingEveryMs)
      return
    }
    putBack()
    const ownMs = jitterMs(listFailureAttempt, random)
    const askedMs = listed.went === 'nowhere' ? listed.waitMs : 0
    this.#delay(name, clock.now() + Math.max(ownMs, askedMs))
  }

  #ordersDue(lane: Lane): { readonly calls: readonly Order[]; readonly reads: readonly Order[] } {
    const { dispatchDeps, clock, watch } = this.#deps
    const now = clock.now()
    const killed = dispatchDeps.isKilled()
    const calls: Urgent[] = []
    const reads: Urgent[] = []
    for (const order of dispatchDeps.ledger.openAt(lane.key)) {
      if (dispatchDeps.ledger.isClaimed(order.last.orderId)) continue
      const at = this.#dueAt(order)
      if (at === undefined || at > now || (killed && !isCalled(order))) continue
      const demand = watch.demandOf(order.last)
      const asked = order.approvedBy !== '' || demand?.classes.includes('finding') !== true
      const rank = [waits(order) ? 1 : 0, asked ? 0 : 1, demand?.deadlineAt ?? 0] as const
      keepMostUrgent(isCalled(order) ? reads : calls, { order, rank }, ordersAtOnce)
    }
    const ordersOf = (due: readonly Urgent[]) => due.map(({ order }) => order)
    return { calls: ordersOf(calls), reads: ordersOf(reads) }
  }

  /** When an order is to be worked on; undefined while it waits for a person or a review. */
  #dueAt({ last }: Order): number | undefined {
    const putOff = this.#putOff.get(last.orderId) ?? 0
    switch (last.state) {
      case 'dispatching':
      case 'acknowledged':
      case 'verifying':
        return putOff
      case 'queued':
      case 'throttled':
      case 'in_doubt':
        return Math.max(putOff, last.nextAttemptAt ?? 0)
      default:
        return undefined
    }
  }

  #listsDue(lane: Lane, isIdle: boolean): readonly WatchedSubject[] {
    if (lane.provider.capabilities.list !== 'subject' || lane.waitMs() > 0) return []
    const { watch, lister, clock, listingEveryMs } = this.#deps
    const due = new Map<string, WatchedSubject>()
    const now = clock.now()
    const isStale = (subject: WatchedSubject): boolean =>
      now - (lister.lastAt(subject) ?? Number.NEGATIVE_INFINITY) >= listingEveryMs
    const add = (subjects: Iterable<WatchedSubject>, isDue = (_: WatchedSubject) => true): void => {
      for (const subject of subjects) {
        if (due.size >= listsAtOnce) return
        const name = subjectName(subject)
        if ((this.#putOff.get(name) ?? 0) <= now && isDue(subject)) due.set(name, subject)
      }
    }
    add(this.#wishes.wantedAt(lane.key))
    add(watch.subjectsAt(lane.key), isStale)
    if (isIdle) add(this.#wishes.spareAt(lane.key))
    return [...due.values()]
  }
}

function laneOf({ tenant, instance }: WatchedSubject): string {
  return instanceKey(tenant, instance)
}

const aboutOrder = ({ last: { tenant, instance, orderId } }: Order): About => {
  return { tenant, instance, doing: 'carry out an order', name: orderId }
}

const aboutList = (subject: WatchedSubject): About => {
  const { tenant, instance } = subject
  return { tenant, instance, doing: 'list a subject', name: subjectName(subject) }
}
