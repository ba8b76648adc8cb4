import type { EnrichedEvent } from '../contract/enriched-event.ts'
import { isEvaluable } from '../contract/enriched-event.ts'
import type { FirstSight, FirstSights, Sighting, SubjectMemory } from '../contract/memory.ts'
import { countriesMax, devicesMax, networksMax, subjectSessionsMax } from '../contract/memory.ts'
import type { FirstSightNote } from '../contract/notes.ts'
import { isBefore } from './before.ts'
import type { SessionSlot } from './session-slot.ts'
import type { Seen, SightingsTable } from './sightings-table.ts'

/** Shared by all subjects that have none. */
const noFirsts: FirstSights = { seen: [], overflow: false }
const noSightings: readonly Sighting[] = []
const noSessions: SessionSlot[] = []

/** The first sights that a subject's memory keeps, by what they are of, and how many at most. */
const firstsOf = { country: 'countries', device: 'devices', network: 'networks' } as const
const firstsMax = { country: countriesMax, device: devicesMax, network: networksMax } as const
type Attribute = FirstSightNote['attribute']

/** A subject's memory in its writable form: only this folder holds it. */
export class SubjectSlot implements SubjectMemory {
  readonly tenant: string
  readonly instance: string
  readonly ref: string
  countries = noFirsts
  devices = noFirsts
  networks = noFirsts
  sightingsOverflow = false
  /** The one longest unheard of comes first. */
  sessions = noSessions
  sessionsOverflow = false
  /** Whether this process has written who the subject is, and with which address. */
  named = false
  email = ''
  private readonly table: SightingsTable
  /** Where its sightings are; -1 while it has none. */
  private row = -1

  constructor(
    { tenant, instance }: { readonly tenant: string; readonly instance: string },
    ref: string,
    table: SightingsTable,
  ) {
    this.tenant = tenant
    this.instance = instance
    this.ref = ref
    this.table = table
  }

  get sightings(): readonly Sighting[] {
    return this.row < 0 ? noSightings : this.table.list(this.row)
  }

  get lastSightedAt(): number {
    return this.row < 0 ? Number.NaN : this.table.lastAt(this.row)
  }

  get lastSightedIp(): string {
    return this.row < 0 ? '' : this.table.lastIp(this.row)
  }

  addSighting(seen: Seen): void {
    if (this.row < 0) this.row = this.table.take()
    if (this.table.add(this.row, seen)) this.sightingsOverflow = true
  }

  /** Its sightings go; nobody may hold it any longer. */
  forget(): void {
    if (this.row >= 0) this.table.give(this.row)
    this.row = -1
  }
}

/** Learns what an event shows of its subject; tells `note` of first sights the store does not know. */
export function learnSubject(
  slot: SubjectSlot,
  enriched: EnrichedEvent,
  note: (slot: SubjectSlot, attribute: Attribute, first: FirstSight) => void,
): void {
  if (!shows(enriched)) return
  const { event, place, network } = enriched
  const values = { country: place.country, device: event.deviceId, network: numberOf(network.asn) }
  for (const attribute of attributes) {
    const value = values[attribute]
    if (value === '' || isKnown(slot[firstsOf[attribute]], value, event.occurredAt, event.id)) {
      continue
    }
    const { occurredAt: at, id: eventId, sessionKind, sessionId } = event
    const first = { value, at, eventId, sessionKind, sessionId }
    learnFirst(slot, attribute, first)
    note(slot, attribute, first)
  }
  if (isEvaluable(enriched)) {
    const { occurredAt: at, id: eventId, sessionKind, sessionId, ip } = event
    slot.addSighting({ at, eventId, sessionKind, sessionId, ip, place: enriched.place })
  }
}

const attributes = ['country', 'device', 'network'] as const

function numberOf(asn: number): string {
  return asn === 0 ? '' : String(asn)
}

/** Only a successful presence shows where a subject is; a refused attempt is anybody's. */
function shows({ event }: EnrichedEvent): boolean {
  return (
    event.type === 'session.created' ||
    event.type === 'authentication.succeeded' ||
    (event.type === 'session.used' && event.outcome === 'accepted')
  )
}

/** Whether the value is known from an instant that is not later. */
function isKnown({ seen }: FirstSights, value: string, at: number, eventId: string): boolean {
  for (const known of seen) {
    if (known.value === value) return !isBefore(at, eventId, known.at, known.eventId)
  }
  return false
}

/** Keeps a first sight, or the earlier of two of one value. */
export function learnFirst(slot: SubjectSlot, attribute: Attribute, first: FirstSight): void {
  const name = firstsOf[attribute]
  const { seen, overflow } = slot[name]
  if (isKnown(slot[name], first.value, first.at, first.eventId)) return
  const others = seen.filter(({ value }) => value !== first.value)
  // A full slot stays as it is: the store keeps what memory cannot, and the bit says so.
  const isFull = others.length >= firstsMax[attribute]
  slot[name] = isFull ? { seen, overflow: true } : { seen: [...others, first], overflow }
}

/** Ties a session to its subject; the one longest unheard of makes room. */
export function joinSession(slot: SubjectSlot, session: SessionSlot): void {
  const { sessions } = slot
  if (sessions.at(-1) === session) return
  // By name: an older slot of the same session knows less than the one that is joined now.
  const place = sessions.findIndex(({ id, kind }) => id === session.id && kind === session.kind)
  if (place < 0) {
    // Of its exact size: most have one or two, and a list that grows takes room for seventeen.
    slot.sessions = [...sessions, session]
    if (slot.sessions.length <= subjectSessionsMax) return
    slot.sessions.shift()
    slot.sessionsOverflow = true
    return
  }
  sessions.copyWithin(place, place + 1)
  sessions[sessions.length - 1] = session
}
