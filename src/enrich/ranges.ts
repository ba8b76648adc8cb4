/** A closed stretch of the 128-bit address line and what is known about it. */
export interface Range<Value> {
  readonly first: bigint
  readonly last: bigint
  readonly value: Value
}

/**
 * Address ranges in a sorted table, asked by binary search: 100,000 ranges cost 17 comparisons,
 * where Node's own block list walks all of them.
 *
 * Ranges must be CIDR blocks, so that any two are nested or apart. The narrowest block wins; of two
 * equal blocks, the later one in the list.
 */
export class RangeTable<Value> {
  readonly #firsts: bigint[] = []
  readonly #lasts: bigint[] = []
  readonly #values: Value[] = []

  constructor(ranges: readonly Range<Value>[]) {
    // Wider blocks come before those nested in them; the sort is stable, so equal blocks keep order.
    const sorted = [...ranges].sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last))
    const open: Range<Value>[] = []
    let from = 0n
    const closeBefore = (place: bigint | undefined) => {
      for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
        if (place !== undefined && top.last >= place) return
        this.#add(from, top.last, top.value)
        from = top.last + 1n
        open.pop()
      }
    }
    for (const range of sorted) {
      closeBefore(range.first)
      const around = open.at(-1)
      if (around !== undefined) this.#add(from, range.first - 1n, around.value)
      from = range.first
      open.push(range)
    }
    closeBefore(undefined)
  }

  /** Disjoint stretches held, at most twice the ranges given. */
  get size(): number {
    return this.#firsts.length
  }

  find(place: bigint): Value | undefined {
    let low = 0
    let high = this.#firsts.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const first = this.#firsts[middle]
      if (first !== undefined && first <= place) low = middle + 1
      else high = middle - 1
    }
    const last = this.#lasts[high]
    return last !== undefined && place <= last ? this.#values[high] : undefined
  }

  #add(first: bigint, last: bigint, value: Value): void {
    if (first > last) return
    this.#firsts.push(first)
    this.#lasts.push(last)
    this.#values.push(value)
  }
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
