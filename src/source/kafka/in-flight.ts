import type { Delivered } from '../source.ts'

/**
 * The batches that were delivered and are not durable yet. Once one of them fails for good,
 * every wait rejects with that failure: nothing may be delivered or acknowledged after it.
 */
export class InFlight {
  readonly #open = new Set<symbol>()
  #failure: { readonly error: unknown } | undefined
  readonly #failed = Promise.withResolvers<never>()
  #changed = Promise.withResolvers<void>()

  constructor() {
    // Not everybody waits for it; a failure also shows in every other wait.
    this.#failed.promise.catch(() => undefined)
  }

  get size(): number {
    return this.#open.size
  }

  /**
   * Takes a batch in. Resolves when the journey has taken it over, which is when the next one may
   * be offered; the batch stays in the set until it is durable.
   */
  async add(delivery: Promise<Delivered>): Promise<void> {
    const entry = Symbol('batch')
    this.#open.add(entry)
    const follow = async (): Promise<void> => {
      try {
        const delivered = await delivery
        await delivered.durable
        this.#open.delete(entry)
      } catch (error) {
        this.#failure ??= { error }
        this.#failed.reject(error)
      }
      this.wake()
    }
    void follow()
    await delivery
  }

  /** Resolves once fewer than `max` batches are in the set, or the signal aborts. */
  async below(max: number, signal?: AbortSignal): Promise<void> {
    while (this.#failure === undefined && this.#open.size >= max) {
      if (signal?.aborted) return
      await this.#next(signal)
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Rejects with the failure of a batch, if one failed; else resolves at the next change. */
  async changed(signal?: AbortSignal): Promise<void> {
    if (this.#failure === undefined && !signal?.aborted) await this.#next(signal)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Lets whoever waits for a change look again, when something else may have changed for them. */
  wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }

  /** Rejects once a batch has failed for good, with its failure. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** Whether a batch failed for good. */
  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Resolves once everything delivered is durable, or the signal aborts. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.below(1, signal)
  }

  async #next(signal: AbortSignal | undefined): Promise<void> {
    const aborted = Promise.withResolvers<void>()
    const onAbort = (): void => aborted.resolve()
    signal?.addEventListener('abort', onAbort)
    await Promise.race([this.#changed.promise, aborted.promise])
    // A signal may outlive many waits, and each would leave its listener behind.
    signal?.removeEventListener('abort', onAbort)
  }
}
