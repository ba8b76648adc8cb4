import type { SessionEvent } from '../contract/event.ts'
import type { SessionMemory, Use, UseKind } from '../contract/memory.ts'
import { survivedEnd, turnsMax, useKindOf, usesMax } from '../contract/memory.ts'
import { isBefore } from './slots.ts'

/** Writable form of a session's memory: only this folder holds it. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
export interface SessionSlot extends Writable<SessionMemory> {
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
    expiresAt: null,
    uses: noUses,
    usesOverflow: false,
    afterEnd: untouched,
    afterExpiry: null,
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
  if (slot.subjectRef === '') slot.subjectRef = event.subjectRef
  if (event.organizationId !== '') slot.organizationId = event.organizationId
  if (event.deviceId !== '') slot.deviceId = event.deviceId
  if (at < slot.firstSeenAt) slot.firstSeenAt = at
  const created = event.type === 'session.created' ? at : event.sessionCreatedAt
  if (created !== null) slot.createdAt = least(slot.createdAt, created)
  if (event.type === 'session.created') slot.creations = withTurn(slot.creations, at)
  if (event.expiresAt !== null) slot.expiresAt = most(slot.expiresAt, event.expiresAt)
  if (event.type === 'session.used' && event.outcome !== '') learnUse(slot, event)
  if (event.type === 'session.revoked' || event.type === 'session.ended') {
    slot.ends = withTurn(slot.ends, at)
  }
  settle(slot, grace)
}

function learnUse(slot: SessionSlot, event: SessionEvent): void {
  if (event.outcome === '' || slot.uses.some((use) => use.eventId === event.id)) return
  // Only uses young enough for an end or expiry to be heard of after them are needed here.
  const settled = Math.max(event.occurredAt, slot.uses.at(-1)?.at ?? 0) - usesBackMs
  const uses = slot.uses.filter((use) => use.at >= settled)
  let place = uses.length
  for (; place > 0; place -= 1) {
    const known = uses[place - 1]
    if (known === undefined || isBefore(known.at, known.eventId, event.occurredAt, event.id)) break
  }
  uses.splice(place, 0, {
    at: event.occurredAt,
    eventId: event.id,
    outcome: event.outcome,
    observer: event.observer === 'idp' ? 'idp' : 'application',
    refusalReason: event.refusalReason,
    tokenIssuedAt: event.tokenIssuedAt,
  })
  if (uses.length > usesMax) {
    uses.shift()
    slot.usesOverflow = true
  }
  slot.uses = uses
}

/** Displacement and the longest grace. */
const usesBackMs = 3 * 60_000

/**
 * Keeps the earliest use after the end and after expiry, per kind. What the bounded list of uses no
 * longer holds was kept here before it left; an end that becomes known late looks through the list.
 */
function settle(slot: SessionSlot, grace: Grace): void {
  const { expiresAt } = slot
  for (const kind of useKinds) {
    const known = slot.afterEnd[kind]
    if (known && survivedEnd(slot, known.at, grace.endMs) === undefined) {
      slot.afterEnd = { ...slot.afterEnd, [kind]: null }
    }
  }
  const expired = expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt + grace.expiryMs
  if (slot.afterExpiry && slot.afterExpiry.at <= expired) slot.afterExpiry = null
  for (const use of slot.uses) {
    const end = slot.ends.length === 0 ? undefined : survivedEnd(slot, use.at, grace.endMs)
    if (end !== undefined) {
      const kind = useKindOf(use, end)
      const known = slot.afterEnd[kind]
      const first = earlier(known, use)
      if (first !== known) slot.afterEnd = { ...slot.afterEnd, [kind]: first }
    }
    if (use.at > expired && use.outcome === 'accepted') {
      slot.afterExpiry = earlier(slot.afterExpiry, use)
    }
  }
}

const useKinds: readonly UseKind[] = ['breach', 'exposure', 'attempt']

/** A sorted set of the youngest instants, with one more. */
export function withTurn(turns: readonly number[], at: number): readonly number[] {
  if (turns.includes(at)) return turns
  return [...turns, at].sort((one, other) => one - other).slice(-turnsMax)
}

function earlier(known: Use | null, use: Use): Use {
  return known && !isBefore(use.at, use.eventId, known.at, known.eventId) ? known : use
}

function least(known: number | null, value: number): number {
  return known === null || value < known ? value : known
}

function most(known: number | null, value: number): number {
  return known === null || value > known ? value : known
}
