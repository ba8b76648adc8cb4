import type { LocatedPlace } from '../contract/enriched-event.ts'
import type { SessionKind } from '../contract/event-words.ts'
import type { Sighting } from '../contract/memory.ts'
import { displacementMs, sightingsMax } from '../contract/memory.ts'
import { isBefore } from './event-order.ts'
import { enlarged, RowAllocator } from './row-allocator.ts'
import { sessionKindOf } from './session-kind.ts'

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

/** Texts of a sighting: its event, its session, that one's kind, its address. */
const id = 0
const session = 1
const kind = 2
const ip = 3
const cells = 4

/** Numbers of a row: how many sightings, and their times. */
const count = 0
const first = 1
const stride = first + width

/**
 * The sightings of all subjects, a row of each for every subject, in order of (at, event id); for the
 * reason why they are no objects, see the table of uses. Places are objects of enrichment's cache,
 * and a text that says the same as before it is kept once.
 */
export class SightingsTable {
  private readonly rows = new RowAllocator()
  private numbers = new Float64Array(0)
  private texts: string[] = []
  private places: SightingPlace[] = []

  /** An empty row. */
  take(): number {
    const row = this.rows.take()
    if (row * stride >= this.numbers.length) this.grow(this.rows.capacity)
    this.numbers[row * stride + count] = 0
    return row
  }

  give(row: number): void {
    this.rows.give(row)
  }

  /** Puts a sighting in its place, once; true when the oldest had to make room for it. */
  add(row: number, seen: Seen): boolean {
    const { numbers, texts } = this
    const base = row * stride + first
    const textBase = row * width * cells
    const held = numbers[base - first + count] ?? 0
    let place = held
    for (; place > 0; place -= 1) {
      const known = texts[textBase + (place - 1) * cells + id] ?? ''
      if (isBefore(numbers[base + place - 1] ?? 0, known, seen.at, seen.eventId)) break
      if (known === seen.eventId) return false
    }
    this.shift(row, place, held, 1)
    numbers[base + place] = seen.at
    this.places[row * width + place] = seen.place
    const text = textBase + place * cells
    texts[text + id] = seen.eventId
    texts[text + kind] = seen.sessionKind
    // Then the event's own copy can go with the event.
    const before = place === 0 ? text : text - cells
    texts[text + session] = keptOf(texts[before + session], seen.sessionId)
    texts[text + ip] = keptOf(texts[before + ip], seen.ip)
    return this.thin(row, held + 1)
  }

  /** Instant and address of the youngest sighting; NaN and '' while there is none. */
  lastAt(row: number): number {
    const held = this.numbers[row * stride + count] ?? 0
    return held === 0 ? Number.NaN : (this.numbers[row * stride + first + held - 1] ?? Number.NaN)
  }

  lastIp(row: number): string {
    const held = this.numbers[row * stride + count] ?? 0
    return held === 0 ? '' : (this.texts[(row * width + held - 1) * cells + ip] ?? '')
  }

  /** The sightings of a row as objects, for the few events that are held against them. */
  list(row: number): readonly Sighting[] {
    const sightings: Sighting[] = []
    for (let n = 0; n < (this.numbers[row * stride + count] ?? 0); n += 1) {
      const place = this.places[row * width + n]
      if (!place) continue
      const text = (row * width + n) * cells
      const { country, city, latitude, longitude, accuracyKm, saidBy } = place
      sightings.push({
        at: this.numbers[row * stride + first + n] ?? 0,
        eventId: this.texts[text + id] ?? '',
        sessionKind: sessionKindOf(this.texts[text + kind]),
        sessionId: this.texts[text + session] ?? '',
        ip: this.texts[text + ip] ?? '',
        ...{ country, city, latitude, longitude, accuracyKm, saidBy },
      })
    }
    return sightings
  }

  /**
   * Drops the middle ones of a run at one address once they are too old for anything to be put
   * between them: only the ends of a run can be a leg. Past the bound the oldest goes.
   */
  private thin(row: number, size: number): boolean {
    const { numbers, texts } = this
    const base = row * stride + first
    const ipAt = (n: number) => texts[(row * width + n) * cells + ip]
    let held = size
    const settled = (numbers[base + held - 1] ?? 0) - displacementMs
    for (let n = held - 2; n > 0; n -= 1) {
      if ((numbers[base + n + 1] ?? 0) >= settled) continue
      if (ipAt(n - 1) !== ipAt(n) || ipAt(n) !== ipAt(n + 1)) break
      this.shift(row, n + 1, held, -1)
      held -= 1
    }
    const isFull = held > sightingsMax
    if (isFull) this.shift(row, 1, held, -1)
    numbers[base - first + count] = isFull ? held - 1 : held
    return isFull
  }

  /** Moves the sightings from `from` up to `to` by so many places. */
  private shift(row: number, from: number, to: number, by: number): void {
    if (from >= to) return
    const base = row * stride + first
    this.numbers.copyWithin(base + from + by, base + from, base + to)
    const text = row * width * cells
    this.texts.copyWithin(text + (from + by) * cells, text + from * cells, text + to * cells)
    const place = row * width
    this.places.copyWithin(place + from + by, place + from, place + to)
  }

  private grow(rows: number): void {
    const grown = new Float64Array(rows * stride)
    grown.set(this.numbers)
    this.numbers = grown
    this.places = enlarged(this.places, rows * width, nowhere)
    this.texts = enlarged(this.texts, rows * width * cells, '')
  }
}

/** The text that is kept already, where it says the same. */
function keptOf(known: string | undefined, text: string): string {
  return known === text ? known : text
}

const nowhere: SightingPlace = {
  country: '',
  city: '',
  latitude: 0,
  longitude: 0,
  accuracyKm: 0,
  saidBy: '',
}
