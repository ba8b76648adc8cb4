import type { SessionEvent } from './event.ts'

/** A session's tie to an organization, connection, device or grant: a row of `session_edges`. */
export interface EdgeNote {
  readonly event: SessionEvent
  readonly edge: 'organization' | 'connection' | 'device' | 'grant'
  readonly value: string
}

/** The first time a subject showed a value: a row of `subject_firsts`. */
export interface FirstSightNote {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
  readonly attribute: 'country' | 'device' | 'network'
  readonly value: string
  readonly at: number
  readonly eventId: string
}

/**
 * What a batch taught that the store should keep beside the events. Written before them, so that an
 * event found in the store has all its notes there too; a repeat changes nothing.
 */
export interface Notes {
  readonly edges: readonly EdgeNote[]
  readonly firstSights: readonly FirstSightNote[]
  /** Events that name a subject for the first time, or newly: rows of `identities`. */
  readonly names: readonly SessionEvent[]
}
