import type { OnFault } from '../../contract/code-fault.ts'
import { thrownOn } from '../../contract/code-fault.ts'
import { CurfewError, reasonOf } from '../../contract/errors.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Ask, Clock, Log, Row } from '../../contract/ports.ts'
import type { OnWork } from '../../contract/work.ts'

/** Identifies a task of the enforcer: a session, a cause or a subject of one instance. */
export interface TaskKey {
  readonly tenant: string
  readonly instance: string
  /** The action, for the log. */
  readonly action: string
  /** Unique among the tasks of its instance with this action. */
  readonly id: string
}

export interface IsolatedTask extends TaskKey {
  readonly work: () => Promise<void>
}

interface FailedTask {
  readonly about: TaskKey
  /** Undefined where the caller itself retries. */
  readonly work: IsolatedTask['work'] | undefined
  readonly failures: number
  /** When it is tried again, ms since the epoch. */
  readonly until: number
}

const firstWaitMs = 1_000
const waitMsMax = 5 * 60_000
/** Failed tasks kept, at most; the oldest makes room, and the daily check finds it again. */
const failedMax = 20_000
/** Statements that may fail while one list is split. */
const failuresPerList = 48
const retriesPerRound = 20
/** A statement may time out after a minute: one list must not block all work for longer, ms. */
const isolationMsMax = 5_000
/** A task whose caller has not retried for so long is over, ms. */
const abandonedMs = 10 * 60_000

/** Whether the store had no time, room or answer, as opposed to all that is the fault of what was asked. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof CurfewError && error.code === 'STORE_UNREACHABLE'
}

/** How long something waits that failed so many times in a row, ms. */
export function retryDelayMs(failures: number): number {
  return Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(failures - 1, 20))
}

/**
 * Isolates failing items: a list is halved until the failing item is alone, which is retried
 * separately with back-off. Its tenant sees the work as failing.
 */
export class Isolation {
  readonly #ask: Ask
  readonly #clock: Clock
  readonly #log: Log
  readonly #onWork: OnWork
  readonly #onFault: OnFault
  readonly #failed = new Map<string, FailedTask>()
  readonly #perInstance = new Map<string, number>()

  constructor(deps: {
    readonly ask: Ask
    readonly clock: Clock
    readonly log: Log
    readonly onWork: OnWork
    /** Called for each row that cannot be read. */
    readonly onFault?: OnFault
  }) {
    this.#ask = deps.ask
    this.#clock = deps.clock
    this.#log = deps.log
    this.#onWork = deps.onWork
    this.#onFault = deps.onFault ?? (() => {})
  }

