import type { Clock } from '../../contract/ports.ts'

const slowMs = 1_000
const quickMs = 250
const shareMin = 1 / 64

/**
 * The page size of an instance, reduced where pages take long, as with few sessions under many
 * causes, so that other instances wait for a moment only.
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

  /** Runs work of an instance and adapts its page size to the duration. */
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
