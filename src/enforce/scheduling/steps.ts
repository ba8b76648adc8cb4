import { reasonOf } from '../../contract/errors.ts'
import type { Clock, Log } from '../../contract/ports.ts'
import type { ChangePages, InstancePosition } from '../paging/change-pages.ts'
import type { Isolation } from './isolate.ts'
import { retryDelayMs } from './isolate.ts'

/** A failed step, and since when its changes are unread. */
interface FailedStep {
  readonly since: number
  readonly failures: number
  readonly until: number
  readonly error: unknown
}

/** The pages of a step, of which some may be left for the next round. */
type StepPages = Pick<ChangePages<InstancePosition>, 'changedSince' | 'isDone' | 'canContinue'>

/**
 * The steps of a round over the store; each reads what was recorded since an instant. A failed
 * step does not block the others; it is retried with back-off, from its first unread instant.
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

  /** The error of a step to be repeated; undefined when all succeeded. */
  get failure(): { readonly error: unknown } | undefined {
    const [first] = this.#failed.values()
    return first
  }

  /** Whether a step has a page to read at once. */
  get more(): boolean {
    return [...this.#paged].some(([name, pages]) => pages.canContinue && !this.hasFailed(name))
  }

  /** Whether pages are left. */
  get isBehind(): boolean {
    return [...this.#paged.values()].some((pages) => !pages.isDone)
  }

  /** Whether the step failed and is to be repeated. */
  hasFailed(name: string): boolean {
    return this.#failed.has(name)
  }

  /**
   * Runs a step for what was recorded since an instant; undefined for no change. `otherwise` is
   * returned where the step does not run now.
   *
   * @throws CurfewError when the store is unavailable.
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
   * Runs a step that reads pages: new ones since an instant, and those left over.
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
