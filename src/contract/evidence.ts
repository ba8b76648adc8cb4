import type { Static } from 'typebox'
import { Type } from 'typebox'
import { SessionKind } from './event-words.ts'
import type { Noun } from './noun.ts'
import { count, instant, owner, text } from './noun.ts'

/**
 * Why a session is believed dead, or alive. E0 requested, E1 acknowledged, E2 read back as gone,
 * E3 the provider's own end event, E4 a later use refused because the session had ended. E3 and E4
 * come with events and are read from them; rows of `evidence` hold E0 to E2 and `alive`.
 */
export const EvidenceLevel = Type.Union(
  [Type.Literal('E0'), Type.Literal('E1'), Type.Literal('E2'), Type.Literal('alive')],
  {
    description:
      'E0: its end was requested. E1: the provider acknowledged. E2: it was read back as gone. alive: it was observed alive. E0 and E1 never prove.',
  },
)
export type EvidenceLevel = Static<typeof EvidenceLevel>

/** How it was observed. */
export const EvidenceMeans = Type.Union(
  [
    Type.Literal('intent'),
    Type.Literal('answer'),
    Type.Literal('nothing_left'),
    Type.Literal('listing'),
    Type.Literal('read'),
    Type.Literal('subject_gone'),
  ],
  {
    description:
      "How it was observed: our own intent, the answer to a call, the answer of a provider called again that nothing is left to end, a list of a subject's sessions, a read of one session, or an empty list from a provider that reports the subject as deleted.",
  },
)
export type EvidenceMeans = Static<typeof EvidenceMeans>

export const Evidence = Type.Object(
  {
    ...owner,
    evidenceId: text('Hash of (session, incarnation, level, means, at, what it rests on).'),
    sessionKind: SessionKind,
    sessionId: text("The identity provider's id of the session."),
    incarnation: count('Incarnation of a reused session id, from 0.'),
    level: EvidenceLevel,
    means: EvidenceMeans,
    at: instant(
      'The instant for which it certainly holds: alive when the read that shows it began, gone when the read without it ended, requested or answered when the row was made.',
    ),
    orderId: text("The order it belongs to, '' when it came without one."),
    listingId: text("The listing it rests on, '' otherwise."),
    detail: text('The exact answer or read, without any secret.'),
  },
  {
    $id: 'evidence.v1',
    title: 'Evidence, version 1',
    description: 'One reason to believe a session dead or alive: a row of the table evidence.',
  },
)
export type Evidence = Noun<typeof Evidence>

/** One session as a provider shows it in a list or a read. */
export interface ListedSession {
  readonly kind: SessionKind
  readonly id: string
  readonly subjectId: string
  /** ms; null when the provider does not report it. The provider's rounding is in its capabilities. */
  readonly createdAt: number | null
  readonly lastUsedAt: number | null
  readonly expiresAt: number | null
  readonly ip: string
  readonly userAgent: string
  /** '' for fields that the provider's lists do not have; its capabilities list those they have. */
  readonly organizationId: string
  readonly connectionId: string
  readonly deviceId: string
  readonly grantId: string
  /** The subject for whom an agent acts in it. */
  readonly onBehalfOfId: string
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
  /** The provider reports the subject as deleted: a session that it does not show cannot come back. */
  readonly subjectGone?: boolean
  readonly sessions: readonly ListedSession[]
}
