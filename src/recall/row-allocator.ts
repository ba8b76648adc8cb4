const rowsAtFirst = 1_024

/** Numbers of rows in a table that grows: those given back are taken again first. */
export class RowAllocator {
  /** RowAllocator that the table must have room for. */
  capacity = 0
  private used = 0
  private readonly free: number[] = []

  take(): number {
    const row = this.free.pop() ?? this.used++
    if (row >= this.capacity) this.capacity = Math.max(rowsAtFirst, this.capacity * 2)
    return row
  }

  give(row: number): void {
    this.free.push(row)
  }
}

/** A larger array with the same begin, made at once: one that is pushed to is copied many times. */
export function enlarged<Item>(items: readonly Item[], length: number, rest: Item): Item[] {
  const grown = new Array<Item>(length).fill(rest)
  for (let at = 0; at < items.length; at += 1) grown[at] = items[at] ?? rest
  return grown
}
