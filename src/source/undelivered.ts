import type { Delivered } from './source.ts'

/**
 * The batches that were handed over and are not durable yet. Once one of them fails for good,
 * every wait rejects with that failure: nothing may be handed over or acknowledged after it.
 */
export class Undelivered {
  readonly #open = new Set<symbol>()
  #failure: { readonly error: unknown } | undefined
  #changed = Promise.withResolvers<void>()

  get size(): number {
    return this.#open.size
  }

  /**
   * Takes a batch in. Resolves when the journey has taken it over, which is when the next one may
   * be offered; the batch stays in the set until it is durable.
   */
  async add(delivery: Promise<Delivered>, whenDurable: () => void = () => undefined) {
    const entry = Symbol('batch')
    this.#open.add(entry)
    const follow = async (): Promise<void> => {
      try {
        const delivered = await delivery
        await delivered.durable
        this.#open.delete(entry)
        whenDurable()
      } catch (error) {
        this.#failure ??= { error }
      }
      this.#wake()
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

  /** Resolves once everything handed over is durable, or the signal aborts. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.below(1, signal)
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
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
