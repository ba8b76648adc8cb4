import type { SessionKind } from '../contract/event-words.ts'
import type { SignOut, UseKind } from '../contract/memory.ts'
import type { OpenDerivedFacts } from './derived-facts.ts'
import { doubt } from './doubt.ts'
import { learnCreation, learnEnd, least, most } from './learn-session.ts'
import { joinSession, learnFirst } from './learn-subject.ts'
import type { MemoryRow } from './load-memory.ts'
import { sightingRowsMax } from './memory-query.ts'
import { restoreAct, signOutFrom } from './restore-act.ts'
import { restoreJourney } from './restore-journey.ts'
import { sessionKindOf } from './session-kind.ts'
import type { SessionSlot, SubjectSlot } from './slots.ts'

/** Where slots are found. */
export interface SlotIndex {
  /** The slot to fill, if memory does not hold one that knows more than the store does. */
  readonly subject: (ref: string) => SubjectSlot | undefined
  /** A slot in memory, which knows more than the store does. */
  readonly resident: (kind: SessionKind, id: string) => SessionSlot | undefined
  /** A slot that was asked for. */
  readonly asked: (kind: SessionKind, id: string) => SessionSlot | undefined
  /** A new one, which nobody asked for. */
  readonly blank: (kind: SessionKind, id: string) => SessionSlot
  /** Told of a sign-out of everybody. */
  readonly signOut: (signOut: SignOut) => void
  /** Told of a first sight that the store would soon forget. */
  readonly stale: OpenDerivedFacts['first']
  /** Told of a fact that could not be added, and of what was thrown. */
  readonly failed: (fact: MemoryRow, error: unknown) => void
}

/**
 * Rebuilds slots from what the store told, so that they hold what they would hold had the process
 * never stopped. Every fact is added as an event would add it, so one that comes twice changes
 * nothing. A fact on which that fails is left out, and what it was about is known in part.
 */
export function restore(facts: readonly MemoryRow[], index: SlotIndex): void {
  const sessions: Sessions = new Map()
  const of = (part: MemoryRow['part']) => facts.filter((fact) => fact.part === part)
  const each = (some: readonly MemoryRow[], add: (fact: MemoryRow) => void): void => {
    for (const fact of some) {
      try {
        add(fact)
      } catch (error) {
        index.failed(fact, error)
        const [kind, id] = fact.part === 'turn' ? fact.text.slice(1) : fact.text
        const subject = fact.ref === '' ? undefined : index.subject(fact.ref)
        doubt(subject ?? null, sessions.get(nameOf(kind, id)) ?? null)
      }
    }
  }
  each(of('first'), (fact) => restoreFirst(fact, index))
  // From the oldest to the youngest, as they were learnt, so that runs are thinned as they were.
  each(of('sighting').reverse(), (fact) => restoreSighting(fact, index))
  noteMore(of('sighting'), index)
  each(of('journey').reverse(), (fact) => {
    const slot = index.subject(fact.ref)
    if (slot) restoreJourney(fact, slot)
  })
  each(of('act'), (fact) => {
    if (fact.text[0] === 'instance.signed_out') index.signOut(signOutFrom(fact))
    const slot = fact.ref === '' ? undefined : index.subject(fact.ref)
    if (slot) restoreAct(fact, slot)
  })
  // The store gives the youngest first; the one longest unheard of is to make room first.
  each(of('session').reverse(), (fact) => restoreSession(fact, sessions, index))
  // Ends first: which sign-ins bound a life depends on them.
  for (const turn of ['ended', 'created']) {
    each(of('turn'), (fact) => {
      if (fact.text[0] === turn) restoreTurn(fact, sessions)
    })
  }
  each(of('use'), (fact) => restoreUse(fact, sessions))
  each(of('proof'), (fact) => restoreProof(fact, sessions))
}

function restoreFirst({ ref, text, number }: MemoryRow, { subject, stale }: SlotIndex): void {
  const [attribute = '', value = '', eventId = ''] = text
  const [at, isStale] = number
  const slot = subject(ref)
  if (!slot || !isAttribute(attribute)) return
  const first = { value, at: at ?? 0, eventId, sessionKind: 'online', sessionId: '' } as const
  learnFirst(slot, attribute, first)
  if (isStale === 1) stale(slot, attribute, first)
}

function isAttribute(text: string): text is 'country' | 'device' | 'network' {
  return text === 'country' || text === 'device' || text === 'network'
}

