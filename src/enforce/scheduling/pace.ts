import type { Clock } from '../../contract/ports.ts'

const slowMs = 1_000
const quickMs = 250
const shareMin = 1 / 64

/**
 * How much of one instance is taken at once: less where it took long, as where few sessions hang on
 * many causes, so that the others wait for a moment and not for a minute.
 */
export class Pace {
  readonly #clock: Clock
  readonly #shares = new Map<string, number>()

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock
  }

  /** How many of at most so many. */
  sizeOf(instance: string, most: number): number {
    return Math.max(1, Math.ceil(most * (this.#shares.get(instance) ?? 1)))
  }

  /** Does a piece of work of an instance, and takes note of how long it took. */
  async timed<T>(instance: string, work: () => Promise<T>): Promise<T> {
    const begun = this.#clock.now()
    try {
      return await work()
    } finally {
      const tookMs = this.#clock.now() - begun
      const share = this.#shares.get(instance) ?? 1
      if (tookMs > slowMs) this.#shares.set(instance, Math.max(shareMin, share / 2))
      else if (tookMs < quickMs && share < 1) this.#shares.set(instance, share * 2)
    }
  }
}
