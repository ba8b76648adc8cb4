/** What is done over and over, each kind by itself; the words are those of `/readyz` and of a metric. */
export type Work =
  /** Looks of the enforcer at the store. */
  | 'enforcement'
  /** What the enforcer does about the sessions, causes and subjects of one instance. */
  | 'instances'
  /** Calls to one provider for orders that are due. */
  | 'orders'
  /** Lists of sessions at one provider. */
  | 'lists'
  /** Runs of one sweep. */
  | 'sweeps'
  /** Reading one source. */
  | 'sources'

/** How one piece of work went. */
export interface WorkDone {
  readonly work: Work
  /** Of which it is one: the id of a sweep or a source, an instance; '' where there is one only. */
  readonly of: string
  /** Whom it concerns; everybody when left out. */
  readonly tenant?: string
  /** What was thrown; left out when it went well. */
  readonly error?: unknown
  /** Up to when all that was recorded has been dealt with, ms since the epoch; only where that is known. */
  readonly through?: number
}

export type OnWork = (done: WorkDone) => void

/** How one piece of work stands. */
export interface WorkState {
  readonly work: Work
  readonly of: string
  /** '' for everybody. */
  readonly tenant: string
  readonly failing: boolean
  /** Why it fails, in a word of ours; '' where it does not. */
  readonly reason: string
  /** Since when it fails; else up to when it is done. ms since the epoch. */
  readonly at: number
}

/** Under this name of the enforcer's work is kept up to when all that was recorded has been dealt with. */
export const throughAll = { work: 'enforcement', of: 'through', tenant: '' } as const

/** The row of the table `work_states`. */
export function workStateRow({ work, of, tenant, failing, reason, at }: WorkState) {
  return { tenant, work, of, failing, reason, at: new Date(at).toISOString() }
}
