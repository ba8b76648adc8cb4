import type { DetectorMode, Finding, Severity } from '../contract/finding.ts'
import type { Row } from '../contract/ports.ts'
import type { On } from './finding-root.ts'
import type { Family } from './mode.ts'

/**
 * A detector over stored history: a file in `detect/sweeps/`. It finds what no single event shows:
 * the passing of time and patterns across subjects. In everything else it is the equal of a detector:
 * any root, the events behind a finding, and every mode of its family.
 *
 * Its statement takes these parameters, and must use the first two:
 * - `{tenant:String}`: only this tenant; all tenants where it is empty.
 * - `{recorded_since:DateTime64(3)}` and `{due_since:DateTime64(3)}`: only what was recorded since the one
 *   or became due since the other, so that a round costs what changed. Once an hour both are the epoch.
 * - `{as_of:DateTime64(3)}`: the instant of the round. Only what is older than `watermarkMs` before it
 *   counts, so that late facts are in.
 *
 * Every row becomes one finding, standing or not. The schedule records only what changed since the last round.
 */
export interface Sweep {
  readonly id: string
  readonly title: string
  readonly family: Family
  readonly severity: Severity
  readonly mode: DetectorMode
  readonly attack: readonly string[]
  readonly runbook: string
  /** How often it is run, ms. */
  readonly everyMs: number
  /** How long facts may be late before a round rests on their absence, ms. */
  readonly watermarkMs: number
  /** Set where findings rest on something that did not happen, see `SweepSight.silentSince`. */
  readonly restsOnSilence?: true
  /** How far back it looks, ms: every finding younger than that is among its rows, or is withdrawn. */
  readonly windowMs: number
  readonly sql: string
  readonly toSight: (row: Row) => SweepSight
  readonly examples: readonly [SweepExample, SweepExample, ...SweepExample[]]
}

/** An event as the facts of a session know it: whose it is, and when it happened, ms since the epoch. */
export interface EventAt {
  readonly subjectRef: string
  readonly at: number
}

/** What one row of a sweep says; together with the sweep's id it names its finding. */
export interface SweepSight {
  readonly tenant: string
  readonly instance: string
  /** What the finding is about; its session when left out. */
  readonly on?: On
  readonly about: readonly string[]
  readonly standing: boolean
  readonly severity?: Severity
  /** When what was found happened, ms since the epoch. */
  readonly at: number
  /**
   * Set where the finding rests on something that did not happen: from this instant until `at`, ms since
   * the epoch. It is not evaluable while a source of the tenant has not been read completely over that time.
   * Only for a sweep that `restsOnSilence`.
   */
  readonly silentSince?: number
  readonly subjectRef: string
  readonly sessionKind: string
  readonly sessionId: string
  readonly why: string
  /** Ids of the events that the finding rests on. A finding that names no event may not act. */
  readonly eventIds?: readonly string[]
  /** The same where the statement knows only whose they are and when they happened. */
  readonly events?: readonly EventAt[]
  readonly facts: Finding['facts']
}

export interface SweepExample {
  readonly name: string
  readonly row: Row
  readonly stands: boolean
}
