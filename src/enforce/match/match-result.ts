import type { Cause } from '../../contract/cause.ts'
import type { ChangedSession } from './changed-sessions.ts'

/** What a round of expanding found. */
export interface MatchResult {
  /** Causes that were read for the first time since opening, new ones and those of the full sweep. */
  readonly causes: readonly Cause[]
  /** How many pairs were appended. */
  readonly curfews: number
  /** Changed sessions that are under a curfew. */
  readonly condemned: readonly ChangedSession[]
  /** Sessions whose provider should be asked whether they outlived their expiry. */
  readonly unlisted: readonly Cause[]
  /** Pages are left for the next round. */
  readonly more: boolean
  /** Changed sessions were deferred; their changes are still to be read. */
  readonly postponed: boolean
}
