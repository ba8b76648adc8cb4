import type { ErrorCode } from '../../contract/errors.ts'
import { CurfewError, reasonOf } from '../../contract/errors.ts'
import type { Clock, Log, Meter } from '../../contract/ports.ts'
import type { Random } from '../orders/backoff.ts'
import { busyMs, jitterMs } from '../orders/backoff.ts'
import type { OpenProvider } from '../provider-kit/provider.ts'
import type { Budget, BudgetShare } from './rate-limit.ts'

/** The outcome of a call to a provider. Failures are values; the call never throws. */
export type CallResult<T> =
  | { readonly outcome: 'ok'; readonly value: T }
  /** The budget is spent, or the provider asked for a pause: no call was made. */
  | { readonly outcome: 'deferred'; readonly waitMs: number }
  | {
      readonly outcome: 'busy'
      readonly requestedWaitMs: number | undefined
      readonly reason: string
    }
  /** No answer, or one outside its contract: whether it was carried out is not known. */
  | {
      readonly outcome: 'unknown'
      readonly reason: string
      /** Left out where the provider's own code failed. */
      readonly code?: ErrorCode
      /** How long a pause it asked for all the same, as a 503 may. */
      readonly requestedWaitMs?: number
    }
  | { readonly outcome: 'refused'; readonly reason: string }

/** Failures in a row without a pause; from then on the channel backs off. */
const toleratedFailures = 4
/** How long an observation of a session is valid for its revocation, ms. */
export const observationValidMs = 5_000
/** How soon to check the election again, ms. */
const unelectedRetryMs = 250

/** The way to one instance's provider: its budget, its pauses, and a bound on every call. */
export class ProviderChannel {
  readonly key: string
  readonly provider: OpenProvider
  readonly #budget: Budget
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #meter: Meter
  readonly #timeoutMs: number
  readonly #isElected: () => boolean
  readonly #givenUp: AbortSignal | undefined
  /** Orders that wait for a call, and until when one is kept for them, ms since the epoch. */
  readonly #reservations = new Map<string, number>()
  /** By subject: settles when the last call about it has ended. */
  readonly #lastCalls = new Map<string, Promise<void>>()
  #failures = 0

  constructor(deps: {
    readonly key: string
    readonly provider: OpenProvider
    readonly budget: Budget
    readonly clock: Clock
    readonly random: Random
    readonly log: Log
    readonly meter: Meter
    readonly timeoutMs: number
    /** Whether this is still the one process that enforces. */
    readonly isElected: () => boolean
    /** Aborts when calls under way are to be given up. */
    readonly givenUp: AbortSignal | undefined
  }) {
    this.key = deps.key
    this.provider = deps.provider
    this.#budget = deps.budget
    this.#clock = deps.clock
    this.#random = deps.random
    this.#log = deps.log
    this.#meter = deps.meter
    this.#timeoutMs = deps.timeoutMs
    this.#isElected = deps.isElected
    this.#givenUp = deps.givenUp
  }

  /** Milliseconds until the provider may be called again. */
  waitMs(share: BudgetShare = 'reserved'): number {
    return this.#budget.waitMs(share)
  }

  /**
   * Takes one call from the budget, to be made with `paid`, before the intent is written. Where
   * the budget is empty, the next call is reserved for this order: with a small budget,
   * observations would otherwise use up all calls.
   */
  reserve(share: BudgetShare, orderId: string): boolean {
    const isReserved = this.#budget.tryTake(share)
    if (isReserved) this.#reservations.delete(orderId)
    else if (this.waitMs() > 0)
      this.#reservations.set(orderId, this.#clock.now() + observationValidMs)
    return isReserved
  }

  /** Whether the next call is reserved for an order. */
  #isReserved(): boolean {
    for (const [orderId, until] of this.#reservations) {
      if (until > this.#clock.now()) return true
      this.#reservations.delete(orderId)
    }
    return false
  }

  /** Minimum time between the calls that end one session, ms; 0 where one call is enough. */
  get apartMs(): number {
    const { repeat } = this.provider.capabilities
    return repeat.call === 'again' ? repeat.apartMs : 0
  }

