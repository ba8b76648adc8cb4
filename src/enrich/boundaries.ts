/** A line of addresses cut into stretches: `keys[i]` up to the next key has the value `values[i]`. */
export interface Stretches {
  /** The upper 32 of 64 bits; undefined where keys have 32 bits. */
  readonly highs: Uint32Array | undefined
  readonly lows: Uint32Array
  /** 0 means that nothing is known. */
  readonly values: Uint32Array
}

/**
 * Collects stretches from below to above. Neighbours of one value become one stretch; of two values
 * at one key the later stands.
 */
export class Boundaries {
  #size = 0
  #highs: Uint32Array<ArrayBuffer> | undefined
  #lows = new Uint32Array(1024)
  #values = new Uint32Array(1024)

  /** @param wide whether keys have 64 bits. */
  constructor(wide: boolean) {
    this.#highs = wide ? new Uint32Array(1024) : undefined
  }

  /** From this key on the value holds. @throws TypeError when keys are not ascending. */
  add(high: number, low: number, value: number): void {
    const last = this.#size - 1
    if (last >= 0) {
      const order = high - (this.#highs?.[last] ?? 0) || low - (this.#lows[last] ?? 0)
      if (order < 0) throw new TypeError('Stretches must come from below to above.')
      if (order === 0) {
        this.#values[last] = value
        return
      }
      if (this.#values[last] === value) return
    }
    if (this.#size === this.#lows.length) this.#grow()
    if (this.#highs !== undefined) this.#highs[this.#size] = high
    this.#lows[this.#size] = low
    this.#values[this.#size] = value
    this.#size++
  }

  /** What was collected; a view on memory that later calls of `add` may change. */
  stretches(): Stretches {
    return {
      highs: this.#highs?.subarray(0, this.#size),
      lows: this.#lows.subarray(0, this.#size),
      values: this.#values.subarray(0, this.#size),
    }
  }

  #grow(): void {
    const grown = (old: Uint32Array) => {
      const more = new Uint32Array(old.length * 2)
      more.set(old)
      return more
    }
    if (this.#highs !== undefined) this.#highs = grown(this.#highs)
    this.#lows = grown(this.#lows)
    this.#values = grown(this.#values)
  }
}

/** Each distinct record once, under a number from 1 on. */
export class Records {
  readonly #numbers = new Map<string, number>()

  /** The number of a record, given as what JSON can hold. */
  numberOf(record: unknown): number {
    const text = JSON.stringify(record)
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#numbers.size + 1
    this.#numbers.set(text, number)
    return number
  }

  /** All records as JSON, in the order of their numbers. */
  texts(): readonly string[] {
    return [...this.#numbers.keys()]
  }
}
