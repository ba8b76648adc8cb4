import type { FirstSightFact } from '../contract/derived-facts.ts'
import type { EnrichedEvent, LocatedPlace } from '../contract/enriched-event.ts'
import type { CauseFacts, SessionEvent } from '../contract/event.ts'
import { travel } from '../contract/journeys.ts'
import type {
  CredentialChange,
  FirstSight,
  FirstSights,
  RecoveryRequest,
} from '../contract/memory.ts'
import {
  changesMax,
  countriesMax,
  devicesMax,
  networksMax,
  recoveriesMax,
  subjectSessionsMax,
} from '../contract/memory.ts'
import { countryShown, isLocated, networkShown, showsSubject } from '../contract/placing.ts'
import { isBefore } from './event-order.ts'
import { learnSignOut, signOutOf } from './sign-outs.ts'
import type { SessionSlot, SubjectSlot } from './slots.ts'

/** The first sights that a subject's memory keeps, by what they are of, and how many at most. */
const firstsOf = { country: 'countries', device: 'devices', network: 'networks' } as const
const firstsMax = { country: countriesMax, device: devicesMax, network: networksMax } as const
type Attribute = FirstSightFact['attribute']

/** Learns what an event shows of its subject; tells `note` of first sights the store does not know. */
export function learnSubject(
  slot: SubjectSlot,
  enriched: EnrichedEvent,
  session: SessionSlot | null,
  note: (slot: SubjectSlot, attribute: Attribute, first: FirstSight) => void,
): void {
  learnAct(slot, enriched.event)
  if (!showsSubject(enriched.event, session)) return
  if (!showsTheSame(slot, enriched)) learnFirsts(slot, enriched, note)
  if (isLocated(enriched)) learnSighting(slot, enriched)
}

function learnSighting(
  slot: SubjectSlot,
  { event, place }: EnrichedEvent & { readonly place: LocatedPlace },
): void {
  const { occurredAt: at, id: eventId, sessionKind, sessionId, ip } = event
  const { country, city, latitude, longitude, accuracyKm, saidBy } = place
  const shown = { at, eventId, sessionKind, sessionId, ip }
  const here = { ...shown, country, city, latitude, longitude, accuracyKm, saidBy }
  slot.journeys = travel(slot, here)?.journeys ?? slot.journeys
  slot.addSighting({ ...shown, place })
}

/** Whether all that an event shows was shown by the event before, which is no younger. */
function showsTheSame(slot: SubjectSlot, enriched: EnrichedEvent): boolean {
  const { event } = enriched
  const country = countryShown(enriched)
  const network = networkShown(enriched)
  const { occurredAt, deviceId } = event
  if (
    occurredAt > slot.lastShownAt &&
    country === slot.lastShownCountry &&
    network === slot.lastShownAsn &&
    deviceId === slot.lastShownDevice
  ) {
    return true
  }
  slot.lastShownAt = occurredAt
  slot.lastShownCountry = country
  slot.lastShownAsn = network
  if (deviceId !== slot.lastShownDevice) slot.lastShownDevice = deviceId
  return false
}

function learnFirsts(
  slot: SubjectSlot,
  enriched: EnrichedEvent,
  note: (slot: SubjectSlot, attribute: Attribute, first: FirstSight) => void,
): void {
  const { event } = enriched
  const country = countryShown(enriched)
  const network = numberOf(networkShown(enriched))
  const values = { country, device: event.deviceId, network }
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
}

const attributes = ['country', 'device', 'network'] as const

function numberOf(asn: number): string {
  return asn === 0 ? '' : String(asn)
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
  slot[name] = isFull ? { seen, overflow: true } : { seen: others.concat(first), overflow }
}

