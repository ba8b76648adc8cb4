import type { EnrichedEvent } from './enriched-event.ts'
import type { CauseFacts, SessionEvent } from './event.ts'
import type { InitiatorKind, Observer, Outcome, SessionKind } from './event-words.ts'

/**
 * What Curfew knew about a subject and a session before an event: the working memory that recall
 * keeps and detect and impose read. Everything in it is bounded; where a bound was hit, a sticky
 * `overflow` says so, and whoever needs the missing part answers `insufficient` or asks the store.
 * Only recall writes these objects.
 */

/** Sizes of the slots, chosen from people's habits; past them the overflow bit is set for good. */
export const countriesMax = 16
export const devicesMax = 16
export const networksMax = 16
export const sightingsMax = 12
export const subjectSessionsMax = 32
export const usesMax = 8
export const lifecycleEventsMax = 8
export const recoveriesMax = 8
export const changesMax = 8
export const signOutsMax = 8

/** How far out of order events may come and still be judged as if they had not. */
export const displacementMs = 120_000

/**
 * How long before its own time an event that tells an end, a birth or an expiry is held against
 * uses. Counted from the event and not from when it came: else what is found would depend on the
 * order in which events came.
 */
export const lookbackMs = 180_000

/** The earliest event that showed a value; "before e" means strictly less by (at, eventId). */
export interface FirstSight {
  readonly value: string
  readonly at: number
  readonly eventId: string
  /** The session that showed it; '' where it came back from the store, which does not keep it. */
  readonly sessionKind: SessionKind
  readonly sessionId: string
}

/** A bounded set of first sights, unordered. */
export interface FirstSights {
  readonly seen: readonly FirstSight[]
  readonly overflow: boolean
}

/** An event with a place that can be judged: coordinates, accuracy and address are known. */
export interface Sighting {
  readonly at: number
  readonly eventId: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly ip: string
  readonly country: string
  readonly city: string
  readonly latitude: number
  readonly longitude: number
  readonly accuracyKm: number
  /** Database build or `event`; two builds are never compared. */
  readonly saidBy: string
}

/** Somebody asked for a new password: the change that comes of it is a recovery. */
export interface RecoveryRequest {
  readonly at: number
  readonly eventId: string
  /** The flow that asked, which the change names as its session; '' where nobody said. */
  readonly flowId: string
  /** An administrator demanded it or set one; anybody can ask for a mail. */
  readonly isDemand: boolean
}

/** A change of a credential, or a reset by its owner. */
export interface CredentialChange extends CauseFacts {
  /** Ids of the causes that it was told as by the store; empty for one that it does not hold. */
  readonly toldAs: readonly string[]
}

/** All online sessions of a subject that existed at an instant ended then. */
export interface SignOut {
  readonly at: number
  readonly eventId: string
  readonly initiatorKind: InitiatorKind | ''
  readonly initiatorId: string
  readonly initiatorClient: string
  readonly reason: string
}

/** A leg that nobody can have travelled. */
export interface Leg {
  /** Instant of its later end, and how long it took. */
  readonly at: number
  readonly seconds: number
  /** At least so far: both radii are subtracted, or mobile carriers would be the fastest travellers. */
  readonly km: number
  readonly from: string
  readonly to: string
  readonly fromCountry: string
  readonly toCountry: string
  readonly fromEventId: string
  readonly toEventId: string
  /** The session of its later end. */
  readonly sessionKind: SessionKind
  readonly sessionId: string
}

export interface Journey {
  /** Its two places, sorted: of one country the cities, else the countries. */
  readonly places: readonly [string, string]
  readonly first: Leg
  readonly lastAt: number
  readonly count: number
  /** Ordered by time; the youngest `recentLegsMax` at most. */
  readonly recent: readonly Leg[]
  /** Ids of events that were told of before a restart: their legs are counted already. */
  readonly told: readonly string[]
}

export interface SubjectMemory {
  readonly tenant: string
  readonly instance: string
  readonly ref: string
  readonly countries: FirstSights
  readonly devices: FirstSights
  readonly networks: FirstSights
  /** Ordered by (at, eventId); the youngest `sightingsMax` at most. */
  readonly sightings: readonly Sighting[]
  /** A country and when it was shown: an event there that is later is no first sight. Infinity without. */
  readonly lastShownCountry: string
  readonly lastShownAt: number
  /** Instant and address of the youngest sighting, which most events are like; NaN and '' without. */
  readonly lastSightedAt: number
  readonly lastSightedIp: string
  /** True once a sighting had to be dropped: what was before the oldest kept is then unknown. */
  readonly sightingsOverflow: boolean
  /** Journeys that nobody can have made, the youngest `journeysMax`. */
  readonly journeys: readonly Journey[]
  readonly sessions: readonly SessionMemory[]
  readonly sessionsOverflow: boolean
  /** Requests for a new password, the youngest `recoveriesMax` mails and demands, unordered. */
  readonly recoveries: readonly RecoveryRequest[]
  /**
   * Changes of credentials, the youngest `changesMax`, unordered: what is heard of later may make one a
   * recovery, or show that it was none. Requests before one that made room are forgotten with it.
   */
  readonly changes: readonly CredentialChange[]
  /** The youngest `signOutsMax`, unordered. */
  readonly signOuts: readonly SignOut[]
}

