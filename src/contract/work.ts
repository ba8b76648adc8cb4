/** What is done over and over, each kind by itself; the words are those of `/readyz` and of a metric. */
export type Work =
  /** Looks of the enforcer at the store. */
  | 'enforcement'
  /** What the enforcer does about the sessions, causes and subjects of one instance. */
  | 'instances'
  /** Calls to one provider for orders that are due. */
  | 'orders'
  /** Lists and reads of sessions at one provider. */
  | 'lists'
  /** Runs of one sweep, and of whatever else looks over the store again and again. */
  | 'sweeps'
  /** Reading one source. */
  | 'sources'
  /** Writing down what came in. */
  | 'recording'
  /** Delivering notices to the address for them. */
  | 'notices'

/** One word about a piece of work: how it went, or that it goes on. */
export interface WorkDone {
  readonly work: Work
  /** Of which it is one: the id of a sweep or a source, an instance; '' where there is one only. */
  readonly of: string
  /** Whom it concerns; everybody when left out. */
  readonly tenant?: string
  /** It has begun or gets on: how it went is said later. */
  readonly isUnderway?: true
  /** What was thrown; left out when it went well. */
  readonly error?: unknown
  /** The next word is due within so long, ms; left out for work that waits until there is need of it. */
  readonly withinMs?: number
  /** This failure is over when nothing is heard for so long, ms: nobody needed the work any more. */
  readonly lapsesMs?: number
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

/** Work is written down every half minute: after so long without a word nobody did any, ms. */
export const silentMs = 10 * 60_000

/** The row of the table `work_states`. */
export function workStateRow({ work, of, tenant, failing, reason, at }: WorkState) {
  return { tenant, work, of, failing, reason, at: new Date(at).toISOString() }
}

/** A stretch of time in which one piece of work was not done. */
export interface WorkGap {
  /** `process`: nothing was done, since no process ran. */
  readonly work: Work | 'process'
  readonly of: string
  /** '' for everybody. */
  readonly tenant: string
  readonly reason: string
  /** ms since the epoch; while it lasts `untilAt` is the last time it was looked at. */
  readonly fromAt: number
  readonly untilAt: number
}

/** The row of the table `work_gaps`. */
export function workGapRow({ work, of, tenant, reason, fromAt, untilAt }: WorkGap) {
  const [from_at, until_at] = [new Date(fromAt).toISOString(), new Date(untilAt).toISOString()]
  return { tenant, work, of, reason, from_at, until_at }
}
