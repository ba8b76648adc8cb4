import type { SessionKind } from './event-words.ts'

/**
 * Why we believe a session is dead, or alive. E0 requested, E1 acknowledged, E2 read back as gone,
 * E3 the provider's own end event, E4 a later use refused because the session had ended. E3 and E4
 * come with events and are read from them; rows of `evidence` hold E0 to E2 and `alive`.
 */
export type EvidenceLevel = 'E0' | 'E1' | 'E2' | 'alive'

/** How it was seen. */
export type EvidenceMeans = 'intent' | 'answer' | 'listing' | 'read'

export interface Evidence {
  readonly tenant: string
  readonly instance: string
  /** Hash of (session, incarnation, level, means, at, what it rests on). */
  readonly evidenceId: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly incarnation: number
  readonly level: EvidenceLevel
  readonly means: EvidenceMeans
  /**
   * The instant for which it surely holds: alive when the read that shows it was begun, gone when
   * the read that misses it was over, requested or answered when the row was made.
   */
  readonly at: number
  readonly orderId: string
  /** The listing it rests on, '' otherwise. */
  readonly listingId: string
  readonly detail: string
}

/** One session as a provider shows it in a list or a read. */
export interface ListedSession {
  readonly kind: SessionKind
  readonly id: string
  readonly subjectId: string
  /** ms; null when the provider does not say. Rounding of the provider is in its capabilities. */
  readonly createdAt: number | null
  readonly lastUsedAt: number | null
  readonly expiresAt: number | null
  readonly ip: string
  readonly userAgent: string
  readonly organizationId: string
  readonly applicationIds: readonly string[]
}

/** One read of a provider's list for one subject. */
export interface Listing {
  readonly tenant: string
  readonly instance: string
  readonly listingId: string
  readonly subjectRef: string
  readonly startedAt: number
  readonly finishedAt: number
  /** False when a page failed, shifted or was cut off: absence then proves nothing. */
  readonly complete: boolean
  readonly sessions: readonly ListedSession[]
}
