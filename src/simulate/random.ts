import { createHash } from 'node:crypto'

/**
 * A reproducible source of randomness. The same seed gives the same numbers on every machine, so a
 * simulated company can be had again byte for byte. Never for secrets.
 */
export class Random {
  readonly #seed: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param seed any text; two texts give two unrelated streams. */
  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest()
    this.#seed = seed
    this.#a = digest.readUInt32LE(0) | 0
    this.#b = digest.readUInt32LE(4) | 0
    this.#c = digest.readUInt32LE(8) | 0
    // The authors' own seeding discards the first twelve outputs, until all bits have met.
    for (let i = 0; i < 12; i++) this.uint32()
  }

  /** A stream of its own, so that drawing more of one thing never changes another thing. */
  fork(name: string): Random {
    return new Random(`${this.#seed}\u0000${name}`)
  }

  /**
   * 32 bits by sfc32, "small fast counter", of Chris Doty-Humphrey's PractRand (public domain): 96
   * bits of state and a counter, so that no seed leads into a short cycle.
   */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** At least 0, below 1. */
  unit(): number {
    return this.uint32() / 4294967296
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1))
  }

  between(least: number, most: number): number {
    return least + this.unit() * (most - least)
  }

  chance(share: number): boolean {
    return this.unit() < share
  }

  /** Waiting time until the next of independent events that come every `mean` on average. */
  waiting(mean: number): number {
    return -Math.log(1 - this.unit()) * mean
  }

  /** @throws TypeError when there is nothing to pick from, which is a mistake of the caller. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.unit() * items.length)]
    if (item === undefined) throw new TypeError('there is nothing to pick from')
    return item
  }

  /** Picks by weight; the weights need not add up to anything. */
  pickWeighted<Item extends { readonly weight: number }>(items: readonly Item[]): Item {
    let left = this.unit() * items.reduce((sum, item) => sum + item.weight, 0)
    for (const item of items) {
      left -= item.weight
      if (left < 0) return item
    }
    return this.pick(items)
  }

  /** So many lower-case hex digits. */
  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.uint32().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }
}
