/**
 * What is to happen, in order of time: a binary heap. Entries of the same instant come out in the
 * order in which they were put in, so that a run never depends on how the heap happens to lie.
 */
export class EventQueue<Item> {
  readonly #entries: Entry<Item>[] = []
  #sequence = 0

  get size(): number {
    return this.#entries.length
  }

  /** When the next entry is due, Infinity when there is none. */
  get nextAt(): number {
    return this.#entries[0]?.at ?? Number.POSITIVE_INFINITY
  }

  add(at: number, item: Item): void {
    const entry = { at, sequence: this.#sequence++, item }
    const entries = this.#entries
    let place = entries.length
    entries.push(entry)
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = entries[parent]
      if (above === undefined || !isBefore(entry, above)) break
      entries[place] = above
      place = parent
    }
    entries[place] = entry
  }

  /** Takes the first entry if it is due at `now`. */
  take(now: number): Item | undefined {
    const entries = this.#entries
    const first = entries[0]
    if (first === undefined || first.at > now) return undefined
    const last = entries.pop()
    if (last !== undefined && entries.length > 0) this.#sink(last)
    return first.item
  }

  #sink(entry: Entry<Item>): void {
    const entries = this.#entries
    let place = 0
    for (;;) {
      const left = entries[2 * place + 1]
      if (left === undefined) break
      const right = entries[2 * place + 2]
      const goRight = right !== undefined && isBefore(right, left)
      const child = goRight ? right : left
      if (!isBefore(child, entry)) break
      entries[place] = child
      place = 2 * place + (goRight ? 2 : 1)
    }
    entries[place] = entry
  }
}

interface Entry<Item> {
  readonly at: number
  readonly sequence: number
  readonly item: Item
}

function isBefore<Item>(one: Entry<Item>, other: Entry<Item>): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence)
}
