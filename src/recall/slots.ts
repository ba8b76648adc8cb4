import type { EnrichedEvent } from '../contract/enriched-event.ts'
import { isEvaluable } from '../contract/enriched-event.ts'
import type { FirstSight, Sighting, SubjectMemory } from '../contract/memory.ts'
import {
  countriesMax,
  devicesMax,
  displacementMs,
  networksMax,
  sightingsMax,
  subjectSessionsMax,
} from '../contract/memory.ts'
import { isBefore } from './before.ts'
import type { SessionSlot } from './session-slot.ts'

/** Writable forms of the memory: only this folder holds them. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
export interface FirstsSlot {
  seen: FirstSight[]
  overflow: boolean
}
export interface SubjectSlot
  extends Omit<
    Writable<SubjectMemory>,
    'countries' | 'devices' | 'networks' | 'sightings' | 'sessions'
  > {
  countries: FirstsSlot
  devices: FirstsSlot
  networks: FirstsSlot
  sightings: Sighting[]
  /** The one longest unheard of comes first. */
  sessions: SessionSlot[]
  /** Whether this process has written who the subject is, and with which address. */
  named: boolean
  email: string
}

export function blankSubject(tenant: string, instance: string, ref: string): SubjectSlot {
  return {
    tenant,
    instance,
    ref,
    countries: { seen: [], overflow: false },
    devices: { seen: [], overflow: false },
    networks: { seen: [], overflow: false },
    sightings: [],
    sightingsOverflow: false,
    sessions: [],
    sessionsOverflow: false,
    named: false,
    email: '',
  }
}

/** Which first sights an event brought; most bring none, and then nothing is written. */
export interface NewFirst {
  readonly attribute: 'country' | 'device' | 'network'
  readonly value: string
  readonly at: number
  readonly eventId: string
}

/** Learns what an event shows of its subject; gives back what the store does not know yet. */
export function learnSubject(slot: SubjectSlot, enriched: EnrichedEvent): readonly NewFirst[] {
  const { event, place, network } = enriched
  if (!shows(enriched)) return nothing
  const news: NewFirst[] = []
  const learn = (
    attribute: NewFirst['attribute'],
    firsts: FirstsSlot,
    value: string,
    max: number,
  ) => {
    if (value === '') return
    const { occurredAt: at, id: eventId, sessionKind, sessionId } = event
    if (learnFirst(firsts, { value, at, eventId, sessionKind, sessionId }, max)) {
      news.push({ attribute, value, at, eventId })
    }
  }
  learn('country', slot.countries, place.country, countriesMax)
  learn('device', slot.devices, event.deviceId, devicesMax)
  learn('network', slot.networks, network.asn === 0 ? '' : String(network.asn), networksMax)
  if (isEvaluable(enriched)) learnSighting(slot, enriched)
  return news
}

/** Only a successful presence shows where a subject is; a refused attempt is anybody's. */
function shows({ event }: EnrichedEvent): boolean {
  return (
    event.type === 'session.created' ||
    event.type === 'authentication.succeeded' ||
    (event.type === 'session.used' && event.outcome === 'accepted')
  )
}

const nothing: readonly NewFirst[] = []

/** True when the value is new or is now known from an earlier instant. */
export function learnFirst(firsts: FirstsSlot, first: FirstSight, max: number): boolean {
  const { seen } = firsts
  for (let place = 0; place < seen.length; place += 1) {
    const known = seen[place]
    if (known === undefined || known.value !== first.value) continue
    if (!isBefore(first.at, first.eventId, known.at, known.eventId)) return false
    seen[place] = first
    return true
  }
  // A full slot stays as it is: the store keeps what memory cannot, and the bit says so.
  if (seen.length >= max) firsts.overflow = true
  else seen.push(first)
  return true
}

function learnSighting(slot: SubjectSlot, { event, place }: EnrichedEvent): void {
  // isEvaluable has seen to it that these three are known.
  const { latitude, longitude, accuracyKm } = place
  if (latitude === null || longitude === null || accuracyKm === null) return
  addSighting(slot, {
    at: event.occurredAt,
    eventId: event.id,
    sessionKind: event.sessionKind,
    sessionId: event.sessionId,
    ip: event.ip,
    country: place.country,
    city: place.city,
    latitude,
    longitude,
    accuracyKm,
    saidBy: place.saidBy,
  })
}

/** Puts a sighting in its place, once. */
export function addSighting(slot: SubjectSlot, sighting: Sighting): void {
  const { sightings } = slot
  let place = sightings.length
  for (; place > 0; place -= 1) {
    const known = sightings[place - 1]
    if (!known || isBefore(known.at, known.eventId, sighting.at, sighting.eventId)) break
    if (known.eventId === sighting.eventId) return
  }
  sightings.splice(place, 0, sighting)
  thin(slot)
}

/**
 * Drops the middle ones of a run at one address once they are too old for anything to be put between
 * them: only the ends of a run can be a leg. Past the bound the oldest goes, and that is said.
 */
function thin(slot: SubjectSlot): void {
  const { sightings } = slot
  const settled = (sightings.at(-1)?.at ?? 0) - displacementMs
  for (let place = sightings.length - 2; place > 0; place -= 1) {
    const [before, here, after] = [sightings[place - 1], sightings[place], sightings[place + 1]]
    if (!before || !here || !after || after.at >= settled) continue
    if (before.ip !== here.ip || here.ip !== after.ip) break
    sightings.splice(place, 1)
  }
  if (sightings.length <= sightingsMax) return
  sightings.shift()
  slot.sightingsOverflow = true
}

/** Ties a session to its subject; the one longest unheard of makes room. */
export function joinSession(slot: SubjectSlot, session: SessionSlot): void {
  const { sessions } = slot
  if (sessions.at(-1) === session) return
  // By name: an older slot of the same session knows less than the one that is joined now.
  const place = sessions.findIndex(({ key }) => key === session.key)
  if (place >= 0) sessions.splice(place, 1)
  sessions.push(session)
  if (sessions.length > subjectSessionsMax) {
    sessions.shift()
    slot.sessionsOverflow = true
  }
}
