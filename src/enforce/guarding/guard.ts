import type { CauseClass } from '../../contract/cause.ts'
import type { Certainty, CurfewMode } from '../../contract/curfew.ts'
import type { SessionKind } from '../../contract/event-words.ts'
import type { Policy } from '../../contract/policy.ts'

/** An order to be judged by the guards. */
export interface Proposal {
  readonly tenant: string
  readonly instance: string
  readonly orderId: string
  readonly subjectRef: string
  readonly subjectId: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly incarnation: number
  readonly classes: readonly CauseClass[]
  readonly causeIds: readonly string[]
  /** The strongest mode among its standing curfews. */
  readonly mode: CurfewMode
  readonly certainty: Certainty
  /** False when every cause came by a lane or source that may not act. */
  readonly mayAct: boolean
  readonly causeAt: number
  readonly deadlineAt: number
  /** The person who approved it; '' for none. */
  readonly approvedBy: string
  /** Sessions that its call ends too, by kind and id, and those of them that nothing condemns. */
  readonly alsoEnds: readonly string[]
  readonly bystanders: readonly string[]
  /** The `alsoEnds` shown to the person who approved it. */
  readonly shownEnds: readonly string[]
}

/** What guards may count: intents of the last hour, rebuilt from `order_steps` before the first call. */
export interface GuardCounts {
  readonly now: number
  /** Finding-caused intents of this tenant within the last minute. */
  readonly findingOrdersLastMinute: number
  /** Subjects of finding-caused intents of this tenant within the last hour. */
  readonly findingSubjectsLastHour: ReadonlySet<string>
  readonly findingSessionsLastHour: number
  readonly liveSessions: number
  /**
   * Orders of the same cause that were dispatched; those of them that are over: contained, found
   * ended already, or given up on purpose; and those that failed: over without proof, so that only a
   * person or late proof helps. This order is not among them, or a wave would wait for itself.
   */
  readonly dispatchedOfCause: number
  readonly containedOfCause: number
  readonly failedOfCause: number
  readonly killed: boolean
}

/**
 * pass: continue. wait: ask again later. approve: a person decides. suppress: never. Observe mode
 * runs every guard too, so it reports what enforcing would have done.
 */
export type Judgement =
  | { readonly judged: 'pass' }
  | { readonly judged: 'wait'; readonly reason: string }
  | { readonly judged: 'approve'; readonly reason: string }
  | { readonly judged: 'suppress'; readonly reason: string }

/**
 * A file in `enforce/guards/`: one reason not to act. Pure; `run-guards.ts` says which objection
 * wins.
 */
export interface Guard {
  readonly id: string
  readonly title: string
  readonly judge: (proposal: Proposal, tally: GuardCounts, policy: Policy) => Judgement
}
