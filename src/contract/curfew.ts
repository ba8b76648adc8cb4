import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Cause } from './cause.ts'
import { CauseClass } from './cause.ts'
import { ScopeKind, SessionKind } from './event-words.ts'
import type { Noun } from './noun.ts'
import { count, flag, instant, owner, text } from './noun.ts'

/** What a curfew may do. observe: everything except the call. */
export const CurfewMode = Type.Union(
  [Type.Literal('observe'), Type.Literal('approve'), Type.Literal('enforce')],
  {
    description:
      'What it may do. observe: everything except the call. approve: the call needs an approval.',
  },
)
export type CurfewMode = Static<typeof CurfewMode>

/**
 * Whether the session existed before its cause. `ambiguous`: created within the clock
 * uncertainty of it. `creation_unknown`: first observed after it, and no source reported the creation. Neither
 * is exempt, and neither is revoked without an approval.
 */
export const Certainty = Type.Union(
  [Type.Literal('certain'), Type.Literal('ambiguous'), Type.Literal('creation_unknown')],
  {
    description:
      'Whether the session existed before its cause. ambiguous: created within the clock uncertainty of it. creation_unknown: first observed after it. Neither is revoked without an approval.',
  },
)
export type Certainty = Static<typeof Certainty>

/**
 * One (curfew, cause) pair: a row of `curfews`. The curfew *S must be dead by D because of class C*
 * is the set of its pairs; its T and D are the earliest of the valid ones. A query decides whether a pair is valid,
 * from the creation and end of the session that are known by then.
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
      '0 for the first; a creation after a known end, beyond clock skew, begins the next.',
    ),
    class: CauseClass,
    causeId: text('The cause of this pair.'),
    causeAt: instant('T, the instant of the cause.'),
    deadlineAt: instant('D, the deadline for the death of the session.'),
    mode: CurfewMode,
    mayAct: flag('False: it is reported and judged, and never leads to an order.'),
    certainty: Certainty,
    scopeKind: ScopeKind,
    subjectRef: text("Keyed hash of the session's subject, '' when unknown."),
    foundBy: Type.Union([Type.Literal('inline'), Type.Literal('sweep'), Type.Literal('listing')], {
      description:
        'What matched it: the journey of a batch, a sweep over the store, or a list read at the provider.',
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

/** Facts of a session when a cause is applied to it; ms since the epoch. */
export interface SessionLifespan {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly incarnation: number
  readonly subjectRef: string
  readonly createdAt: number | null
  readonly firstSeenAt: number
  /** Earliest end within this incarnation, by event; null without any. */
  readonly endedAt: number | null
  /** Whether the exemption of an authenticated change is void: the session has an open finding, or is new. */
  readonly suspect: boolean
}

/**
 * Applies one cause to one session: returns the pair, or undefined where the cause does not condemn the session
 * (created after it, ended before it, exempt). The same rule inline and in
 * sweeps; only `foundBy` and `detectedAt` differ.
 */
export type Condemn = (
  cause: Cause,
  life: SessionLifespan,
  found: { readonly by: Curfew['foundBy']; readonly at: number },
) => Curfew | undefined
