import type { Cause } from '../../contract/cause.ts'
import type { ChangedSession } from './changed-sessions.ts'

/** What a round of expanding found. */
export interface MatchResult {
  /** Causes that were read for the first time since opening, new ones and those of the full sweep. */
  readonly causes: readonly Cause[]
  /** How many pairs were appended. */
  readonly curfews: number
  /** Sessions under a curfew that something was told of. */
  readonly condemned: readonly ChangedSession[]
  /** Sessions whose provider should be asked whether they outlived their expiry. */
  readonly unlisted: readonly Cause[]
  /** Pages are left for the next round. */
  readonly more: boolean
  /** Looking at what was told of sessions was put off: its news are still to come. */
  readonly postponed: boolean
}
