/**
 * Columns of ClickHouse's Native format, filled value by value: the engine reads such a block forty
 * times as cheaply as rows of JSON. Each column knows its wire form; `record/events-block.ts` says
 * which columns there are, and a plain row encoder is the oracle in tests.
 */

/** Most rows of one block: dictionary indices are 16 bits wide. */
export const rowsMax = 65_535

/** A growing buffer with the few writes the format needs. */
export class Out {
  bytes = Buffer.allocUnsafe(1 << 16)
  length = 0

  room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  varint(value: number): void {
    this.room(10)
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.length] = (rest & 0x7f) | 0x80
      this.length += 1
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.length] = rest
    this.length += 1
  }

  /** Length-prefixed UTF-8. Ids are short and ASCII, where a loop beats a call into the runtime. */
  text(value: string): void {
    const size = value.length
    this.room(size * 3 + 10)
    if (size < 64 && this.ascii(value, size)) return
    const bytes = Buffer.byteLength(value)
    this.varint(bytes)
    this.bytes.write(value, this.length)
    this.length += bytes
  }

  private ascii(value: string, size: number): boolean {
    const { bytes } = this
    const start = this.length
    bytes[start] = size
    for (let at = 0; at < size; at += 1) {
      const code = value.charCodeAt(at)
      if (code > 0x7f) return false
      bytes[start + 1 + at] = code
    }
    this.length = start + 1 + size
    return true
  }

  u64(value: number): void {
    this.room(8)
    this.bytes.writeUInt32LE(value % 0x1_0000_0000, this.length)
    this.bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.length + 4)
    this.length += 8
  }
}

/** A block on its way out: small parts written here, and the columns' own memory in between. */
export class Chunks extends Out {
  readonly list: Uint8Array[] = []
  private cutAt = 0

  /** Goes out as it is, without a copy: it must stay as it is until it is out. */
  raw(bytes: Uint8Array): void {
    this.cut()
    this.list.push(bytes)
  }

  /** All of it, in order. */
  end(): readonly Uint8Array[] {
    this.cut()
    return this.list
  }

  private cut(): void {
    if (this.length > this.cutAt) this.list.push(this.bytes.subarray(this.cutAt, this.length))
    this.cutAt = this.length
  }
}

export interface Column {
  readonly name: string
  readonly type: string
  /** Appends the data of rows from `from` up to, not including, `to`. */
  write(out: Chunks, from: number, to: number): void
  /** Forgets its values and keeps its room. */
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
export class WordColumn implements Column {
  readonly type = 'LowCardinality(String)'
  readonly name: string
  private readonly keys = new Map<string, number>()
  private readonly indices = new Uint16Array(rowsMax)
  private rows = 0
  private last = ''
  private lastIndex = -1

  constructor(name: string) {
    this.name = name
  }

  push(value: string): void {
    // Runs of one value are the rule: most words of neighbouring events are the same.
    if (this.lastIndex < 0 || value !== this.last) {
      this.lastIndex = this.indexOf(value)
      this.last = value
    }
    this.indices[this.rows] = this.lastIndex
    this.rows += 1
  }

  /** The index of a word, for groups of columns that are looked up once. */
  indexOf(value: string): number {
    const known = this.keys.get(value)
    if (known !== undefined) return known
    const index = this.keys.size
    this.keys.set(value, index)
    return index
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
    this.rows = 0
    this.lastIndex = -1
  }
}

type Numbers = Float32Array | Uint32Array | Uint16Array

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
 * bytes are the columns' own: these may be filled anew only once the block is out.
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
