import { Chunks, Out } from './native-bytes.ts'

/**
 * Columns of ClickHouse's Native format, filled value by value: the engine reads such a block at a fortieth
 * of the cost of JSON rows. Each column implements its wire form; `record/events-block.ts` lists
 * the columns, and a plain row encoder is the oracle in tests.
 */

/** Most rows of one block: dictionary indices are 16 bits wide. */
export const rowsMax = 65_535

export interface Column {
  readonly name: string
  readonly type: string
  /** Appends the data of rows from `from` up to, not including, `to`. */
  write(out: Chunks, from: number, to: number): void
  /** Bytes of what it holds. */
  readonly held: number
  /** Removes its values and keeps its memory. */
  clear(): void
}

/** `String`: each value length-prefixed, one after the other. */
export class TextColumn implements Column {
  readonly type = 'String'
  readonly name: string
  private readonly out = new Out()
  private readonly ends = new Uint32Array(rowsMax)
  private rows = 0

  constructor(name: string) {
    this.name = name
  }

  push(value: string): void {
    this.out.text(value)
    this.ends[this.rows] = this.out.length
    this.rows += 1
  }

  get held(): number {
    return this.out.length
  }

  at(row: number): string {
    const { bytes } = this.out
    let start = row === 0 ? 0 : (this.ends[row - 1] ?? 0)
    while ((bytes[start] ?? 0) & 0x80) start += 1
    return bytes.toString('utf8', start + 1, this.ends[row])
  }

  write(out: Chunks, from: number, to: number): void {
    const start = from === 0 ? 0 : (this.ends[from - 1] ?? 0)
    out.raw(this.out.bytes.subarray(start, to === 0 ? 0 : this.ends[to - 1]))
  }

  clear(): void {
    this.out.length = 0
    this.rows = 0
  }
}

/** Version of the dictionary serialisation, and: 16-bit indices, own keys, dictionary replaced. */
const dictionaryVersion = 1
const dictionaryFlags = 1 | (1 << 9) | (1 << 10)

/** `LowCardinality(String)`: a dictionary per block and a 16-bit index per row. */
export class LowCardinalityColumn implements Column {
  readonly type = 'LowCardinality(String)'
  readonly name: string
  private readonly keys = new Map<string, number>()
  private readonly indices = new Uint16Array(rowsMax)
  private rows = 0
  private last = ''
  private lastIndex = -1
  /** Characters of the dictionary: many distinct values exceed its indices. */
  private letters = 0

  constructor(name: string) {
    this.name = name
  }

  push(value: string): void {
    // Neighbouring events mostly have the same value.
    if (this.lastIndex < 0 || value !== this.last) {
      this.lastIndex = this.indexOf(value)
      this.last = value
    }
    this.indices[this.rows] = this.lastIndex
    this.rows += 1
  }

  /** The index of a value, for groups of columns that are looked up once. */
  indexOf(value: string): number {
    const known = this.keys.get(value)
    if (known !== undefined) return known
    const index = this.keys.size
    this.keys.set(value, index)
    this.letters += value.length
    return index
  }

  get held(): number {
    return this.letters + 2 * this.rows
  }

  pushIndex(index: number): void {
    this.indices[this.rows] = index
    this.rows += 1
  }

  at(row: number): string {
    return [...this.keys.keys()][this.indices[row] ?? 0] ?? ''
  }

  write(out: Chunks, from: number, to: number): void {
    out.u64(dictionaryVersion)
    out.u64(dictionaryFlags)
    out.u64(this.keys.size)
    for (const key of this.keys.keys()) out.text(key)
    out.u64(to - from)
    out.raw(new Uint8Array(this.indices.buffer, from * 2, (to - from) * 2))
  }

  clear(): void {
    this.keys.clear()
    this.letters = 0
    this.rows = 0
    this.lastIndex = -1
  }
}

type Numbers = Uint8Array | Float32Array | Uint32Array | Uint16Array

/** A fixed-width number; `Nullable` puts one byte per row in front. */
export class NumberColumn implements Column {
  readonly name: string
  readonly type: string
  private readonly values: Numbers
  private readonly nulls: Uint8Array | undefined
  private rows = 0

  constructor(name: string, type: string, values: Numbers) {
    this.name = name
    this.type = type
    this.values = values
    this.nulls = type.startsWith('Nullable(') ? new Uint8Array(rowsMax) : undefined
  }

  push(value: number | null): void {
    const { values, rows } = this
    if (this.nulls) this.nulls[rows] = value === null ? 1 : 0
    values[rows] = value ?? 0
    this.rows = rows + 1
  }

  get held(): number {
    return this.rows * this.values.BYTES_PER_ELEMENT
  }

  at(row: number): number {
    return this.values[row] ?? 0
  }

  write(out: Chunks, from: number, to: number): void {
    if (this.nulls) out.raw(this.nulls.subarray(from, to))
    const { buffer, BYTES_PER_ELEMENT: width } = this.values
    out.raw(new Uint8Array(buffer, from * width, (to - from) * width))
  }

  clear(): void {
    this.rows = 0
  }
}

/** `DateTime64(3)` or `UInt64` below 2^53: two 32-bit halves, since BigInt costs an allocation. */
export class LongColumn implements Column {
  readonly name: string
  readonly type: string
  private readonly values = new Uint32Array(rowsMax * 2)
  private readonly nulls: Uint8Array | undefined
  private rows = 0

  constructor(name: string, type: string) {
    this.name = name
    this.type = type
    this.nulls = type.startsWith('Nullable(') ? new Uint8Array(rowsMax) : undefined
  }

  /** Negative values (before 1970) do not occur: decode rejects them. */
  push(value: number | null): void {
    const { rows, values } = this
    if (this.nulls) this.nulls[rows] = value === null ? 1 : 0
    const whole = value ?? 0
    values[rows * 2] = whole % 0x1_0000_0000
    values[rows * 2 + 1] = whole / 0x1_0000_0000
    this.rows = rows + 1
  }

  get held(): number {
    return this.rows * 8
  }

  at(row: number): number {
    return (this.values[row * 2] ?? 0) + (this.values[row * 2 + 1] ?? 0) * 0x1_0000_0000
  }

  write(out: Chunks, from: number, to: number): void {
    if (this.nulls) out.raw(this.nulls.subarray(from, to))
    out.raw(new Uint8Array(this.values.buffer, from * 8, (to - from) * 8))
  }

  clear(): void {
    this.rows = 0
  }
}

/**
 * Rows of filled columns as a block: column and row counts, then each column with name and type. The
 * bytes are the columns' own memory: refill them only after the block was sent.
 */
export function writeBlock(
  columns: readonly Column[],
  from: number,
  to: number,
): readonly Uint8Array[] {
  const out = new Chunks()
  out.varint(columns.length)
  out.varint(to - from)
  for (const column of columns) {
    out.text(column.name)
    out.text(column.type)
    column.write(out, from, to)
  }
  return out.end()
}
