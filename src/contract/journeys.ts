import { distanceKm } from './distance.ts'
import type { EnrichedEvent } from './enriched-event.ts'
import type { Journey, Leg, SessionMemory, Sighting, SubjectMemory } from './memory.ts'
import { isLocated, showsSubject } from './placing.ts'

/**
 * Journeys that nobody can have made. A leg leads from one sighting of a subject to the next. All
 * legs between the same two places within a day of the first are one journey, in whichever direction,
 * session or application: one finding covers it, while a person with a machine that answers from
 * elsewhere makes hundreds of legs. Memory and the detector use this same rule.
 */

/** Faster than airliners fly, and farther than a wrong look-up is off. */
const speedKmhMax = 900
const distanceKmMin = 300

/** How long after its first leg another leg between its places still belongs to a journey. */
export const journeyMs = 24 * 60 * 60_000

/** Journeys of a subject kept in memory, and latest legs of each, which late events may change. */
export const journeysMax = 8
export const recentLegsMax = 16

/** Where an event locates its subject, when that can be an end of a leg. */
export function sightingOf(
  context: Omit<EnrichedEvent, 'device'> & { readonly session: SessionMemory | null },
): Sighting | undefined {
  if (!showsSubject(context.event, context.session) || !isLocated(context)) return undefined
  const { event, place } = context
  const { occurredAt: at, id: eventId, sessionKind, sessionId, ip } = event
  const { country, city, latitude, longitude, accuracyKm, saidBy } = place
  return {
    at,
    eventId,
    sessionKind,
    sessionId,
    ip,
    country,
    city,
    latitude,
    longitude,
    accuracyKm,
    saidBy,
  }
}

/** The effect of a sighting on the journeys of its subject. */
export interface Travelled {
  readonly journeys: readonly Journey[]
  /** New or changed journeys, and those without any leg left. */
  readonly changed: readonly Journey[]
  readonly gone: readonly Journey[]
}

/**
 * Adds a sighting to the journeys of its subject. Judged against both neighbours in time, so the
 * order of arrival does not matter: one that lands between two others replaces their leg, and one of
 * its own legs is at least as fast, so nothing is lost. Undefined when it changes nothing.
 */
export function travel(
  subject: Pick<
    SubjectMemory,
    'sightings' | 'sightingsOverflow' | 'journeys' | 'lastSightedAt' | 'lastSightedIp'
  >,
  here: Sighting,
): Travelled | undefined {
  // The common case: later than all others, and at the address of the one before.
  if (here.ip === subject.lastSightedIp && here.at > subject.lastSightedAt) return undefined
  const { sightings, journeys } = subject
  let place = sightings.length
  while (place > 0 && isAfter(sightings[place - 1], here)) place -= 1
  const before = sightings[place - 1]
  const after = sightings[place]
  if (before?.eventId === here.eventId) return undefined
  // Its true neighbour may have been evicted from memory; a guess could accuse an innocent person.
  if (!before && subject.sightingsOverflow) return undefined
  const replaced = before && after ? legOf(before, after) : undefined
  const made = [before && legOf(before, here), after && legOf(here, after)]
  let now = replaced ? without(journeys, replaced) : journeys
  for (const leg of made) if (leg) now = withLeg(now, leg)
  if (now === journeys) return undefined
  return {
    journeys: now.length > journeysMax ? youngest(now) : now,
    changed: now.filter((journey) => !journeys.some((known) => isSameAnswer(known, journey))),
    gone: journeys.filter((known) => !now.some((journey) => isSame(journey, known))),
  }
}

function isAfter(one: Sighting | undefined, other: Sighting): boolean {
  if (!one) return false
  return one.at > other.at || (one.at === other.at && one.eventId > other.eventId)
}