  /**
   * Does what asks the provider about one subject, or ends a session of its, while nothing else does:
   * where a list can undo an end, none of ours may run beside one.
   */
  async isolated<T>(subjectId: string, work: () => Promise<T>): Promise<T> {
    if (this.apartMs === 0) return await work()
    const before = this.#lastCalls.get(subjectId)
    const mine = before === undefined ? work() : before.then(work)
    const turn = mine.then(
      () => undefined,
      () => undefined,
    )
    this.#lastCalls.set(subjectId, turn)
    try {
      return await mine
    } finally {
      if (this.#lastCalls.get(subjectId) === turn) this.#lastCalls.delete(subjectId)
    }
  }

  /** Takes a call from the budget unless one was reserved, and makes it with a timeout. */
  async call<T>(
    what: 'list' | 'read' | 'revoke',
    share: BudgetShare | 'paid',
    work: (provider: OpenProvider, signal: AbortSignal) => Promise<T>,
  ): Promise<CallResult<T>> {
    // Another process may be elected by now; two must never call side by side.
    if (!this.#isElected()) return { outcome: 'deferred', waitMs: unelectedRetryMs }
    if (share !== 'paid' && (this.#isReserved() || !this.#budget.tryTake(share))) {
      return { outcome: 'deferred', waitMs: this.waitMs(share) }
    }
    const startedAt = this.#clock.now()
    const called = await this.#attempt(what, work)
    this.#meter.observeMs('curfew_enforce_call_seconds', this.#clock.now() - startedAt, {
      call: what,
      outcome: called.outcome,
    })
    this.#backOff(called)
    return called
  }

  async #attempt<T>(
    what: string,
    work: (provider: OpenProvider, signal: AbortSignal) => Promise<T>,
  ): Promise<CallResult<T>> {
    try {
      return { outcome: 'ok', value: await this.#bounded(what, work) }
    } catch (error) {
      const reason = reasonOf(error)
      if (!(error instanceof CurfewError)) {
        this.#log.error({ what, error: reason }, 'a provider failed in a way it must not')
        return { outcome: 'unknown', reason }
      }
      if (error.code === 'ENFORCE_BUSY') {
        return { outcome: 'busy', requestedWaitMs: error.retryAfterMs, reason }
      }
      if (error.code === 'ENFORCE_REFUSED') return { outcome: 'refused', reason }
      const { retryAfterMs } = error
      return {
        outcome: 'unknown',
        reason,
        code: error.code,
        ...(retryAfterMs !== undefined && { requestedWaitMs: retryAfterMs }),
      }
    }
  }

  /**
   * Bounds a call in time, so that an unresponsive provider does not block an order: the outcome
   * is then in doubt. The signal stops what the call would still have sent, which could take
   * effect in another process's term.
   */
  async #bounded<T>(
    what: string,
    work: (provider: OpenProvider, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const over = new AbortController()
    const tooLate = new AbortController()
    const ends = this.#givenUp ? AbortSignal.any([over.signal, this.#givenUp]) : over.signal
    const answer = work(this.provider, tooLate.signal)
    const timeout = this.#clock.wait(this.#timeoutMs, ends).then(() => {
      tooLate.abort()
      const limit = this.#givenUp?.aborted
        ? 'before this process stopped'
        : `within ${this.#timeoutMs} ms`
      throw new CurfewError(
        'ENFORCE_UNREACHABLE',
        `no answer to ${what} ${limit}, so whether it was carried out is unknown`,
        { retry: true },
      )
    })
    try {
      return await Promise.race([answer, timeout])
    } finally {
      // The promise that settles second has no reader.
      answer.catch(() => {})
      timeout.catch(() => {})
      over.abort()
    }
  }

  #backOff(called: CallResult<unknown>): void {
    if (called.outcome === 'busy') {
      this.#failures += 1
      const ms = busyMs(this.#failures, called.requestedWaitMs, this.#random)
      this.#budget.pauseUntil(this.#clock.now() + ms)
    } else if (called.outcome === 'unknown') {
      this.#failures += 1
      const { requestedWaitMs } = called
      const ownMs =
        this.#failures <= toleratedFailures
          ? 0
          : jitterMs(this.#failures - toleratedFailures, this.#random)
      const ms =
        requestedWaitMs === undefined
          ? ownMs
          : busyMs(this.#failures, requestedWaitMs, this.#random)
      if (ms > 0) this.#budget.pauseUntil(this.#clock.now() + ms)
    } else this.#failures = 0
  }
}
