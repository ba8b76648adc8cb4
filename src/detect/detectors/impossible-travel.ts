import type { Moment, Sighting } from '../../contract/memory.ts'
import { isLocated, showsSubject } from '../../contract/placing.ts'
import type { Detector, Sight } from '../detector.ts'
import { nothing } from '../detector.ts'
import { distanceKm } from '../distance.ts'

/** Faster than airliners fly, and farther than a wrong look-up is off. */
const speedKmhMax = 900
const distanceKmMin = 300

/**
 * Judged against both neighbours in time, so the order of arrival does not matter. An event that
 * lands between two others replaces their pair: one of its own legs is at least as fast, so nothing
 * is lost by withdrawing the longer one. Both radii are subtracted: without an error term a speed
 * limit is a detector of mobile carriers.
 */
export const detector: Detector = {
  id: 'impossible-travel',
  title: 'A subject is in two places too far apart for the time between',
  kind: 'pair',
  family: 'behaviour',
  severity: 'medium',
  mode: 'inform',
  attack: ['T1078', 'T1550.004'],
  runbook:
    'Compare devices and networks of both sessions; end the one the person does not recognise.',
  types: ['session.created', 'session.used', 'authentication.succeeded'],
  inspect: (moment) => {
    const { event, subject } = moment
    if (!subject) return nothing
    // By far most events: later than all that is known, and at the address of the one before.
    if (event.ip === subject.lastSightedIp && event.occurredAt > subject.lastSightedAt) {
      return nothing
    }
    const here = sightingOf(moment)
    if (!here) return nothing
    const { sightings } = subject
    let place = sightings.length
    while (place > 0 && isAfter(sightings[place - 1], here)) place -= 1
    const before = sightings[place - 1]
    const after = sightings[place]
    if (before?.eventId === here.eventId) return nothing
    // Its true neighbour may be one that memory had to drop; guessing another would accuse anybody.
    if (!before && subject.sightingsOverflow) return nothing
    const sights: Sight[] = []
    if (before) sights.push(...leg(before, here, true))
    if (after) sights.push(...leg(here, after, true))
    if (before && after) sights.push(...leg(before, after, false))
    return sights
  },
  examples: [
    {
      name: 'a flight that airliners fly',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 300, from: 'lisbon', ip: '192.0.2.2' },
      ],
      finds: [],
    },
    {
      name: 'Warsaw and Tokyo within the hour',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 60, from: 'tokyo', ip: '192.0.2.3' },
      ],
      finds: ['0 1'],
    },
    {
      name: 'one address that the database moved',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 60, from: 'tokyo', ip: '192.0.2.1' },
      ],
      finds: [],
    },
    {
      name: 'the middle of the journey is heard of last',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 60, from: 'tokyo', ip: '192.0.2.3' },
        { minute: 59, from: 'warsaw', ip: '192.0.2.1' },
      ],
      finds: ['1 2'],
    },
  ],
}

function sightingOf(moment: Moment): Sighting | undefined {
  if (!showsSubject(moment.event, moment.session) || !isLocated(moment)) return undefined
  const { event, place } = moment
  return {
    at: event.occurredAt,
    eventId: event.id,
    sessionKind: event.sessionKind,
    sessionId: event.sessionId,
    ip: event.ip,
    country: place.country,
    city: place.city,
    latitude: place.latitude,
    longitude: place.longitude,
    accuracyKm: place.accuracyKm,
    saidBy: place.saidBy,
  }
}

function isAfter(one: Sighting | undefined, other: Sighting): boolean {
  if (!one) return false
  return one.at > other.at || (one.at === other.at && one.eventId > other.eventId)
}

/** The leg between two sightings when nobody can have travelled it. */
function leg(from: Sighting, to: Sighting, standing: boolean): readonly Sight[] {
  if (from.ip === to.ip || from.saidBy !== to.saidBy) return nothing
  const km = distanceKm(from, to) - from.accuracyKm - to.accuracyKm
  const hours = (to.at - from.at) / 3_600_000
  if (km < distanceKmMin || km <= speedKmhMax * hours) return nothing
  const minutes = Math.round(hours * 60)
  const nameOf = (place: Sighting) =>
    `${place.city === '' ? '' : `${place.city}, `}${place.country}`
  return [
    {
      on: 'subject',
      about: [from.eventId, to.eventId].sort(),
      standing,
      at: to.at,
      eventIds: [from.eventId, to.eventId].sort(),
      why: standing
        ? `${nameOf(from)} and ${nameOf(to)}, at least ${Math.round(km)} km apart, within ${minutes} minutes.`
        : 'An event between the two takes their place.',
      facts: { fromCountry: from.country, toCountry: to.country, km: Math.round(km), minutes },
      session: { kind: to.sessionKind, id: to.sessionId },
    },
  ]
}