/** The leg between two sightings in order of time, when nobody can have travelled it. */
export function legOf(from: Sighting, to: Sighting): Leg | undefined {
  if (from.ip === to.ip || from.saidBy !== to.saidBy) return undefined
  const km = distanceKm(from, to) - from.accuracyKm - to.accuracyKm
  const hours = (to.at - from.at) / 3_600_000
  if (km < distanceKmMin || km <= speedKmhMax * hours) return undefined
  return {
    at: to.at,
    seconds: Math.round((to.at - from.at) / 1000),
    km,
    from: nameOf(from),
    to: nameOf(to),
    fromCountry: from.country,
    toCountry: to.country,
    fromEventId: from.eventId,
    toEventId: to.eventId,
    sessionKind: to.sessionKind,
    sessionId: to.sessionId,
  }
}

const nameOf = ({ city, country }: Sighting) => (city === '' ? country : `${city}, ${country}`)

export function placesOf(leg: Pick<Leg, 'from' | 'to' | 'fromCountry' | 'toCountry'>) {
  const { from, to, fromCountry, toCountry } = leg
  const [one, other] = fromCountry === toCountry ? [from, to] : [fromCountry, toCountry]
  return one < other ? ([one, other] as const) : ([other, one] as const)
}

const isLeg = (one: Leg, other: Leg) =>
  one.fromEventId === other.fromEventId && one.toEventId === other.toEventId

const isSame = (one: Journey, other: Journey) =>
  one.places[0] === other.places[0] &&
  one.places[1] === other.places[1] &&
  one.first.toEventId === other.first.toEventId

const isSameAnswer = (one: Journey, other: Journey) =>
  isSame(one, other) &&
  isLeg(one.first, other.first) &&
  isLeg(one.recent.at(-1) ?? one.first, other.recent.at(-1) ?? other.first) &&
  one.count === other.count

const inTime = (one: Leg, other: Leg) =>
  one.at - other.at || (one.toEventId < other.toEventId ? -1 : 1)

/** Whether a leg is already in a finding: a batch is judged again after a crash. */
function isCounted({ recent, told, lastAt }: Journey, leg: Leg): boolean {
  if (recent.some((known) => isLeg(known, leg))) return true
  return leg.at <= lastAt && told.includes(leg.fromEventId) && told.includes(leg.toEventId)
}

function withLeg(journeys: readonly Journey[], leg: Leg): readonly Journey[] {
  const places = placesOf(leg)
  const near = journeys.filter(
    (journey) =>
      journey.places[0] === places[0] &&
      journey.places[1] === places[1] &&
      Math.abs(leg.at - journey.first.at) < journeyMs,
  )
  const mine = near.find(({ first }) => first.at <= leg.at) ?? near[0]
  if (!mine) {
    const journey = { places, first: leg, lastAt: leg.at, count: 1, recent: [leg], told: [] }
    return [...journeys, journey]
  }
  if (isCounted(mine, leg)) return journeys
  const recent = [...mine.recent, leg].sort(inTime)
  const grown: Journey = {
    ...mine,
    first: inTime(leg, mine.first) < 0 ? leg : mine.first,
    lastAt: Math.max(mine.lastAt, leg.at),
    count: mine.count + 1,
    recent: recent.slice(-recentLegsMax),
  }
  return journeys.map((journey) => (journey === mine ? grown : journey))
}

/** Only a leg of a moment ago can be replaced, so it is among the recent ones. */
function without(journeys: readonly Journey[], leg: Leg): readonly Journey[] {
  const mine = journeys.find(({ recent }) => recent.some((known) => isLeg(known, leg)))
  if (!mine) return journeys
  const recent = mine.recent.filter((known) => !isLeg(known, leg))
  const [next] = recent
  if (mine.count === 1 || !next) return journeys.filter((journey) => journey !== mine)
  const shrunk: Journey = {
    ...mine,
    first: isLeg(mine.first, leg) ? next : mine.first,
    lastAt: recent.at(-1)?.at ?? mine.lastAt,
    count: mine.count - 1,
    recent,
  }
  return journeys.map((journey) => (journey === mine ? shrunk : journey))
}

function youngest(journeys: readonly Journey[]): readonly Journey[] {
  return [...journeys].sort((one, other) => one.lastAt - other.lastAt).slice(-journeysMax)
}
