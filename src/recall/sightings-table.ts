import type { LocatedPlace } from '../contract/enriched-event.ts'
import type { SessionKind } from '../contract/event-words.ts'
import type { Sighting } from '../contract/memory.ts'
import { displacementMs, sightingsMax } from '../contract/memory.ts'
import { isBefore } from './before.ts'
import { enlarged, Rows } from './rows.ts'

/** One more than are kept: a new one goes in before runs are thinned. */
const width = sightingsMax + 1

/** Where an event showed its subject. */
export interface Seen {
  readonly at: number
  readonly eventId: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly ip: string
  readonly place: SightingPlace
}
export type SightingPlace = Pick<
  LocatedPlace,
  'country' | 'city' | 'latitude' | 'longitude' | 'accuracyKm' | 'saidBy'
>

/**
 * The sightings of all subjects in flat columns, `width` places to a row, in order of (at, event id);
 * for the reason why uses lie in columns, see there. Places are objects of enrichment's cache, and
 * an address is kept once for a run at it.
 */
export class SightingsTable {
  private readonly rows = new Rows()
  private counts = new Uint8Array(0)
  private times = new Float64Array(0)
  private readonly ids: string[] = []
  private readonly kinds: SessionKind[] = []
  private readonly sessions: string[] = []
  private readonly ips: string[] = []
  private readonly places: SightingPlace[] = []

  /** An empty row. */
  take(): number {
    const row = this.rows.take()
    if (row >= this.counts.length) this.grow(this.rows.capacity)
    this.counts[row] = 0
    return row
  }

  give(row: number): void {
    this.rows.give(row)
  }

  /** Puts a sighting in its place, once; true when the oldest had to make room for it. */
  add(row: number, { at, eventId, sessionKind, sessionId, ip, place: where }: Seen): boolean {
    const base = row * width
    const count = this.counts[row] ?? 0
    let place = base + count
    for (; place > base; place -= 1) {
      const id = this.ids[place - 1] ?? ''
      if (isBefore(this.times[place - 1] ?? 0, id, at, eventId)) break
      if (id === eventId) return false
    }
    const before = place - 1
    this.shift(place, base + count, 1)
    this.times[place] = at
    this.ids[place] = eventId
    this.kinds[place] = sessionKind
    this.places[place] = where
    // The same text as before it is kept once, and the event's own copy can go with the event.
    this.sessions[place] = before < base ? sessionId : same(this.sessions[before], sessionId)
    this.ips[place] = before < base ? ip : same(this.ips[before], ip)
    return this.thin(row, base, count + 1)
  }

  /** Instant and address of the youngest sighting; NaN and '' while there is none. */
  lastAt(row: number): number {
    const count = this.counts[row] ?? 0
    return count === 0 ? Number.NaN : (this.times[row * width + count - 1] ?? Number.NaN)
  }

  lastIp(row: number): string {
    const count = this.counts[row] ?? 0
    return count === 0 ? '' : (this.ips[row * width + count - 1] ?? '')
  }

  /** The sightings of a row as objects, for the few events that are held against them. */
  list(row: number): readonly Sighting[] {
    const base = row * width
    const sightings: Sighting[] = []
    for (let at = base; at < base + (this.counts[row] ?? 0); at += 1) {
      const place = this.places[at]
      if (!place) continue
      const { country, city, latitude, longitude, accuracyKm, saidBy } = place
      sightings.push({
        at: this.times[at] ?? 0,
        eventId: this.ids[at] ?? '',
        sessionKind: this.kinds[at] ?? 'online',
        sessionId: this.sessions[at] ?? '',
        ip: this.ips[at] ?? '',
        ...{ country, city, latitude, longitude, accuracyKm, saidBy },
      })
    }
    return sightings
  }

  /**
   * Drops the middle ones of a run at one address once they are too old for anything to be put
   * between them: only the ends of a run can be a leg. Past the bound the oldest goes.
   */
  private thin(row: number, base: number, size: number): boolean {
    let count = size
    const settled = (this.times[base + count - 1] ?? 0) - displacementMs
    for (let place = base + count - 2; place > base; place -= 1) {
      if ((this.times[place + 1] ?? 0) >= settled) continue
      const { ips } = this
      if (ips[place - 1] !== ips[place] || ips[place] !== ips[place + 1]) break
      this.shift(place + 1, base + count, -1)
      count -= 1
    }
    const isFull = count > sightingsMax
    if (isFull) this.shift(base + 1, base + count, -1)
    this.counts[row] = isFull ? count - 1 : count
    return isFull
  }

  /** Moves the places from `from` up to `to` by so many. */
  private shift(from: number, to: number, by: number): void {
    if (from >= to) return
    this.times.copyWithin(from + by, from, to)
    for (const column of [this.ids, this.kinds, this.sessions, this.ips, this.places]) {
      column.copyWithin(from + by, from, to)
    }
  }

  private grow(rows: number): void {
    this.counts = enlarged(this.counts, new Uint8Array(rows))
    this.times = enlarged(this.times, new Float64Array(rows * width))
    while (this.ids.length < rows * width) {
      this.ids.push('')
      this.kinds.push('online')
      this.sessions.push('')
      this.ips.push('')
      this.places.push(nowhere)
    }
  }
}

const nowhere: SightingPlace = {
  country: '',
  city: '',
  latitude: 0,
  longitude: 0,
  accuracyKm: 0,
  saidBy: '',
}

function same(known: string | undefined, value: string): string {
  return known === value ? known : value
}
