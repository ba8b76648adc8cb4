import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Cause } from './cause.ts'
import { CauseClass } from './cause.ts'
import { ScopeKind, SessionKind } from './event-words.ts'
import type { Noun } from './noun.ts'
import { count, flag, instant, owner, text } from './noun.ts'

/** What a curfew may do. observe: everything but the last call. */
export const CurfewMode = Type.Union(
  [Type.Literal('observe'), Type.Literal('approve'), Type.Literal('enforce')],
  {
    description:
      'What it may do. observe: everything but the last call. approve: a person is asked first.',
  },
)
export type CurfewMode = Static<typeof CurfewMode>

/**
 * How sure it is that the session existed before its cause. `ambiguous`: created within clock
 * uncertainty of it. `creation_unknown`: first heard of after it, creation told by nobody. Neither
 * is spared and neither is revoked unasked.
 */
export const Certainty = Type.Union(
  [Type.Literal('certain'), Type.Literal('ambiguous'), Type.Literal('creation_unknown')],
  {
    description:
      'How sure it is that the session existed before its cause. ambiguous: created within clock uncertainty of it. creation_unknown: first heard of after it. Neither is revoked unasked.',
  },
)
export type Certainty = Static<typeof Certainty>

/**
 * One (curfew, cause) pair: a row of `curfews`. The curfew *S must be dead by D because of class C*
 * is the set of its pairs; its T and D are the earliest of those that stand. Whether a pair stands
 * is judged when reading, from what is then known of the session's creation and end.
 */
export const Curfew = Type.Object(
  {
    ...owner,
    curfewId: text(
      'Hash of (tenant, instance, session kind, session id, incarnation, cause class).',
    ),
    sessionKind: SessionKind,
    sessionId: text("The identity provider's id of the session."),
    incarnation: count(
      '0 for the first; a created after a known end, beyond clock skew, opens the next.',
    ),
    class: CauseClass,
    causeId: text('The cause of this pair.'),
    causeAt: instant('T, when the cause happened.'),
    deadlineAt: instant('D, until when the session must be dead.'),
    mode: CurfewMode,
    mayAct: flag('False: it is reported and judged, but never leads to an order.'),
    certainty: Certainty,
    scopeKind: ScopeKind,
    subjectRef: text("Keyed hash of the session's subject, '' when unknown."),
    foundBy: Type.Union([Type.Literal('inline'), Type.Literal('sweep'), Type.Literal('listing')], {
      description:
        'Who found it: the journey of a batch, a sweep over the store, or a list read at the provider.',
    }),
    detectedAt: instant('When Curfew knew.'),
  },
  {
    $id: 'curfew.v1',
    title: 'Curfew, version 1',
    description:
      'One session that must be dead by a deadline because of one cause: a row of the table curfews. Rows with one curfewId are one curfew; its deadline is the earliest of them.',
  },
)
export type Curfew = Noun<typeof Curfew>

export type Verdict = 'kept' | 'broken' | 'open' | 'unproven'

/** What is known of a session when a cause is held against it; ms since the epoch. */
export interface SessionLifespan {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly incarnation: number
  readonly subjectRef: string
  readonly createdAt: number | null
  readonly firstSeenAt: number
  /** Earliest end within this incarnation, by event; null while none is known. */
  readonly endedAt: number | null
  /** Whether the exemption of an authenticated change does not hold: an open finding, or fresh. */
  readonly suspect: boolean
}

/**
 * Holds one cause against one session: the curfew pair it makes, or undefined where the session is
 * not condemned by it (created after it, ended before it, exempt). The same rule inline and in
 * sweeps; only `foundBy` and `detectedAt` differ.
 */
export type Condemn = (
  cause: Cause,
  life: SessionLifespan,
  found: { readonly by: Curfew['foundBy']; readonly at: number },
) => Curfew | undefined
