/**
 * A bounded set of ids that were handled, to skip repetitions. It keeps at least the `min` ids added
 * last and at most twice as many; an evicted id is handled once more, so handling must be idempotent.
 */
export class RecentIds {
  readonly #min: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(min: number) {
    if (!Number.isInteger(min) || min < 1) {
      throw new TypeError(`Recent ids must be at least 1; found ${min}.`)
    }
    this.#min = min
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id)
  }

  /** Returns whether the id is new. */
  add(id: string): boolean {
    if (this.has(id)) return false
    if (this.#young.size >= this.#min) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(id)
    return true
  }

  delete(id: string): void {
    this.#young.delete(id)
    this.#old.delete(id)
  }
}
