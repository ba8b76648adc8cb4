import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Cause, CauseClass } from './cause.ts'
import type { ScopeKind, SessionKind } from './event-words.ts'

/** What a curfew may do. observe: everything but the last call. */
export const CurfewMode = Type.Union([
  Type.Literal('observe'),
  Type.Literal('approve'),
  Type.Literal('enforce'),
])
export type CurfewMode = Static<typeof CurfewMode>

/**
 * How sure it is that the session existed before its cause. `ambiguous`: created within clock
 * uncertainty of it. `creation_unknown`: first heard of after it, creation told by nobody. Neither
 * is spared and neither is revoked unasked.
 */
export type Certainty = 'certain' | 'ambiguous' | 'creation_unknown'

/**
 * One (curfew, cause) pair: a row of `curfews`. The curfew *S must be dead by D because of class C*
 * is the set of its pairs; its T and D are the earliest of those that stand. Whether a pair stands
 * is judged when reading, from what is then known of the session's creation and end.
 */
export interface Curfew {
  readonly tenant: string
  readonly instance: string
  /** Hash of (tenant, instance, session kind, session id, incarnation, cause class). */
  readonly curfewId: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  /** 0 for the first; a `created` after a known end, beyond clock skew, opens the next. */
  readonly incarnation: number
  readonly class: CauseClass
  readonly causeId: string
  /** T, when the cause happened. */
  readonly causeAt: number
  /** D, until when the session must be dead. */
  readonly deadlineAt: number
  readonly mode: CurfewMode
  readonly mayAct: boolean
  readonly certainty: Certainty
  readonly scopeKind: ScopeKind
  readonly subjectRef: string
  readonly foundBy: 'inline' | 'sweep' | 'listing'
  /** When Curfew knew: ms since the epoch. */
  readonly detectedAt: number
}

export type Verdict = 'kept' | 'broken' | 'open' | 'unproven'

/** What is known of a session when a cause is held against it; ms since the epoch. */
export interface SessionLife {
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
  life: SessionLife,
  found: { readonly by: Curfew['foundBy']; readonly at: number },
) => Curfew | undefined
