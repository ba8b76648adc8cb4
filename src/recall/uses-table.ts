import type { Use } from '../contract/memory.ts'
import { displacementMs, hindsightMs, usesMax } from '../contract/memory.ts'
import { isBefore } from './before.ts'
import { enlarged, Rows } from './rows.ts'

/** How long a use stays: young enough for an end or an expiry to be heard of after it. */
const usesBackMs = hindsightMs + displacementMs

/** One more than are kept: the youngest goes in before the one that makes room for it is chosen. */
const width = usesMax + 1

const accepted = 1
const atIdp = 2

/**
 * The uses of all sessions in flat columns, `width` places to a row. As objects they would live just
 * long enough to be carried into the old generation one by one, and collecting them there costs
 * more than judging them. A row belongs to one session, in order of (at, event id).
 */
export class UsesTable {
  private readonly rows = new Rows()
  private counts = new Uint8Array(0)
  private times = new Float64Array(0)
  private issued = new Float64Array(0)
  private flags = new Uint8Array(0)
  private readonly ids: string[] = []
  /** A number for each id, so that ids that differ are told apart without reading them. */
  private prints = new Uint32Array(0)
  /** The youngest accepted use of each row; its time is NaN while there is none. */
  private lastTimes = new Float64Array(0)
  private lastIssued = new Float64Array(0)
  private lastFlags = new Uint8Array(0)
  private readonly lastIds: string[] = []

  /** An empty row. */
  take(): number {
    const row = this.rows.take()
    if (row >= this.counts.length) this.grow(this.rows.capacity)
    this.counts[row] = 0
    this.lastTimes[row] = Number.NaN
    return row
  }

  give(row: number): void {
    this.rows.give(row)
  }

  /** Puts a use in its place, once; true when another had to make room for it. */
  learn(row: number, use: Use): boolean {
    const { at, eventId } = use
    this.learnLast(row, use)
    const print = printOf(eventId)
    const base = row * width
    let count = this.counts[row] ?? 0
    const youngest = count > 0 ? (this.times[base + count - 1] ?? 0) : 0
    const settled = Math.max(at, youngest) - usesBackMs
    if (at < settled || this.holds(base, count, eventId, print)) return false
    count = this.dropBefore(base, count, settled)
    let place = base + count
    while (place > base && !this.isBeforeUse(place - 1, at, eventId)) place -= 1
    this.shift(place, base + count, 1)
    this.times[place] = at
    this.issued[place] = use.tokenIssuedAt ?? Number.NaN
    this.flags[place] = flagsOf(use)
    this.ids[place] = eventId
    this.prints[place] = print
    count += 1
    const isFull = count > usesMax
    if (isFull) this.shift(this.leastTelling(base, count) + 1, base + count, -1)
    this.counts[row] = Math.min(count, usesMax)
    return isFull
  }

  /** The uses of a row as objects, for the few events that hold them against something. */
  list(row: number): readonly Use[] {
    const base = row * width
    const count = this.counts[row] ?? 0
    const uses: Use[] = []
    for (let place = base; place < base + count; place += 1) {
      uses.push(useFrom(this.times[place], this.ids[place], this.flags[place], this.issued[place]))
    }
    return uses
  }

  /** The youngest accepted use of a row. */
  last(row: number): Use | null {
    const at = this.lastTimes[row] ?? Number.NaN
    if (Number.isNaN(at)) return null
    return useFrom(at, this.lastIds[row], this.lastFlags[row], this.lastIssued[row])
  }

  private learnLast(row: number, use: Use): void {
    if (use.outcome !== 'accepted') return
    const at = this.lastTimes[row] ?? Number.NaN
    const isKnown = !Number.isNaN(at)
    if (isKnown && !isBefore(at, this.lastIds[row] ?? '', use.at, use.eventId)) return
    this.lastTimes[row] = use.at
    this.lastIssued[row] = use.tokenIssuedAt ?? Number.NaN
    this.lastFlags[row] = flagsOf(use)
    this.lastIds[row] = use.eventId
  }

  private holds(base: number, count: number, eventId: string, print: number): boolean {
    for (let place = base; place < base + count; place += 1) {
      if (this.prints[place] === print && this.ids[place] === eventId) return true
    }
    return false
  }

  /** Lets go of what is too old; what is left. */
  private dropBefore(base: number, count: number, settled: number): number {
    let gone = 0
    while (gone < count && (this.times[base + gone] ?? 0) < settled) gone += 1
    if (gone > 0) this.shift(base + gone, base + count, -gone)
    return count - gone
  }

  private isBeforeUse(place: number, at: number, eventId: string): boolean {
    return isBefore(this.times[place] ?? 0, this.ids[place] ?? '', at, eventId)
  }

  /** Moves the places from `from` up to `to` by so many. */
  private shift(from: number, to: number, by: number): void {
    if (from >= to) return
    this.times.copyWithin(from + by, from, to)
    this.issued.copyWithin(from + by, from, to)
    this.flags.copyWithin(from + by, from, to)
    this.ids.copyWithin(from + by, from, to)
    this.prints.copyWithin(from + by, from, to)
  }

  /**
   * The place of the oldest use that a younger one of the same kind outdoes: many uses of one kind
   * must not push out the last of another, which may mean more.
   */
  private leastTelling(base: number, count: number): number {
    for (let place = base; place < base + count; place += 1) {
      for (let later = place + 1; later < base + count; later += 1) {
        if (this.flags[later] === this.flags[place]) return place
      }
    }
    return base
  }

  private grow(rows: number): void {
    this.counts = enlarged(this.counts, new Uint8Array(rows))
    this.times = enlarged(this.times, new Float64Array(rows * width))
    this.issued = enlarged(this.issued, new Float64Array(rows * width))
    this.flags = enlarged(this.flags, new Uint8Array(rows * width))
    this.prints = enlarged(this.prints, new Uint32Array(rows * width))
    this.lastTimes = enlarged(this.lastTimes, new Float64Array(rows))
    this.lastIssued = enlarged(this.lastIssued, new Float64Array(rows))
    this.lastFlags = enlarged(this.lastFlags, new Uint8Array(rows))
    while (this.ids.length < rows * width) this.ids.push('')
    while (this.lastIds.length < rows) this.lastIds.push('')
  }
}

function printOf(eventId: string): number {
  let print = 0
  for (let at = 0; at < eventId.length && at < 8; at += 1) {
    print = Math.imul(print, 31) + eventId.charCodeAt(at)
  }
  return print >>> 0
}

function flagsOf({ outcome, observer }: Use): number {
  return (outcome === 'accepted' ? accepted : 0) | (observer === 'idp' ? atIdp : 0)
}

function useFrom(at = 0, eventId = '', flags = 0, issued = Number.NaN): Use {
  return {
    at,
    eventId,
    outcome: (flags & accepted) === 0 ? 'refused' : 'accepted',
    observer: (flags & atIdp) === 0 ? 'application' : 'idp',
    tokenIssuedAt: Number.isNaN(issued) ? null : issued,
  }
}
