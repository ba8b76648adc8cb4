import type { SessionEvent } from '../contract/event.ts'
import type { Use, UseKind } from '../contract/memory.ts'
import {
  isLifecycleEvent,
  lifecycleEventsMax,
  survivedEnd,
  useKindOf,
  usesInLookback,
} from '../contract/memory.ts'
import { isBefore } from './event-order.ts'
import type { SessionSlot } from './slots.ts'

const noUses: readonly Use[] = []

/** How long after an end or an expiry a use may still be a request in flight or a clock's error. */
export interface Grace {
  readonly endMs: number
  readonly expiryMs: number
}

/** Learns what an event says of its session. Minimum, maximum and set: order and repeats are one. */
export function learnSession(slot: SessionSlot, event: SessionEvent, grace: Grace): void {
  const at = event.occurredAt
  if (event.subjectRef > slot.subjectRef) slot.subjectRef = event.subjectRef
  // A text that says the same is left where it is: taking each event's own copy would carry one
  // after the other into the old generation.
  const { organizationId, deviceId } = event
  if (organizationId !== '' && organizationId !== slot.organizationId) {
    slot.organizationId = organizationId
  }
  if (deviceId !== '' && deviceId !== slot.deviceId) slot.deviceId = deviceId
  if (at < slot.firstSeenAt) slot.firstSeenAt = at
  const created = event.type === 'session.created' ? at : event.sessionCreatedAt
  if (created !== null) slot.createdAt = least(slot.createdAt, created)
  if (event.type === 'session.created') {
    learnCreation(slot, at)
    if (event.ipOf === 'actor') slot.openedByActor = true
  }
  if (event.expiresAt !== null) slot.expiresAt = most(slot.expiresAt, event.expiresAt)
  if (event.type === 'session.revoked' || event.type === 'session.ended') learnEnd(slot, at)
  const use = useOf(event)
  if (use?.outcome === 'accepted') slot.firstAliveAt = least(slot.firstAliveAt, at)
  if (slot.ends.length > 0) holdAgainstEnds(slot, event, use, grace)
  if (slot.expiresAt !== null) holdAgainstExpiry(slot, event, use, grace)
  if (use) slot.learnUse(use)
}

function useOf(event: SessionEvent): Use | undefined {
  const { type, occurredAt, outcome } = event
  if (type !== 'session.used' || outcome === '') return undefined
  return {
    at: occurredAt,
    eventId: event.id,
    outcome,
    observer: event.observer === 'idp' ? 'idp' : 'application',
    tokenIssuedAt: event.tokenIssuedAt,
  }
}

/**
 * Keeps the sign-ins that begin a life: the first of all, and the first after each end. Of the
 * others, one for each application that is visited, the oldest make room.
 */
export function learnCreation(slot: SessionSlot, at: number): void {
  if (slot.creations.includes(at)) return
  const creations = slot.creations.concat(at).sort(ascending)
  if (creations.length > lifecycleEventsMax) {
    const spare = creations.findIndex((each, place) => {
      const before = creations[place - 1]
      return before !== undefined && !slot.ends.some((end) => end >= before && end <= each)
    })
    const [dropped = at] = creations.splice(Math.max(spare, 0), 1)
    if (spare < 0) slot.lifecycleOverflow = true
    else slot.droppedSignInAt = Math.max(slot.droppedSignInAt, dropped)
  }
  slot.creations = creations
}

/**
 * The first end is kept whatever comes after it: of a session with one life no other one matters,
 * and a provider that tells an end many times must not make us forget what came after the first.
 */
export function learnEnd(slot: SessionSlot, at: number): void {
  if (slot.ends.includes(at)) return
  // A sign-in that was dropped may have begun a life after this end.
  if (at <= slot.droppedSignInAt) slot.lifecycleOverflow = true
  const ends = slot.ends.concat(at).sort(ascending)
  if (ends.length > lifecycleEventsMax) {
    ends.splice(1, 1)
    slot.lifecycleOverflow = true
  }
  slot.ends = ends
}

/**
 * Keeps per kind the earliest use after an end; what the bounded list of uses lets go was held
 * against the ends before. A new life that is heard of late refutes what was evidence.
 */
function holdAgainstEnds(
  slot: SessionSlot,
  event: SessionEvent,
  use: Use | undefined,
  grace: Grace,
): void {
  for (const kind of useKinds) {
    const known = slot.afterEnd[kind]
    if (known && survivedEnd(slot, known.at, grace.endMs) === undefined) {
      slot.afterEnd = { ...slot.afterEnd, [kind]: null }
    }
  }
  const past = isLifecycleEvent(event) ? usesInLookback(slot.uses, event.occurredAt) : noUses
  for (const each of use ? [use] : past) {
    const end = survivedEnd(slot, each.at, grace.endMs)
    if (end === undefined) continue
    const kind = useKindOf(each, end)
    const known = slot.afterEnd[kind]
    const first = earlier(known, each)
    if (first !== known) slot.afterEnd = { ...slot.afterEnd, [kind]: first }
  }
}

/**
 * The same for expiry. A later one that is heard of late refutes what was evidence; then the
 * youngest accepted use says whether the session outlived that one too.
 */
function holdAgainstExpiry(
  slot: SessionSlot,
  event: SessionEvent,
  use: Use | undefined,
  grace: Grace,
): void {
  const { afterExpiry } = slot
  if (afterExpiry && !isPastExpiry(slot, afterExpiry, grace)) slot.afterExpiry = null
  // By far most events: no new bound, and a use within the one that is known.
  if (event.expiresAt === null && !(use && isPastExpiry(slot, use, grace))) return
  const { lastAccepted } = slot
  const past = event.expiresAt === null ? noUses : usesInLookback(slot.uses, event.occurredAt)
  const uses = [...past, ...(use ? [use] : [])]
  if (event.expiresAt !== null && lastAccepted) uses.push(lastAccepted)
  for (const each of uses) {
    if (each.outcome === 'accepted' && isPastExpiry(slot, each, grace)) {
      slot.afterExpiry = earlier(slot.afterExpiry, each)
    }
  }
}

function isPastExpiry({ expiresAt }: SessionSlot, use: Use, grace: Grace): boolean {
  return expiresAt !== null && use.at > expiresAt + grace.expiryMs
}

const useKinds: readonly UseKind[] = ['breach', 'exposure', 'attempt']

const ascending = (one: number, other: number) => one - other

function earlier(known: Use | null, use: Use): Use {
  return known && !isBefore(use.at, use.eventId, known.at, known.eventId) ? known : use
}

export function least(known: number | null, value: number): number {
  return known === null || value < known ? value : known
}

export function most(known: number | null, value: number): number {
  return known === null || value > known ? value : known
}
