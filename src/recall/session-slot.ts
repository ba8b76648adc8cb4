import type { SessionEvent } from '../contract/event.ts'
import type { SessionMemory, Use, UseKind } from '../contract/memory.ts'
import {
  displacementMs,
  hindsightMs,
  survivedEnd,
  tellsTurn,
  turnsMax,
  useKindOf,
  usesInHindsight,
  usesMax,
} from '../contract/memory.ts'
import { isBefore } from './before.ts'

/** Writable form of a session's memory: only this folder holds it. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
export interface SessionSlot extends Writable<SessionMemory> {
  /** True while only its subject brought it back from the store: its uses are then not known. */
  isPartial: boolean
  /** The tie of each edge that was last written to the store. */
  tiedOrganization: string
  tiedConnection: string
  tiedDevice: string
  tiedGrant: string
}

/** Shared by all sessions that have none: most have few of anything, and there are many sessions. */
const none: readonly number[] = []
const noUses: readonly Use[] = []
const untouched: SessionMemory['afterEnd'] = { breach: null, exposure: null, attempt: null }

export function blankSession(key: string, event: SessionEvent): SessionSlot {
  return {
    key,
    tenant: event.tenant,
    instance: event.instance,
    kind: event.sessionKind,
    id: event.sessionId,
    subjectRef: event.subjectRef,
    organizationId: '',
    deviceId: '',
    createdAt: null,
    firstSeenAt: event.occurredAt,
    creations: none,
    ends: none,
    turnsOverflow: false,
    expiresAt: null,
    lastAccepted: null,
    uses: noUses,
    usesOverflow: false,
    afterEnd: untouched,
    afterExpiry: null,
    isPartial: false,
    tiedOrganization: '',
    tiedConnection: '',
    tiedDevice: '',
    tiedGrant: '',
  }
}

/** How long after an end or an expiry a use may still be a request in flight or a clock's error. */
export interface Grace {
  readonly endMs: number
  readonly expiryMs: number
}

/** Learns what an event says of its session. Minimum, maximum and set: order and repeats are one. */
export function learnSession(slot: SessionSlot, event: SessionEvent, grace: Grace): void {
  const at = event.occurredAt
  if (event.subjectRef > slot.subjectRef) slot.subjectRef = event.subjectRef
  if (event.organizationId !== '') slot.organizationId = event.organizationId
  if (event.deviceId !== '') slot.deviceId = event.deviceId
  if (at < slot.firstSeenAt) slot.firstSeenAt = at
  const created = event.type === 'session.created' ? at : event.sessionCreatedAt
  if (created !== null) slot.createdAt = least(slot.createdAt, created)
  if (event.type === 'session.created') learnCreation(slot, at)
  if (event.expiresAt !== null) slot.expiresAt = most(slot.expiresAt, event.expiresAt)
  if (event.type === 'session.revoked' || event.type === 'session.ended') learnEnd(slot, at)
  const use = useOf(event)
  if (slot.ends.length > 0) holdAgainstEnds(slot, event, use, grace)
  if (slot.expiresAt !== null) holdAgainstExpiry(slot, event, use, grace)
  if (use) learnUse(slot, use)
}

function useOf(event: SessionEvent): Use | undefined {
  const { type, occurredAt, outcome } = event
  if (type !== 'session.used' || outcome === '') return undefined
  return {
    at: occurredAt,
    eventId: event.id,
    outcome,
    observer: event.observer === 'idp' ? 'idp' : 'application',
    refusalReason: event.refusalReason,
    tokenIssuedAt: event.tokenIssuedAt,
  }
}

/** The youngest creations are kept. */
export function learnCreation(slot: SessionSlot, at: number): void {
  if (slot.creations.includes(at)) return
  const creations = [...slot.creations, at].sort(ascending)
  if (creations.length > turnsMax) {
    creations.shift()
    slot.turnsOverflow = true
  }
  slot.creations = creations
}

/**
 * The first end is kept whatever comes after it: of a session with one life no other one matters,
 * and a provider that tells an end many times must not make us forget what came after the first.
 */
export function learnEnd(slot: SessionSlot, at: number): void {
  if (slot.ends.includes(at)) return
  const ends = [...slot.ends, at].sort(ascending)
  if (ends.length > turnsMax) {
    ends.splice(1, 1)
    slot.turnsOverflow = true
  }
  slot.ends = ends
}

/** Only uses young enough for an end or expiry to be heard of after them are kept. */
export function learnUse(slot: SessionSlot, use: Use): void {
  const { lastAccepted: last } = slot
  if (use.outcome === 'accepted' && (!last || isBefore(last.at, last.eventId, use.at, use.eventId)))
    slot.lastAccepted = use
  const settled = Math.max(use.at, slot.uses.at(-1)?.at ?? 0) - usesBackMs
  if (use.at < settled || slot.uses.some(({ eventId }) => eventId === use.eventId)) return
  const uses = slot.uses.filter(({ at }) => at >= settled)
  let place = uses.length
  for (; place > 0; place -= 1) {
    const known = uses[place - 1]
    if (known === undefined || isBefore(known.at, known.eventId, use.at, use.eventId)) break
  }
  uses.splice(place, 0, use)
  if (uses.length > usesMax) {
    // Many uses of one outcome must not push out the last of another, which may mean more.
    const oldest = uses.findIndex((each, at) =>
      uses.some((other, then) => then > at && alike(each, other)),
    )
    uses.splice(Math.max(0, oldest), 1)
    slot.usesOverflow = true
  }
  slot.uses = uses
}

function alike(one: Use, other: Use): boolean {
  return one.outcome === other.outcome && one.observer === other.observer
}

const usesBackMs = hindsightMs + displacementMs

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
  const past = tellsTurn(event) ? usesInHindsight(slot.uses, event.occurredAt) : noUses
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
  const { afterExpiry, lastAccepted } = slot
  if (afterExpiry && !isPastExpiry(slot, afterExpiry, grace)) slot.afterExpiry = null
  const past = event.expiresAt === null ? noUses : usesInHindsight(slot.uses, event.occurredAt)
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
