import type { DetectorMode, Finding, Severity } from '../contract/finding.ts'
import type { Row } from '../contract/ports.ts'

/**
 * A detector over stored history: a file in `detect/sweeps/`. It sees what no single event shows:
 * the passing of time and patterns across subjects. Its statement may use `{as_of:DateTime64(3)}`,
 * the instant it is run for, and must look only at what is older than `watermarkMs` before it, so
 * that late facts are in. It must look only at what was recorded since `{recorded_since:DateTime64(3)}` or
 * became due since `{due_since:DateTime64(3)}`, so that a round costs what changed; once an hour these are
 * the epoch, for a look at everything. It must look only at what is of `{tenant:String}`, or at all tenants where
 * that is empty. Every row becomes one finding, standing or not; the schedule writes down only what
 * changed since the last run.
 */
export interface Sweep {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly mode: DetectorMode
  readonly attack: readonly string[]
  readonly runbook: string
  /** How often it is run, ms. */
  readonly everyMs: number
  readonly watermarkMs: number
  /** How far back it looks, ms: every finding younger than that is among its rows, or is no more. */
  readonly windowMs: number
  readonly sql: string
  readonly toSight: (row: Row) => SweepSight
  readonly examples: readonly [SweepExample, SweepExample, ...SweepExample[]]
}

/** What one row of a sweep says; together with the sweep's id it names its finding. */
export interface SweepSight {
  readonly tenant: string
  readonly instance: string
  readonly about: readonly string[]
  readonly standing: boolean
  readonly severity?: Severity
  readonly at: number
  readonly subjectRef: string
  readonly sessionKind: string
  readonly sessionId: string
  readonly why: string
  readonly facts: Finding['facts']
}

export interface SweepExample {
  readonly name: string
  readonly row: Row
  readonly stands: boolean
}
