import type { Use } from '../contract/memory.ts'
import { displacementMs, lookbackMs, usesMax } from '../contract/memory.ts'
import { isBefore } from './event-order.ts'
import { enlarged, RowAllocator } from './row-allocator.ts'

/** How long a use stays: young enough for an end or an expiry to be heard of after it. */
const usesBackMs = lookbackMs + displacementMs

/** One more than are kept: the youngest goes in before the one that makes room for it is chosen. */
const width = usesMax + 1

/** Numbers of a use: when, when its token was issued, and its mark. */
const at = 0
const issued = 1
const mark = 2
const cells = 3

/** A row: how many uses, the youngest accepted one (its time NaN while there is none), the uses. */
const count = 0
const last = 1
const first = last + cells
const stride = first + width * cells
/** Ids of a row: that of the youngest accepted use, and those of the uses. */
const idStride = 1 + width

const accepted = 1
const atIdp = 2

/**
 * The uses of all sessions, a row of numbers and one of ids for each. As objects they would live just
 * long enough to be carried into the old generation one by one, and collecting them there costs
 * more than judging them. Row by row and not column by column: an event touches one session, and
 * each column of it would be fetched from another end of memory.
 */
export class UsesTable {
  private readonly rows = new RowAllocator()
  private numbers = new Float64Array(0)
  private ids: string[] = []

  /** An empty row. */
  take(): number {
    const row = this.rows.take()
    if (row * stride >= this.numbers.length) this.grow(this.rows.capacity)
    this.numbers[row * stride + count] = 0
    this.numbers[row * stride + last + at] = Number.NaN
    return row
  }

  give(row: number): void {
    this.rows.give(row)
  }

  /** Puts a use in its place, once; true when another had to make room for it. */
  learn(row: number, use: Use): boolean {
    const { numbers, ids } = this
    const marked = markOf(use)
    this.learnLast(row, use, marked)
    const base = row * stride + first
    const idBase = row * idStride + 1
    let held = numbers[base - first + count] ?? 0
    const youngest = held > 0 ? (numbers[base + (held - 1) * cells + at] ?? 0) : 0
    const settled = Math.max(use.at, youngest) - usesBackMs
    if (use.at < settled) return false
    for (let n = 0; n < held; n += 1) {
      // The mark has a part of the id, so ids that differ are told apart without reading them.
      const known = numbers[base + n * cells + mark] ?? 0
      if (printIn(known) === printIn(marked) && ids[idBase + n] === use.eventId) return false
    }
    held = this.dropBefore(row, held, settled)
    let place = held
    while (place > 0) {
      const before = numbers[base + (place - 1) * cells + at] ?? 0
      if (isBefore(before, ids[idBase + place - 1] ?? '', use.at, use.eventId)) break
      place -= 1
    }
    this.shift(row, place, held, 1)
    this.put(base + place * cells, use, marked)
    ids[idBase + place] = use.eventId
    held += 1
    const isFull = held > usesMax
    if (isFull) this.shift(row, this.leastTelling(base, held) + 1, held, -1)
    numbers[base - first + count] = isFull ? usesMax : held
    return isFull
  }

  /** The uses of a row as objects, for the few events that hold them against something. */
  list(row: number): readonly Use[] {
    const base = row * stride
    const uses: Use[] = []
    for (let n = 0; n < (this.numbers[base + count] ?? 0); n += 1) {
      uses.push(this.useAt(base + first + n * cells, this.ids[row * idStride + 1 + n] ?? ''))
    }
    return uses
  }

  /** The youngest accepted use of a row. */
  last(row: number): Use | null {
    const place = row * stride + last
    if (Number.isNaN(this.numbers[place + at])) return null
    return this.useAt(place, this.ids[row * idStride] ?? '')
  }

  private learnLast(row: number, use: Use, marked: number): void {
    if (use.outcome !== 'accepted') return
    const place = row * stride + last
    const known = this.numbers[place + at] ?? Number.NaN
    const id = this.ids[row * idStride] ?? ''
    if (!Number.isNaN(known) && !isBefore(known, id, use.at, use.eventId)) return
    this.put(place, use, marked)
    this.ids[row * idStride] = use.eventId
  }

  private put(place: number, use: Use, marked: number): void {
    this.numbers[place + at] = use.at
    this.numbers[place + issued] = use.tokenIssuedAt ?? Number.NaN
    this.numbers[place + mark] = marked
  }

  private useAt(place: number, eventId: string): Use {
    const flags = (this.numbers[place + mark] ?? 0) % 4
    const tokenIssuedAt = this.numbers[place + issued] ?? Number.NaN
    return {
      at: this.numbers[place + at] ?? 0,
      eventId,
      outcome: (flags & accepted) === 0 ? 'refused' : 'accepted',
      observer: (flags & atIdp) === 0 ? 'application' : 'idp',
      tokenIssuedAt: Number.isNaN(tokenIssuedAt) ? null : tokenIssuedAt,
    }
  }

  /** Lets go of what is too old; how many are left. */
  private dropBefore(row: number, held: number, settled: number): number {
    const base = row * stride + first
    let gone = 0
    while (gone < held && (this.numbers[base + gone * cells + at] ?? 0) < settled) gone += 1
    if (gone > 0) this.shift(row, gone, held, -gone)
    return held - gone
  }

  /** Moves the uses from `from` up to `to` by so many places. */
  private shift(row: number, from: number, to: number, by: number): void {
    if (from >= to) return
    const base = row * stride + first
    this.numbers.copyWithin(base + (from + by) * cells, base + from * cells, base + to * cells)
    const idBase = row * idStride + 1
    this.ids.copyWithin(idBase + from + by, idBase + from, idBase + to)
  }

  /**
   * The oldest use that a younger one of the same kind outdoes: many uses of one kind must not push
   * out the last of another, which may mean more.
   */
  private leastTelling(base: number, held: number): number {
    const flagsOf = (n: number) => (this.numbers[base + n * cells + mark] ?? 0) % 4
    for (let n = 0; n < held; n += 1) {
      for (let later = n + 1; later < held; later += 1) {
        if (flagsOf(later) === flagsOf(n)) return n
      }
    }
    return 0
  }

  private grow(rows: number): void {
    const grown = new Float64Array(rows * stride)
    grown.set(this.numbers)
    this.numbers = grown
    this.ids = enlarged(this.ids, rows * idStride, '')
  }
}

/** What kind of use it is, and in front of it 32 bits of its id. */
function markOf({ outcome, observer, eventId }: Use): number {
  let print = 0
  for (let n = 0; n < eventId.length && n < 8; n += 1) {
    print = Math.imul(print, 31) + eventId.charCodeAt(n)
  }
  const flags = (outcome === 'accepted' ? accepted : 0) | (observer === 'idp' ? atIdp : 0)
  return (print >>> 0) * 4 + flags
}

function printIn(marked: number): number {
  return Math.floor(marked / 4)
}