/** There may be more where a full page of sightings came from. */
function noteMore(facts: readonly MemoryRow[], { subject }: SlotIndex): void {
  for (const [ref, { length }] of Map.groupBy(facts, (fact) => fact.ref)) {
    const slot = length < sightingRowsMax ? undefined : subject(ref)
    if (slot) slot.sightingsOverflow = true
  }
}

function restoreSighting({ ref, text, number }: MemoryRow, { subject }: SlotIndex): void {
  const [eventId = '', kind = '', sessionId = '', ip = '', country = '', city = '', saidBy = ''] =
    text
  const [at, latitude, longitude, accuracyKm] = number
  const slot = subject(ref)
  if (!slot || typeof latitude !== 'number' || typeof longitude !== 'number') return
  slot.addSighting({
    at: at ?? 0,
    eventId,
    sessionKind: sessionKindOf(kind),
    sessionId,
    ip,
    place: { country, city, latitude, longitude, accuracyKm: accuracyKm ?? 0, saidBy },
  })
}

/** By what `nameOf` says. */
type Sessions = Map<string, SessionSlot>

const nameOf = (kind = '', id = '') => `${kind}\u0000${id}`

function restoreSession(fact: MemoryRow, sessions: Sessions, index: SlotIndex): void {
  const { ref, text, number } = fact
  const [kind = '', id = ''] = text
  const [createdAt, firstSeenAt, firstEndedAt, expiresAt, lastCreatedAt, ...more] = number
  const [firstAliveAt, openedByActor] = more
  const subject = index.subject(ref)
  const resident = index.resident(sessionKindOf(kind), id)
  const slot =
    resident ??
    index.asked(sessionKindOf(kind), id) ??
    partial(index.blank(sessionKindOf(kind), id))
  if (subject) joinSession(subject, slot)
  if (resident) return
  sessions.set(nameOf(kind, id), slot)
  if (ref > slot.subjectRef) slot.subjectRef = ref
  if (typeof createdAt === 'number') slot.createdAt = least(slot.createdAt, createdAt)
  if (typeof firstSeenAt === 'number') slot.firstSeenAt = Math.min(slot.firstSeenAt, firstSeenAt)
  if (typeof firstEndedAt === 'number') learnEnd(slot, firstEndedAt)
  if (typeof expiresAt === 'number') slot.expiresAt = most(slot.expiresAt, expiresAt)
  if (typeof firstAliveAt === 'number') slot.firstAliveAt = least(slot.firstAliveAt, firstAliveAt)
  if (typeof lastCreatedAt === 'number') learnCreation(slot, lastCreatedAt)
  if (openedByActor === 1) slot.openedByActor = true
}

/** A session that nobody asked for: its subject's memory lists it, and an event of it refills it. */
function partial(slot: SessionSlot): SessionSlot {
  slot.isPartial = true
  return slot
}

function restoreTurn({ text, number }: MemoryRow, sessions: Sessions): void {
  const [turn, kind, id] = text
  const slot = sessions.get(nameOf(kind, id))
  const [at] = number
  if (!slot || typeof at !== 'number') return
  if (turn === 'created') {
    learnCreation(slot, at)
    // The fact outlives what is folded of a session that is older than 400 days and still used.
    slot.createdAt = least(slot.createdAt, at)
  } else learnEnd(slot, at)
}

function restoreUse({ text, number }: MemoryRow, sessions: Sessions): void {
  const [kind, id, eventId = '', outcome, observer] = text
  sessions.get(nameOf(kind, id))?.learnUse({
    at: number[0] ?? 0,
    eventId,
    outcome: outcome === 'accepted' ? 'accepted' : 'refused',
    observer: observer === 'idp' ? 'idp' : 'application',
    tokenIssuedAt: number[1] ?? null,
  })
}

function restoreProof({ text, number }: MemoryRow, sessions: Sessions): void {
  const [kind, id, proof = '', eventId = ''] = text
  const slot = sessions.get(nameOf(kind, id))
  if (!slot) return
  const use = {
    at: number[0] ?? 0,
    eventId,
    outcome: proof === 'attempt' ? 'refused' : 'accepted',
    observer: proof === 'exposure' ? 'application' : 'idp',
    tokenIssuedAt: null,
  } as const
  if (proof === 'expiry') slot.afterExpiry = use
  else if (isUseKind(proof)) slot.afterEnd = { ...slot.afterEnd, [proof]: use }
}

function isUseKind(proof: string): proof is UseKind {
  return proof === 'breach' || proof === 'exposure' || proof === 'attempt'
}
