import { reasonOf } from '../../contract/errors.ts'
import type { Clock, Log } from '../../contract/ports.ts'
import type { ChangePages, InstancePosition } from '../paging/change-pages.ts'
import type { Isolation } from './isolate.ts'
import { retryDelayMs } from './isolate.ts'

/** One step of a round that failed, and what it still has to look at. */
interface FailedStep {
  readonly since: number
  readonly failures: number
  readonly until: number
  readonly error: unknown
}

/** What a step reads in pages, of which some may be left for the next round. */
type StepPages = Pick<ChangePages<InstancePosition>, 'changedSince' | 'isDone' | 'canContinue'>

/**
 * The steps of a round over the store, each of which looks at all that was recorded since an instant.
 * One that fails does not keep the others from being done; it is asked again, ever less often, and looks
 * back as far as it should have the first time.
 */
export class Steps {
  readonly #clock: Clock
  readonly #log: Log
  readonly #apart: Isolation
  readonly #failed = new Map<string, FailedStep>()
  readonly #paged = new Map<string, StepPages>()

  constructor(deps: { readonly clock: Clock; readonly log: Log; readonly isolation: Isolation }) {
    this.#clock = deps.clock
    this.#log = deps.log
    this.#apart = deps.isolation
  }

  /** What made a step fail that is still to be done; undefined while all goes well. */
  get failure(): { readonly error: unknown } | undefined {
    const [first] = this.#failed.values()
    return first
  }

  /** Whether a step that reads in pages has one to read at once. */
  get more(): boolean {
    return [...this.#paged].some(([name, pages]) => pages.canContinue && !this.hasFailed(name))
  }

  /** Whether pages are left of some step. */
  get isBehind(): boolean {
    return [...this.#paged.values()].some((pages) => !pages.isDone)
  }

  /** Whether a step failed and is still to be done. */
  hasFailed(name: string): boolean {
    return this.#failed.has(name)
  }

  /**
   * Does a step for what came since an instant of recording; undefined says that there is nothing new
   * to it. `otherwise` is the answer of one that is not done now.
   *
   * @throws CurfewError of a store that answers nobody.
   */
  async run<T>(
    name: string,
    since: number | undefined,
    work: (since: number) => Promise<T>,
    otherwise: T,
  ): Promise<T> {
    const owed = this.#failed.get(name)
    const from = owed ? Math.min(owed.since, since ?? owed.since) : since
    if (from === undefined) return otherwise
    if (owed && owed.until > this.#clock.now()) {
      this.#failed.set(name, { ...owed, since: from })
      return otherwise
    }
    try {
      const answer = await work(from)
      this.#failed.delete(name)
      return answer
    } catch (error) {
      await this.#apart.throwIfUnavailable(error)
      const failures = (owed?.failures ?? 0) + 1
      const waitMs = retryDelayMs(failures)
      const until = this.#clock.now() + waitMs
      this.#failed.set(name, { since: from, failures, until, error })
      const said = { step: name, failures, waitMs, error: reasonOf(error) }
      this.#log.error(said, 'a step of the enforcer’s look failed; the others go on')
      return otherwise
    }
  }

  /**
   * Does a step that reads in pages: those of what came since an instant, and those that are left of before.
   *
   * @throws as `run`.
   */
  async paged<T>(
    name: string,
    since: number | undefined,
    { pages, work }: { readonly pages: StepPages; readonly work: () => Promise<T> },
    otherwise: T,
  ): Promise<T> {
    this.#paged.set(name, pages)
    if (since !== undefined) pages.changedSince(since)
    return await this.run(name, pages.isDone ? undefined : 0, work, otherwise)
  }
}
