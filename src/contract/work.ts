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
}

export type OnWork = (done: WorkDone) => void
