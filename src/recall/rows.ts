const rowsAtFirst = 1_024

/** Numbers of rows in a table that grows: those given back are taken again first. */
export class Rows {
  /** Rows that the table must have room for. */
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
