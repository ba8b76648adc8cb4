import { instanceKey } from '../../contract/identity.ts'
import type { Clock } from '../../contract/ports.ts'
import type { OnWork } from '../../contract/work.ts'
import type { ProviderChannel } from '../calls/provider-channel.ts'
import { ListQueue } from '../observe/list-queue.ts'
import type { Lister } from '../observe/lister.ts'
import type { Random } from '../orders/backoff.ts'
import { jitterMs } from '../orders/backoff.ts'
import type { Order } from '../orders/order.ts'
import { dueAtOf, isCalled } from '../orders/order.ts'
import type { Outstanding, SubjectKey } from '../orders/outstanding.ts'
import { subjectKey } from '../orders/outstanding.ts'
import type { Isolation, TaskKey } from '../scheduling/isolate.ts'
import { isUnavailable } from '../scheduling/isolate.ts'
import { dispatch } from './dispatch.ts'
import type { DispatchDeps } from './order-context.ts'
import type { Urgent } from './urgency.ts'
import { keepMostUrgent, waits } from './urgency.ts'
import { verify } from './verify.ts'
import type { RunningTask, Task } from './work-queue.ts'
import { runRound } from './work-queue.ts'

/** Orders and subjects taken up at once. */
const ordersAtOnce = 64
const listsAtOnce = 32
const deferredMax = 100_000
/** A list that failed is tried again within 8 s. */
const listFailureAttempt = 5
/** A task makes a few calls and statements; a channel without progress for so long hangs, ms. */
const taskMsMax = 5 * 60_000

export interface SchedulerDeps {
  readonly channels: ReadonlyMap<string, ProviderChannel>
  readonly dispatchDeps: Omit<DispatchDeps, 'retryAt'>
  readonly lister: Lister
  readonly outstanding: Outstanding
  readonly clock: Clock
  readonly random: Random
  readonly onWork: OnWork
  readonly isolation: Isolation
  readonly atOnceMax: number
  readonly listingEveryMs: number
}

