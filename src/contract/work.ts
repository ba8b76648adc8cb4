/** Kinds of recurring work; the ids are those of `/readyz` and of a metric. */
export type Work =
  /** Rounds in which the enforcer reads changes from the store. */
  | 'enforcement'
  /** Work of the enforcer on sessions, causes and subjects of one instance. */
  | 'instances'
  /** Calls to one provider for orders that are due. */
  | 'orders'
  /** Lists and reads of sessions at one provider. */
  | 'lists'
  /** Runs of one sweep, and of other recurring work over the store. */
  | 'sweeps'
  /** Reading one source. */
  | 'sources'
  /** Recording of incoming batches. */
  | 'recording'
  /** Delivery of notifications. */
  | 'notices'

/** A report of one piece of work: its result, or its progress. */
export interface WorkDone {
  readonly work: Work
  /** The id of a sweep, a source or an instance; '' where there is only one. */
  readonly of: string
  /** The tenant it concerns; all tenants when left out. */
  readonly tenant?: string
  /** It has begun or progressed; its result is reported later. */
  readonly isUnderway?: true
  /** The thrown value; left out after success. */
  readonly error?: unknown
  /** The next report is due within this time, ms; left out for work that runs on demand. */
  readonly withinMs?: number
  /** The failure expires without a report for this time, ms: the work was not needed any more. */
  readonly lapsesMs?: number
  /** Everything recorded before this instant was processed, ms since the epoch; only where known. */
  readonly through?: number
}

export type OnWork = (done: WorkDone) => void

/** State of one piece of work. */
export interface WorkState {
  readonly work: Work
  readonly of: string
  /** '' for all tenants. */
  readonly tenant: string
  readonly failing: boolean
  /** Code of the failure; '' without one. */
  readonly reason: string
  /** Begin of the failure; else the instant up to which it is done. ms since the epoch. */
  readonly at: number
}

/** The id of the enforcer's work whose state holds the instant up to which all recorded rows are processed. */
export const throughAll = { work: 'enforcement', of: 'through', tenant: '' } as const

/** Work is recorded every half minute: after this long without a row no process ran, ms. */
export const silentMs = 10 * 60_000

/** The row of the table `work_states`. */
export function workStateRow({ work, of, tenant, failing, reason, at }: WorkState) {
  return { tenant, work, of, failing, reason, at: new Date(at).toISOString() }
}

/** A period in which one piece of work was not done. */
export interface WorkGap {
  /** `process`: no process ran, so nothing was done. */
  readonly work: Work | 'process'
  readonly of: string
  /** '' for all tenants. */
  readonly tenant: string
  readonly reason: string
  /** ms since the epoch; while the gap lasts, `untilAt` is the time of the last check. */
  readonly fromAt: number
  readonly untilAt: number
}

/** The row of the table `work_gaps`. */
export function workGapRow({ work, of, tenant, reason, fromAt, untilAt }: WorkGap) {
  const [from_at, until_at] = [new Date(fromAt).toISOString(), new Date(untilAt).toISOString()]
  return { tenant, work, of, reason, from_at, until_at }
}
