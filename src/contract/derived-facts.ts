import type { SessionKind, SubjectKind } from './event-words.ts'
import type { Lane } from './raw-message.ts'

/** A session's tie to an organization, connection, device or grant: a row of `session_edges`. */
export interface SessionEdge {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly edge: 'organization' | 'connection' | 'device' | 'grant'
  readonly value: string
  readonly at: number
}

/** The first time a subject showed a value: a row of `subject_firsts`. */
export interface FirstSightFact {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
  readonly attribute: 'country' | 'device' | 'network'
  readonly value: string
  readonly at: number
  readonly eventId: string
}

/**
 * One side of a sign-in that its provider tells in two events: through a connection without a
 * session, or a session begun by single sign-on without a connection. A row of `sign_ins`.
 */
export interface SignInSide {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
  readonly at: number
  readonly eventId: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly connectionId: string
  readonly organizationId: string
  readonly ip: string
  readonly userAgent: string
}

/** What a subject has from an instant on: a row of `entitlements`. */
export interface Entitlement {
  readonly tenant: string
  readonly instance: string
  readonly kind: 'roles' | 'directory'
  /** The organization of the roles, or the directory. */
  readonly scopeId: string
  readonly subjectRef: string
  readonly at: number
  readonly eventId: string
  readonly organizationId: string
  readonly held: readonly string[]
  readonly begins: boolean
  readonly lane: Lane
  readonly mayAct: boolean
  readonly receivedAt: number
}

/** Who a subject is: a row of `identities`. */
export interface SubjectIdentity {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
  readonly subjectId: string
  readonly subjectKind: SubjectKind
  /** '' when the event gave none. */
  readonly subjectEmail: string
  readonly at: number
}

/**
 * Derived facts: what a batch showed that the store keeps beside the events. Written before them, so that an
 * event found in the store has all its derived facts there too; a repeat changes nothing. They hold what
 * they say and never the event: it would live until they are written.
 */
export interface DerivedFacts {
  readonly edges: readonly SessionEdge[]
  readonly firstSights: readonly FirstSightFact[]
  /** Subjects named for the first time, or newly. */
  readonly names: readonly SubjectIdentity[]
  readonly signIns: readonly SignInSide[]
  readonly entitlements: readonly Entitlement[]
}