/**
 * Schedules the orders and lists of all instances side by side. A provider that hangs delays only
 * its own round.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps
  readonly #dispatchDeps: DispatchDeps
  readonly #deferredUntil = new Map<string, number>()
  readonly #listQueue = new ListQueue()
  readonly #rounds = new Map<string, Promise<number>>()
  /** Running tasks of this and earlier rounds, by channel key and task name. */
  readonly #running = new Map<string, Map<string, RunningTask>>()
  /** Channels to run again: more work may have become due during their round. */
  readonly #rerun = new Set<string>()

  constructor(deps: SchedulerDeps) {
    this.#deps = deps
    this.#dispatchDeps = {
      ...deps.dispatchDeps,
      retryAt: (order, at) => this.#defer(order.last.orderId, at),
    }
  }

  /**
   * Requests a list of a subject, made when a call is available. With `ifRoom` the request may be
   * rejected; a later match of all causes repeats it.
   */
  requestList(subject: SubjectKey, ifRoom = false): void {
    if (this.#canList(subject)) this.#listQueue.request(subject, ifRoom)
  }

  /** Has one of the many subjects of a wide scope listed when nothing else is to be done. */
  requestIdleList(subject: SubjectKey): void {
    if (this.#canList(subject)) this.#listQueue.requestIdle(subject)
  }

  /** Number of idle list requests of one instance. */
  idleListsOf(key: string): number {
    return this.#listQueue.idleCountOf(key)
  }

  /** Whether requests were rejected that there is room for again. */
  takeRejected(): boolean {
    return this.#listQueue.takeRejected()
  }

  #defer(name: string, at: number): void {
    const [oldest] = this.#deferredUntil.keys()
    if (this.#deferredUntil.size >= deferredMax && oldest !== undefined)
      this.#deferredUntil.delete(oldest)
    this.#deferredUntil.set(name, at)
  }

  #canList(subject: SubjectKey): boolean {
    const channel = this.#deps.channels.get(channelKeyOf(subject))
    return subject.subjectRef !== '' && channel?.provider.list !== undefined
  }

  /**
   * Starts a round for every channel without one. Each resolves to the number of tasks done, plus
   * one where the channel is to run again.
   */
  startRounds(): readonly Promise<number>[] {
    const started: Promise<number>[] = []
    for (const channel of this.#deps.channels.values()) {
      if (this.#rounds.has(channel.key)) {
        this.#rerun.add(channel.key)
        continue
      }
      const round = this.#round(channel)
        .finally(() => this.#rounds.delete(channel.key))
        .then((worked) => worked + (this.#rerun.delete(channel.key) ? 1 : 0))
      this.#rounds.set(channel.key, round)
      started.push(round)
    }
    return started
  }

  /** Resolves when no round and no task is under way any more, those included that begin meanwhile. */
  async settled(): Promise<void> {
    const tasks = () =>
      [...this.#running.values()].flatMap((each) => [...each.values()].map(({ done }) => done))
    for (;;) {
      const all = [...this.#rounds.values(), ...tasks()]
      if (all.length === 0) return
      await Promise.allSettled(all)
    }
  }

  /** The next instant, ms since the epoch, at which an order becomes due; undefined for none. */
  nextAt(): number | undefined {
    const { dispatchDeps, clock, channels } = this.#deps
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const { key } of channels.values()) {
      for (const order of dispatchDeps.orderLog.openAt(key)) {
        const at = this.#dueAt(order)
        if (at !== undefined && at > now && at < next) next = at
      }
    }
    return Number.isFinite(next) ? next : undefined
  }

  async #round(channel: ProviderChannel): Promise<number> {
    const { isolation, clock, atOnceMax, onWork } = this.#deps
    const failures: unknown[] = []
    const unanswered: (readonly [TaskKey, unknown])[] = []
    const [tenant = '', of = ''] = channel.key.split('\u0000')
    let isOver = false
    const taskOf = (about: TaskKey, work: () => Promise<void>): Task => ({
      name: about.id,
      work: async () => {
        onWork({ work: 'orders', of, tenant, isUnderway: true, withinMs: taskMsMax })
        try {
          await work()
          isolation.succeeded(about)
        } catch (error) {
          failures.push(error)
          if (isUnavailable(error) && !isOver) unanswered.push([about, error])
          else this.#deferFailed(about, error)
        }
      },
    })
    const serve = (order: Order) => taskOf(aboutOrder(order), () => this.#serve(channel, order))
    const running = this.#running.get(channel.key) ?? new Map<string, RunningTask>()
    this.#running.set(channel.key, running)
    const worked = await runRound(
      () => {
        const { calls, reads } = this.#ordersDue(channel)
        const lists = this.#listsDue(channel, calls.length + reads.length === 0)
        return {
          ...{ calls: calls.map(serve), reads: reads.map(serve) },
          lists: lists.map((each) => taskOf(aboutList(each), () => this.#list(channel, each))),
        }
      },
      { atOnceMax, clock, running },
    )
    isOver = true
    onWork({ work: 'orders', of, tenant, error: failures[0] })
    // Each order is read back before its next step, so the first failure is enough.
    await isolation.throwIfUnavailable(unanswered[0]?.[1])
    // The store answers: it had no time or room for these alone.
    for (const [about, error] of unanswered) this.#deferFailed(about, error)
    return worked
  }

  /** A task that keeps failing waits longer each time and blocks no other task. */
  #deferFailed(about: TaskKey, error: unknown): void {
    const { isolation, clock } = this.#deps
    this.#defer(about.id, clock.now() + isolation.fail(about, error))
  }

  async #serve(channel: ProviderChannel, { last: { orderId } }: Order): Promise<void> {
    const { orderLog } = this.#deps.dispatchDeps
    // Not the order of when the round began: a review may have moved it since.
    const order = orderLog.get(orderId)
    if (!order || !orderLog.claim(order)) return
    this.#deferredUntil.delete(orderId)
    try {
      await (isCalled(order) ? verify : dispatch)(this.#dispatchDeps, channel, order)
    } finally {
      orderLog.release(orderId)
    }
  }

  async #list(channel: ProviderChannel, subject: SubjectKey): Promise<void> {
    const { lister, clock, random, listingEveryMs } = this.#deps
    const name = subjectKey(subject)
    const putBack = this.#listQueue.take(subject)
    this.#deferredUntil.delete(name)
    const listed = await lister
      .list(channel, subject, clock.now() - 1, 'reserved')
      .catch((error: unknown) => {
        putBack()
        throw error
      })
    if (listed.outcome === 'ok') return
    if (listed.outcome === 'unknown_subject') {
      // Erased or never identified: there is no subject to list before an event identifies one.
      this.#defer(name, clock.now() + listingEveryMs)
      return
    }
    putBack()
    const ownMs = jitterMs(listFailureAttempt, random)
    const requestedWaitMs = listed.outcome === 'deferred' ? listed.waitMs : 0
    this.#defer(name, clock.now() + Math.max(ownMs, requestedWaitMs))
  }

  #ordersDue(channel: ProviderChannel): {
    readonly calls: readonly Order[]
    readonly reads: readonly Order[]
  } {
    const { dispatchDeps, clock, outstanding } = this.#deps
    const now = clock.now()
    const killed = dispatchDeps.isKilled()
    const calls: Urgent[] = []
    const reads: Urgent[] = []
    for (const order of dispatchDeps.orderLog.openAt(channel.key)) {
      if (dispatchDeps.orderLog.isClaimed(order.last.orderId)) continue
      const at = this.#dueAt(order)
      if (at === undefined || at > now || (killed && !isCalled(order))) continue
      const demand = outstanding.demandOf(order.last)
      const asked = order.approvedBy !== '' || demand?.classes.includes('finding') !== true
      const rank = [waits(order) ? 1 : 0, asked ? 0 : 1, demand?.deadlineAt ?? 0] as const
      keepMostUrgent(isCalled(order) ? reads : calls, { order, rank }, ordersAtOnce)
    }
    const ordersOf = (due: readonly Urgent[]) => due.map(({ order }) => order)
    return { calls: ordersOf(calls), reads: ordersOf(reads) }
  }

  /** When an order is worked on next; undefined while it waits for a person or a review. */
  #dueAt(order: Order): number | undefined {
    const at = dueAtOf(order)
    return at === undefined ? at : Math.max(at, this.#deferredUntil.get(order.last.orderId) ?? 0)
  }

  #listsDue(channel: ProviderChannel, isIdle: boolean): readonly SubjectKey[] {
    if (channel.provider.list === undefined || channel.waitMs() > 0) return []
    const { outstanding, lister, clock, listingEveryMs } = this.#deps
    const due = new Map<string, SubjectKey>()
    const now = clock.now()
    const isStale = (subject: SubjectKey): boolean =>
      now - (lister.lastAt(subject) ?? Number.NEGATIVE_INFINITY) >= listingEveryMs
    const add = (subjects: Iterable<SubjectKey>, isDue = (_: SubjectKey) => true): void => {
      for (const subject of subjects) {
        if (due.size >= listsAtOnce) return
        const name = subjectKey(subject)
        if ((this.#deferredUntil.get(name) ?? 0) <= now && isDue(subject)) due.set(name, subject)
      }
    }
    add(this.#listQueue.requestedAt(channel.key))
    add(outstanding.subjectsAt(channel.key), isStale)
    if (isIdle) add(this.#listQueue.idleAt(channel.key))
    return [...due.values()]
  }
}

function channelKeyOf({ tenant, instance }: SubjectKey): string {
  return instanceKey(tenant, instance)
}

const aboutOrder = ({ last: { tenant, instance, orderId } }: Order): TaskKey => {
  return { tenant, instance, action: 'carry out an order', id: orderId }
}

const aboutList = (subject: SubjectKey): TaskKey => {
  const { tenant, instance } = subject
  return { tenant, instance, action: 'list a subject', id: subjectKey(subject) }
}