  /**
   * Runs one task, unless it waits for its retry.
   *
   * @throws CurfewError when the store is unavailable.
   */
  async runOne(piece: IsolatedTask): Promise<void> {
    if (this.#failed.has(keyOf(piece))) return
    await this.#attempt(piece)
  }

  /**
   * Runs the work on a list, and on halves of it after a failure.
   *
   * @throws CurfewError when the store is unavailable.
   */
  async runAll<Item>(
    items: readonly Item[],
    about: (item: Item) => TaskKey,
    work: (items: readonly Item[]) => Promise<void>,
  ): Promise<void> {
    const begunAt = this.#clock.now()
    const errors: unknown[] = []
    const failAll = (some: readonly Item[]): void => {
      for (const item of some) this.fail(about(item), errors.at(-1), () => work([item]))
    }
    const go = async (some: readonly Item[]): Promise<void> => {
      if (some.length === 0) return
      if (errors.length > 0 && this.#clock.now() - begunAt > isolationMsMax) return failAll(some)
      try {
        return await work(some)
      } catch (error) {
        await this.throwIfUnavailable(error)
        errors.push(error)
        if (some.length === 1 || errors.length > failuresPerList) return failAll(some)
      }
      const middle = Math.ceil(some.length / 2)
      await go(some.slice(0, middle))
      await go(some.slice(middle))
    }
    const isFree = (item: Item): boolean => !this.#failed.has(keyOf(about(item)))
    await go(this.#failed.size === 0 ? items : items.filter(isFree))
  }

  /** Retries due tasks one by one, instances in turn. */
  async retryDue(): Promise<void> {
    const now = this.#clock.now()
    const due = [...this.#failed.values()].filter(({ until }) => until <= now)
    for (const { about, work, until } of due) {
      if (!work && now - until > abandonedMs) this.succeeded(about)
    }
    const pieces = due.flatMap(({ about, work }) => (work ? [{ ...about, work }] : []))
    for (const piece of roundRobin(pieces).slice(0, retriesPerRound)) {
      if (this.#clock.now() - now > isolationMsMax) return
      await this.#attempt(piece)
    }
  }

  /** Reads rows one by one; an unreadable row is reported and left out. */
  readRows<T>(rows: readonly Row[], action: string, read: (row: Row) => T): readonly T[] {
    const found: T[] = []
    for (const row of rows) {
      try {
        found.push(read(row))
      } catch (error) {
        const of = { tenant: String(row.tenant ?? ''), instance: String(row.instance ?? '') }
        this.#onFault({ ...of, source: '', stage: 'enforce', part: action, ...thrownOn(error) })
      }
    }
    return found
  }

  /**
   * Distinguishes an unavailable store from one failing statement.
   *
   * @throws the error when the store answers no statement.
   */
  async throwIfUnavailable(error: unknown): Promise<void> {
    if (isUnavailable(error)) await this.#ask('select 1 as one')
  }

  async #attempt({ work, ...about }: IsolatedTask): Promise<void> {
    try {
      await work()
      this.succeeded(about)
    } catch (error) {
      await this.throwIfUnavailable(error)
      this.fail(about, error, work)
    }
  }

  /** Records a failure. Returns the delay until its retry, ms; `work` is then run again. */
  fail(about: TaskKey, error: unknown, work?: IsolatedTask['work']): number {
    const key = keyOf(about)
    const failures = (this.#failed.get(key)?.failures ?? 0) + 1
    const waitMs = retryDelayMs(failures)
    if (failures === 1) this.#count(about, 1)
    this.#failed.delete(key)
    this.#failed.set(key, { about, work, failures, until: this.#clock.now() + waitMs })
    const { tenant, instance, action, id } = about
    this.#onWork({ work: 'instances', of: instance, tenant, error })
    const details = { tenant, instance, action, id, failures, waitMs, error: reasonOf(error) }
    this.#log.error(details, 'a part of the enforcer’s work failed; it is tried again by itself')
    if (this.#failed.size > failedMax) this.#makeRoom(key)
    return waitMs
  }

  /**
   * The instance with the most failed tasks gives up its oldest: one instance takes no room from
   * others. The task still counts as failing until the daily check finds it again.
   */
  #makeRoom(newest: string): void {
    const [fullest] = [...this.#perInstance].toSorted(([, one], [, other]) => other - one)
    for (const [key, { about, work }] of this.#failed) {
      const isOfFullest = instanceKey(about.tenant, about.instance) === fullest?.[0]
      if (key === newest || !isOfFullest || about.action === 'answer a request') continue
      this.#failed.delete(key)
      this.#count(about, -1)
      this.#log.error(
        { ...about, isTriedAgain: work !== undefined },
        'too much rests: a part is given up until the daily look',
      )
      return
    }
  }

  /** Records a success, or that nothing is left to do. */
  succeeded(about: TaskKey): void {
    if (this.#failed.size === 0 || !this.#failed.delete(keyOf(about))) return
    const { tenant, instance } = about
    if (this.#count(about, -1) === 0) this.#onWork({ work: 'instances', of: instance, tenant })
  }

  #count({ tenant, instance }: TaskKey, by: number): number {
    const key = instanceKey(tenant, instance)
    const count = (this.#perInstance.get(key) ?? 0) + by
    if (count === 0) this.#perInstance.delete(key)
    else this.#perInstance.set(key, count)
    return count
  }
}

/** The first of each instance, then the second of each, and so on. */
function roundRobin(pieces: readonly IsolatedTask[]): readonly IsolatedTask[] {
  const taken = new Map<string, number>()
  const placed = pieces.map((piece) => {
    const key = instanceKey(piece.tenant, piece.instance)
    const turn = taken.get(key) ?? 0
    taken.set(key, turn + 1)
    return { piece, turn }
  })
  return placed.toSorted((one, other) => one.turn - other.turn).map(({ piece }) => piece)
}

function keyOf({ tenant, instance, action, id }: TaskKey): string {
  return [tenant, instance, action, id].join('\u0000')
}
