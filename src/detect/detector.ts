import type { EventType, IpOf, NetworkClass, SessionKind } from '../contract/event-words.ts'
import type { DetectorMode, Finding, Severity } from '../contract/finding.ts'
import type { EventContext } from '../contract/memory.ts'
import type { Policy } from '../contract/policy.ts'
import type { On } from './finding-root.ts'
import type { Family } from './mode.ts'

/**
 * What a detector saw. `about` names it within the detector: together with the session or subject
 * it makes the finding's id, so the same sight is the same finding whenever it is seen.
 */
export interface Sight {
  readonly on: On
  readonly about: readonly string[]
  /** False withdraws: later facts showed that there was nothing to see. */
  readonly standing: boolean
  readonly severity?: Severity
  /** When what was seen happened, ms since the epoch. */
  readonly at: number
  readonly eventIds: readonly string[]
  readonly why: string
  readonly facts: Finding['facts']
  /** The session it concerns when that is not the event's own. */
  readonly session?: { readonly kind: SessionKind; readonly id: string }
}

/**
 * A detector: a file in `detect/detectors/`. Pure: one event with what was known strictly before it
 * → what it shows. Its answers together must not depend on how events were split into batches, on
 * repeats, or on events coming up to two minutes out of order. It holds no state; where memory's
 * bounds hide what it needs it stays silent and memory's overflow bit says why.
 */
export interface Detector {
  readonly id: string
  readonly title: string
  /** pair: judged against both neighbours in time. first_sight: the earliest of its value. threshold: past an instant. */
  readonly kind: 'pair' | 'first_sight' | 'threshold'
  readonly family: Family
  readonly severity: Severity
  /** Until policy says otherwise. */
  readonly mode: DetectorMode
  /** ATT&CK technique ids. */
  readonly attack: readonly string[]
  /** What a responder does about it. */
  readonly runbook: string
  /** Events it looks at; the others are never handed to it. */
  readonly types: readonly EventType[]
  readonly inspect: (context: EventContext, policy: Policy) => readonly Sight[]
  readonly examples: readonly [DetectorExample, DetectorExample, ...DetectorExample[]]
}

/** A little history, in order of arrival, and what must stand at its end. */
export interface DetectorExample {
  readonly name: string
  readonly history: readonly Happening[]
  /** `about` of the standing findings, joined by a blank, sorted. */
  readonly finds: readonly string[]
}

/** One event of an example: minutes from its start, and what is said about it. */
export interface Happening {
  readonly minute: number
  readonly type?: EventType
  readonly session?: string
  readonly ip?: string
  /** Whose address it is; the subject's when absent. */
  readonly ipOf?: IpOf
  /** A place by name, see `examplePlaces`. */
  readonly from?: keyof typeof examplePlaces
  /** What kind of network it comes from; `fixed` when absent. */
  readonly network?: NetworkClass
  readonly outcome?: 'accepted' | 'refused'
  readonly observer?: 'idp' | 'application'
  /** Minute at which the session expires. */
  readonly expiresMinute?: number
  readonly tokenIssuedMinute?: number
}

/** Cities for examples and tests: country, degrees north and east, radius in kilometres. */
export const examplePlaces = {
  warsaw: { country: 'PL', city: 'Warsaw', latitude: 52.23, longitude: 21.01, accuracyKm: 20 },
  krakow: { country: 'PL', city: 'Krakow', latitude: 50.06, longitude: 19.94, accuracyKm: 20 },
  lisbon: { country: 'PT', city: 'Lisbon', latitude: 38.72, longitude: -9.14, accuracyKm: 20 },
  tokyo: { country: 'JP', city: 'Tokyo', latitude: 35.68, longitude: 139.69, accuracyKm: 20 },
} as const

/** The answer of a detector that saw nothing: one array for all, since most events show nothing. */
export const nothing: readonly Sight[] = []

/** The answer of a detector that would have to know its subject for longer: it is counted, not clean. */
export const insufficient: readonly Sight[] = []
