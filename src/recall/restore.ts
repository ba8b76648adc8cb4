import { blankEvent } from '../contract/event.ts'
import type { SessionKind } from '../contract/event-words.ts'
import { sessionKey } from '../contract/identity.ts'
import type { UseKind } from '../contract/memory.ts'
import { countriesMax, devicesMax, networksMax } from '../contract/memory.ts'
import { sightingRowsMax } from './facts-statement.ts'
import type { Fact } from './refill.ts'
import type { SessionSlot } from './session-slot.ts'
import { blankSession, learnCreation, learnEnd, learnUse, least, most } from './session-slot.ts'
import type { FirstsSlot, SubjectSlot } from './slots.ts'
import { addSighting, joinSession, learnFirst } from './slots.ts'

/** Where slots are found. */
export interface Shelves {
  /** The slot to fill, if memory does not hold one that knows more than the store does. */
  readonly subject: (ref: string) => SubjectSlot | undefined
  /** A slot in memory, which knows more than the store does. */
  readonly resident: (key: string) => SessionSlot | undefined
  /** A slot that was asked for. */
  readonly asked: (key: string) => SessionSlot | undefined
}

interface Owner {
  readonly tenant: string
  readonly instance: string
}

/**
 * Rebuilds slots from what the store told, so that they hold what they would hold had the process
 * never stopped. Every fact is added as an event would add it, so one that comes twice changes
 * nothing.
 */
export function restore(facts: readonly Fact[], owner: Owner, shelves: Shelves): void {
  const sessions = new Map<string, SessionSlot>()
  const of = (part: Fact['part']) => facts.filter((fact) => fact.part === part)
  for (const fact of of('first')) restoreFirst(fact, shelves.subject(fact.ref))
  restoreSightings(of('sighting'), shelves)
  // The store gives the youngest first; the one longest unheard of is to make room first.
  for (const fact of of('session').reverse()) restoreSession(fact, owner, sessions, shelves)
  for (const fact of of('turn')) restoreTurn(fact, owner, sessions)
  for (const fact of of('use')) restoreUse(fact, owner, sessions)
  for (const fact of of('proof')) restoreProof(fact, owner, sessions)
}

function restoreFirst({ text, number }: Fact, slot: SubjectSlot | undefined): void {
  const [attribute = '', value = '', eventId = ''] = text
  const firsts = slot && firstsOf(slot, attribute)
  if (!firsts) return
  const first = {
    value,
    at: number[0] ?? 0,
    eventId,
    sessionKind: 'online',
    sessionId: '',
  } as const
  learnFirst(firsts.slot, first, firsts.max)
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

/** From the oldest to the youngest, as they were learnt, so that runs are thinned as they were. */
function restoreSightings(facts: readonly Fact[], shelves: Shelves): void {
  for (const [ref, some] of Map.groupBy(facts, (fact) => fact.ref)) {
    const slot = shelves.subject(ref)
    if (!slot) continue
    for (const fact of some.toReversed()) restoreSighting(fact, slot)
    // There may be more where these came from.
    if (some.length >= sightingRowsMax) slot.sightingsOverflow = true
  }
}

function restoreSighting({ text, number }: Fact, slot: SubjectSlot): void {
  const [eventId = '', kind = '', sessionId = '', ip = '', country = '', city = '', saidBy = ''] =
    text
  const [at, latitude, longitude, accuracyKm] = number
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return
  addSighting(slot, {
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

type Sessions = Map<string, SessionSlot>

function restoreSession(fact: Fact, owner: Owner, sessions: Sessions, shelves: Shelves): void {
  const { ref, text, number } = fact
  const [kind = '', sessionId = ''] = text
  const [createdAt, firstSeenAt, firstEndedAt, expiresAt, lastCreatedAt] = number
  const name = { ...owner, sessionKind: kindOf(kind), sessionId }
  const key = sessionKey(name)
  const subject = shelves.subject(ref)
  const resident = shelves.resident(key)
  const slot = resident ?? shelves.asked(key) ?? partial(key, name)
  if (subject) joinSession(subject, slot)
  if (resident) return
  sessions.set(key, slot)
  if (ref > slot.subjectRef) slot.subjectRef = ref
  if (typeof createdAt === 'number') slot.createdAt = least(slot.createdAt, createdAt)
  if (typeof firstSeenAt === 'number') slot.firstSeenAt = Math.min(slot.firstSeenAt, firstSeenAt)
  if (typeof firstEndedAt === 'number') learnEnd(slot, firstEndedAt)
  if (typeof expiresAt === 'number') slot.expiresAt = most(slot.expiresAt, expiresAt)
  if (typeof lastCreatedAt === 'number') learnCreation(slot, lastCreatedAt)
}

/** A session that nobody asked for: its subject's memory lists it, and an event of it refills it. */
function partial(key: string, name: Owner & { sessionKind: SessionKind; sessionId: string }) {
  const never = { ...blankEvent(), ...name, occurredAt: Number.MAX_SAFE_INTEGER }
  return { ...blankSession(key, never), isPartial: true }
}

function restoreTurn({ text, number }: Fact, owner: Owner, sessions: Sessions): void {
  const [turn, kind = '', sessionId = ''] = text
  const slot = sessions.get(sessionKey({ ...owner, sessionKind: kindOf(kind), sessionId }))
  const [at] = number
  if (!slot || typeof at !== 'number') return
  if (turn === 'created') learnCreation(slot, at)
  else learnEnd(slot, at)
}

function restoreUse({ text, number }: Fact, owner: Owner, sessions: Sessions): void {
  const [kind = '', sessionId = '', eventId = '', outcome, observer, reason] = text
  const slot = sessions.get(sessionKey({ ...owner, sessionKind: kindOf(kind), sessionId }))
  if (!slot) return
  learnUse(slot, {
    at: number[0] ?? 0,
    eventId,
    outcome: outcome === 'accepted' ? 'accepted' : 'refused',
    observer: observer === 'idp' ? 'idp' : 'application',
    // Only this one reason matters to memory: the others say nothing about the session.
    refusalReason: reason === 'session_ended' ? 'session_ended' : '',
    tokenIssuedAt: number[1] ?? null,
  })
}

function restoreProof({ text, number }: Fact, owner: Owner, sessions: Sessions): void {
  const [kind = '', sessionId = '', proof = '', eventId = ''] = text
  const slot = sessions.get(sessionKey({ ...owner, sessionKind: kindOf(kind), sessionId }))
  if (!slot) return
  const use = {
    at: number[0] ?? 0,
    eventId,
    outcome: proof === 'attempt' ? 'refused' : 'accepted',
    observer: proof === 'exposure' ? 'application' : 'idp',
    refusalReason: '',
    tokenIssuedAt: null,
  } as const
  if (proof === 'expiry') slot.afterExpiry = use
  else if (isUseKind(proof)) slot.afterEnd = { ...slot.afterEnd, [proof]: use }
}

function isUseKind(proof: string): proof is UseKind {
  return proof === 'breach' || proof === 'exposure' || proof === 'attempt'
}

function kindOf(text: string): SessionKind {
  return text === 'offline' || text === 'agent' ? text : 'online'
}
