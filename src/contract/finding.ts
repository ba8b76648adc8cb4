import type { Static } from 'typebox'
import { Type } from 'typebox'

export const Severity = Type.Union([
  Type.Literal('info'),
  Type.Literal('low'),
  Type.Literal('medium'),
  Type.Literal('high'),
  Type.Literal('critical'),
])
export type Severity = Static<typeof Severity>

/** off: not run. shadow: recorded, shown to nobody. inform: shown. propose: asks. act: imposes. */
export const DetectorMode = Type.Union([
  Type.Literal('off'),
  Type.Literal('shadow'),
  Type.Literal('inform'),
  Type.Literal('propose'),
  Type.Literal('act'),
])
export type DetectorMode = Static<typeof DetectorMode>

/** What a detector saw. A changed finding is a higher version of the same id. */
export interface Finding {
  readonly tenant: string
  readonly instance: string
  /** Hash of (detector, session or subject, what it is about). */
  readonly findingId: string
  /** Milliseconds of the judging; the highest stands. */
  readonly version: number
  /** False when later facts showed that there was nothing; the row stays, the finding does not. */
  readonly standing: boolean
  readonly detector: string
  readonly severity: Severity
  readonly mode: DetectorMode
  /** When what was seen happened. */
  readonly at: number
  readonly receivedAt: number
  readonly subjectRef: string
  readonly sessionKind: string
  readonly sessionId: string
  /** One sentence for a responder; holds event text, so it is escaped wherever it is shown. */
  readonly why: string
  /** Event ids the finding rests on, sorted. */
  readonly eventIds: readonly string[]
  /** Named facts: speeds, distances, places. Flat, at most 16 entries. */
  readonly facts: { readonly [name: string]: string | number | boolean }
  /** Sweeps state the instant they looked; null for inline findings. */
  readonly asOf: number | null
}
