import type { SessionEvent } from '../contract/event.ts'
import { blankEvent } from '../contract/event.ts'
import type { SessionKind } from '../contract/event-words.ts'
import { sessionKey } from '../contract/identity.ts'
import type { Use } from '../contract/memory.ts'
import { countriesMax, devicesMax, networksMax, sightingsMax, usesMax } from '../contract/memory.ts'
import type { Fact } from './refill.ts'
import type { Grace, SessionSlot } from './session-slot.ts'
import { blankSession, learnSession, withTurn } from './session-slot.ts'
import type { FirstsSlot, SubjectSlot } from './slots.ts'
import { joinSession } from './slots.ts'

/** Where restored slots are found or made; recall's maps. */
export interface Shelves {
  readonly subject: (ref: string) => SubjectSlot | undefined
  readonly session: (key: string, blank: () => SessionSlot) => SessionSlot
}

/**
 * Rebuilds slots from what the store told. A slot rebuilt so holds what it would hold had the
 * process never stopped, but for uses older than the refill looked back: those are said by overflow.
 */
export function restore(
  facts: readonly Fact[],
  of: { readonly tenant: string; readonly instance: string; readonly grace: Grace },
  shelves: Shelves,
): void {
  for (const fact of facts) {
    if (fact.part === 'first') restoreFirst(fact, shelves.subject(fact.ref))
    else if (fact.part === 'sighting') restoreSighting(fact, shelves.subject(fact.ref))
    else if (fact.part === 'session') restoreSession(fact, of, shelves)
  }
  // Uses after sessions: whether a use came after the end is asked of a session that knows its end.
  for (const fact of facts) if (fact.part === 'use') restoreUse(fact, of, shelves)
}

function restoreFirst({ text, number }: Fact, slot: SubjectSlot | undefined): void {
  const [attribute = '', value = '', eventId = ''] = text
  const firsts = slot && firstsOf(slot, attribute)
  if (!firsts) return
  if (firsts.slot.seen.length >= firsts.max) firsts.slot.overflow = true
  else firsts.slot.seen.push({ value, at: number[0] ?? 0, eventId })
}

function firstsOf(
  slot: SubjectSlot,
  attribute: string,
): { slot: FirstsSlot; max: number } | undefined {
  if (attribute === 'country') return { slot: slot.countries, max: countriesMax }
  if (attribute === 'device') return { slot: slot.devices, max: devicesMax }
  if (attribute === 'network') return { slot: slot.networks, max: networksMax }
  return undefined
}

function restoreSighting({ text, number }: Fact, slot: SubjectSlot | undefined): void {
  const [eventId = '', kind = '', sessionId = '', ip = '', country = '', city = '', saidBy = ''] =
    text
  const [at, latitude, longitude, accuracyKm] = number
  if (!slot || typeof latitude !== 'number' || typeof longitude !== 'number') return
  if (slot.sightings.length >= sightingsMax || slot.sightings.some((s) => s.eventId === eventId))
    return
  // The store gives the youngest first; memory keeps them in the order of time.
  slot.sightings.unshift({
    at: at ?? 0,
    eventId,
    sessionKind: kindOf(kind),
    sessionId,
    ip,
    country,
    city,
    latitude,
    longitude,
    accuracyKm: accuracyKm ?? 0,
    saidBy,
  })
}

type Of = Parameters<typeof restore>[1]

function restoreSession({ ref, text, number }: Fact, of: Of, shelves: Shelves): void {
  const [createdAt = null, lastCreatedAt, firstSeenAt, endedAt, lastEndedAt, expiresAt = null] =
    number
  const slot = sessionOf(text[0] ?? '', text[1] ?? '', ref, of, shelves)
  slot.createdAt = createdAt
  for (const at of [createdAt, lastCreatedAt])
    if (typeof at === 'number') slot.creations = withTurn(slot.creations, at)
  for (const at of [endedAt, lastEndedAt])
    if (typeof at === 'number') slot.ends = withTurn(slot.ends, at)
  slot.firstSeenAt = firstSeenAt ?? slot.firstSeenAt
  slot.expiresAt = expiresAt
  const subject = shelves.subject(ref)
  if (subject) joinSession(subject, slot)
}

function restoreUse({ ref, text, number }: Fact, of: Of, shelves: Shelves): void {
  const [sessionId = '', eventId = '', outcome, observer] = text
  const slot = sessionOf(ref, sessionId, '', of, shelves)
  if (slot.uses.length >= usesMax) return
  const use: SessionEvent = {
    ...blankEvent(),
    ...nameOf(of, ref, sessionId),
    id: eventId,
    type: 'session.used',
    occurredAt: number[0] ?? 0,
    outcome: outcome === 'accepted' ? 'accepted' : 'refused',
    observer: observer === 'idp' ? 'idp' : 'application',
    refusalReason: refusalOf(text[4]),
    tokenIssuedAt: number[1] ?? null,
  }
  learnSession(slot, use, of.grace)
}

function sessionOf(
  kind: string,
  id: string,
  subjectRef: string,
  of: Of,
  shelves: Shelves,
): SessionSlot {
  const name = nameOf(of, kind, id)
  const blank = () =>
    blankSession(sessionKey(name), {
      ...blankEvent(),
      ...name,
      subjectRef,
      occurredAt: Number.MAX_SAFE_INTEGER,
    })
  return shelves.session(sessionKey(name), blank)
}

function nameOf(of: Of, kind: string, sessionId: string) {
  return { tenant: of.tenant, instance: of.instance, sessionKind: kindOf(kind), sessionId }
}

function kindOf(text: string): SessionKind {
  return text === 'offline' || text === 'agent' ? text : 'online'
}

/** Only this one reason matters to memory: the others say nothing about the session. */
function refusalOf(text: string | undefined): Use['refusalReason'] {
  return text === 'session_ended' ? 'session_ended' : ''
}
