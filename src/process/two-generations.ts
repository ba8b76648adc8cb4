/**
 * A bounded cache: two Maps, the young one filling while the old one is only read. When the young
 * one is full it becomes the old one and what nobody asked for in the meantime is dropped at once.
 * Cheaper than a linked list per entry, and it keeps at least the `max / 2` keys used last.
 *
 * `max` counts entries and is never exceeded; it must be at least 2. The keys are chosen by whoever
 * sends events, so an unbounded Map here would be a way to exhaust the process.
 */
export class TwoGenerations<Key, Value> {
  hits = 0
  misses = 0
  readonly #generationMax: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  constructor(max: number) {
    if (!Number.isInteger(max) || max < 2) {
      throw new TypeError(`A cache must hold at least 2 entries; found ${max}.`)
    }
    this.#generationMax = Math.floor(max / 2)
  }

  /** Entries held, counting a key twice while both generations know it. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) {
      this.hits++
      return young
    }
    const old = this.#old.get(key)
    if (old === undefined) {
      this.misses++
      return undefined
    }
    this.hits++
    this.set(key, old)
    return old
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }
}