/**
 * What a use says of a session that should be dead. breach: its provider accepted it. exposure: an
 * application did, which may have checked an unexpired token offline. attempt: it was refused.
 */
export type UseKind = 'breach' | 'exposure' | 'attempt'

export interface Use {
  readonly at: number
  readonly eventId: string
  readonly outcome: Outcome
  readonly observer: Observer
  /** When the presented token was issued; one issued after the end proves that it was no end. */
  readonly tokenIssuedAt: number | null
}

export interface SessionMemory {
  readonly tenant: string
  readonly instance: string
  readonly kind: SessionKind
  readonly id: string
  readonly subjectRef: string
  readonly organizationId: string
  readonly deviceId: string
  /** Somebody else opened it, such as an impersonator: what it is used from is not the subject's. */
  readonly openedByActor: boolean
  /** Earliest statement of its creation, null while nobody told. */
  readonly createdAt: number | null
  /** Earliest instant at which it was seen to exist. */
  readonly firstSeenAt: number
  /** Earliest accepted use: a creation later than this is a further sign-in. Null without. */
  readonly firstAliveAt: number | null
  /**
   * Instants of `created`, ascending: those that begin a life, as far as its ends are known, and the
   * youngest of the other sign-ins. `lifecycleEventsMax` at most.
   */
  readonly creations: readonly number[]
  /** Instants of `revoked` or `ended`, ascending: the first, and the youngest of the others. */
  readonly ends: readonly number[]
  /** True once a bound of a life had to be dropped. A session of one life loses nothing by it. */
  readonly lifecycleOverflow: boolean
  /** Latest known expiry: extensions move it, nothing moves it back. */
  readonly expiresAt: number | null
  /** The youngest accepted use: whether there is one past the expiry, however late it is told. */
  readonly lastAccepted: Use | null
  /**
   * The youngest uses within hindsight and displacement, ordered by (at, eventId); where there are
   * too many, of each outcome the youngest at least.
   */
  readonly uses: readonly Use[]
  readonly usesOverflow: boolean
  /** Per kind of use the earliest one after the known end, however long ago. */
  readonly afterEnd: { readonly [Kind in UseKind]: Use | null }
  /** The earliest accepted use after the known expiry that is known by now. */
  readonly afterExpiry: Use | null
}

/** One event with what was known strictly before it. Null where the event names none. */
export interface EventContext extends EnrichedEvent {
  readonly subject: SubjectMemory | null
  readonly session: SessionMemory | null
}

/** One event with what is known once its whole batch was learnt. Null where the event names none. */
export interface EventAfterBatch extends EnrichedEvent {
  readonly subject: SubjectMemory | null
  readonly session: SessionMemory | null
}

/** What is known of the lives of a session. */
export type Turns = Pick<SessionMemory, 'creations' | 'ends' | 'firstAliveAt'>

/**
 * Whether a sign-in between an end and an instant began the next life of its id. Producers that tell
 * whole seconds give an end and the sign-in after it one instant: of a session that was known before,
 * the sign-in came second. The view `session_lives` says the same.
 */
export function beganAgain(
  { creations, ends, firstAliveAt }: Turns,
  end: number,
  at: number,
): boolean {
  const [created = end, ended = end] = [creations[0], ends[0]]
  const isKnownBefore = Math.min(created, ended, firstAliveAt ?? end) < end
  return creations.some((born) => born <= at && (born > end || (born === end && isKnownBefore)))
}

/**
 * The end that a use at this instant survived: one so long before it that no request was still in
 * flight, with no sign-in in between. Undefined when it survived none.
 */
export function survivedEnd(turns: Turns, at: number, graceMs: number): number | undefined {
  return turns.ends.find((end) => at > end + graceMs && !beganAgain(turns, end, at))
}

/** The uses that an event of this instant is held against when it tells a bound of its session. */
export function usesInLookback(uses: readonly Use[], at: number): readonly Use[] {
  return uses.filter((use) => use.at >= at - lookbackMs)
}

/** Whether an event tells when a life of its session began or ended. */
export function isLifecycleEvent({ type }: Pick<SessionEvent, 'type'>): boolean {
  return type === 'session.created' || type === 'session.revoked' || type === 'session.ended'
}

/** Which kind of sight a use after an end is; a token issued after the end makes it a breach. */
export function useKindOf(use: Omit<Use, 'at' | 'eventId'>, end: number): UseKind {
  if (use.outcome === 'refused') return 'attempt'
  const reissued = use.tokenIssuedAt !== null && use.tokenIssuedAt > end
  return use.observer === 'idp' || reissued ? 'breach' : 'exposure'
}
