import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { BoundedCache } from '../process/bounded-cache.ts'
import type { Address } from './address.ts'
import type { Stretches } from './boundaries.ts'

/** Raised when the layout changes, or what is put into it: tables of another format are not read. */
export const tableFormat = 1

/** What a table says about itself. */
export interface TableAbout {
  /** Name and day of the data, as `saidBy` of what it says. */
  readonly build: string
  /** Milliseconds since the epoch. */
  readonly builtAt: number
}

/** A look-up table in memory outside of V8's heap: sorted stretches, asked by binary search. */
export interface Table {
  readonly about: TableAbout
  /** The record at an address as it was put in, not to be changed; undefined where none is known. */
  readonly find: (address: Address) => unknown
  /** Bytes held. */
  readonly bytes: number
}

export interface TableContent {
  readonly about: TableAbout
  /** 32-bit keys. */
  readonly four: Stretches
  /** 64-bit keys: addresses that share their first 64 bits share a record. */
  readonly six: Stretches
  /** JSON texts; the value `n` of a stretch means `records[n - 1]`. */
  readonly records: readonly string[]
}

interface Head extends TableAbout {
  readonly format: number
  readonly crc: number
  /** Bytes of each section, in the order below. */
  readonly sections: readonly number[]
}

const magic = 'CURFEWLT'
const headMax = 4096

/**
 * The bytes of a table: a head of 4 KiB (magic, JSON), then the sections, each a multiple of eight
 * bytes long, numbers as the machine has them. The head holds a checksum of all that follows.
 */
export function encodeTable({ about, four, six, records }: TableContent): Buffer {
  const texts = Buffer.from(records.join(''))
  const ends = new Uint32Array(records.length + 1)
  let end = 0
  for (const [index, text] of records.entries()) {
    end += Buffer.byteLength(text)
    ends[index + 1] = end
  }
  const sections = [four.lows, four.values, six.highs, six.lows, six.values, ends, texts].map(
    (part) => padded(part ?? new Uint32Array(0)),
  )
  const body = Buffer.concat(sections)
  const head: Head = {
    format: tableFormat,
    ...about,
    crc: crc32(body),
    sections: [
      four.lows.byteLength,
      four.values.byteLength,
      six.highs?.byteLength ?? 0,
      six.lows.byteLength,
      six.values.byteLength,
      ends.byteLength,
      texts.byteLength,
    ],
  }
  const first = Buffer.alloc(headMax, ' ')
  first.write(magic + JSON.stringify(head))
  return Buffer.concat([first, body])
}

/**
 * Reads a table whole.
 *
 * @throws Error when the file cannot be read, is of another format, or is not as it was written.
 */
export async function openTable(path: string): Promise<Table> {
  const bytes = await readFile(path)
  const { head, parts } = sectionsOf(bytes)
  const [lows4, values4, highs6, lows6, values6, ends] = parts.map(
    ({ offset, length }) => new Uint32Array(bytes.buffer, bytes.byteOffset + offset, length >>> 2),
  )
  const last = parts.at(-1)
  if (!(lows4 && values4 && highs6 && lows6 && values6 && ends && last)) {
    throw new Error('a section is missing')
  }
  const texts = bytes.subarray(last.offset, last.offset + last.length)
  const four = makeValueAt({ highs: undefined, lows: lows4, values: values4 })
  const six = makeValueAt({ highs: highs6, lows: lows6, values: values6 })
  const read = new BoundedCache<number, unknown>(readMax)
  return {
    about: { build: head.build, builtAt: head.builtAt },
    bytes: bytes.byteLength,
    find({ family, value }) {
      const low = Number((family === 4 ? value : value >> 64n) & 0xffff_ffffn)
      const number = family === 4 ? four(0, low) : six(Number(value >> 96n), low)
      if (number === 0) return undefined
      const known = read.get(number)
      if (known !== undefined) return known
      const record: unknown = JSON.parse(texts.toString('utf8', ends[number - 1], ends[number]))
      read.set(number, record)
      return record
    },
  }
}

/**
 * Builds the search for the value of the last stretch that begins at or before a key; 0 before the
 * first. Where the keys of each upper 16 bits begin is noted, which saves half of the comparisons:
 * each waits for memory.
 */
function makeValueAt({ highs, lows, values }: Stretches): (high: number, low: number) => number {
  const uppers = highs ?? lows
  const begins = new Uint32Array(0x1_0001)
  let upper = 0
  for (let at = 0; at < uppers.length; at++) {
    for (const own = (uppers[at] ?? 0) >>> 16; upper < own; ) begins[++upper] = at
  }
  begins.fill(uppers.length, upper + 1)
  return (high, low) => {
    const own = (highs === undefined ? low : high) >>> 16
    let from = begins[own] ?? 0
    let to = begins[own + 1] ?? 0
    while (from < to) {
      const middle = (from + to) >>> 1
      const upperOrder = highs === undefined ? 0 : (highs[middle] ?? 0) - high
      if ((upperOrder || (lows[middle] ?? 0) - low) <= 0) from = middle + 1
      else to = middle
    }
    return from === 0 ? 0 : (values[from - 1] ?? 0)
  }
}

/** Records read lately, for neighbours share them. */
const readMax = 20_000

function sectionsOf(bytes: Buffer) {
  const text = bytes.toString('utf8', 0, headMax)
  if (!text.startsWith(magic)) throw new Error('this is no look-up table')
  const head: Head = JSON.parse(text.slice(magic.length))
  if (head.format !== tableFormat) throw new Error(`format ${head.format}`)
  let offset = headMax
  const parts = head.sections.map((length) => {
    const part = { offset, length }
    offset += padding(length)
    return part
  })
  const body = bytes.subarray(headMax)
  if (offset !== bytes.byteLength || crc32(body) !== head.crc) {
    throw new Error('it is cut off or damaged')
  }
  return { head, parts }
}

const padding = (length: number): number => Math.ceil(length / 8) * 8

function padded(part: Uint32Array | Buffer): Buffer {
  const whole = Buffer.alloc(padding(part.byteLength))
  whole.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  return whole
}