/** What was done to a subject and later events are held against. */
function learnAct(slot: SubjectSlot, event: SessionEvent): void {
  const { type, initiatorKind, initiatorSessionId: flowId } = event
  const isDemand = initiatorKind === 'admin'
  // After an administrator's reset of no flow the person is to set a password of their own.
  const isReset = type === 'credential.reset' && isDemand && flowId === ''
  if (isReset || type === 'credential.reset_requested') {
    learnRecovery(slot, { at: event.occurredAt, eventId: event.id, flowId, isDemand })
  } else if (isCredentialChange(type) && !isDemand) learnChange(slot, changeOf(event))
  else if (type === 'subject.signed_out') learnSignOut(slot, signOutOf(event))
}

/** A reset by its owner is one: it answers the requests before it. */
export function isCredentialChange(
  type: string,
): type is 'credential.changed' | 'factor.changed' | 'credential.reset' {
  return type === 'credential.changed' || type === 'factor.changed' || type === 'credential.reset'
}

function changeOf(event: SessionEvent): CredentialChange {
  const { tenant, instance, id, type, occurredAt, receivedAt, lane, mayAct } = event
  const { subjectId, subjectRef, sessionKind, sessionId, scopeKind, scopeId } = event
  const { organizationId, connectionId, deviceId, grantId, reason } = event
  const { initiatorKind, initiatorId, initiatorSessionId } = event
  return {
    ...{ tenant, instance, id, type, occurredAt, receivedAt, lane, mayAct },
    ...{ subjectId, subjectRef, sessionKind, sessionId, scopeKind, scopeId },
    ...{ organizationId, connectionId, deviceId, grantId, reason },
    ...{ initiatorKind, initiatorId, initiatorSessionId, toldAs: [] },
  }
}

/**
 * Keeps a change, and of its copies one that may act; the oldest of too many makes room. Requests before
 * it go with it: whether it answered them would not be known any more.
 */
export function learnChange(slot: SubjectSlot, change: CredentialChange): void {
  const known = slot.changes.find(({ id }) => id === change.id)
  if (change.occurredAt <= slot.changesSince || (known && (acts(known) || !acts(change)))) return
  const toldAs = known?.toldAs ?? change.toldAs
  const changes = [...slot.changes.filter((each) => each !== known), { ...change, toldAs }]
  changes.sort((one, other) => other.occurredAt - one.occurredAt)
  const forgotten = changes[changesMax]
  slot.changes = changes.slice(0, changesMax)
  if (!forgotten) return
  slot.changesSince = forgotten.occurredAt
  slot.recoveries = slot.recoveries.filter(({ at }) => at > forgotten.occurredAt)
}

const acts = ({ mayAct, lane }: CauseFacts) => mayAct && lane === 'live'

/** Keeps a request; the oldest of too many of its kind makes room. */
export function learnRecovery(slot: SubjectSlot, request: RecoveryRequest): void {
  if (request.at <= slot.changesSince) return
  if (slot.recoveries.some(({ eventId }) => eventId === request.eventId)) return
  const all = [...slot.recoveries, request].sort((one, other) => other.at - one.at)
  // Apart, so that nobody can have an administrator's demand forgotten by asking for mails.
  const demands = all.filter(({ isDemand }) => isDemand).slice(0, recoveriesMax)
  const mails = all.filter(({ isDemand }) => !isDemand).slice(0, recoveriesMax)
  slot.recoveries = [...demands, ...mails]
}

/** Ties a session to its subject; the one longest unheard of makes room. */
export function joinSession(slot: SubjectSlot, session: SessionSlot): void {
  session.subject = slot
  const { sessions } = slot
  if (sessions.at(-1) === session) return
  // By name: an older slot of the same session knows less than the one that is joined now.
  const place = sessions.findIndex(({ id, kind }) => id === session.id && kind === session.kind)
  if (place < 0) {
    // `concat` makes a list of its exact size: most have one or two, and one that grows, as a spread
    // does, takes room for seventeen.
    slot.sessions = sessions.concat(session)
    if (slot.sessions.length <= subjectSessionsMax) return
    slot.sessions.shift()
    slot.sessionsOverflow = true
    return
  }
  sessions.copyWithin(place, place + 1)
  sessions[sessions.length - 1] = session
}
