/**
 * Deadlines of the parts of a shutdown, ms after its begin. All count from that one instant, so
 * that waits do not add up: a process ends within 8 s, and supervisors allow 10.
 */
export const stopTimes = {
  /** Requests to the API are aborted. */
  requestsCut: 3_000,
  /** Calls to providers are aborted; whether they were carried out is in doubt then. */
  callsGivenUp: 4_000,
  /** Sources have stopped. */
  sourcesLeft: 5_000,
  /** Unfinished work of the enforcer is abandoned. */
  enforcerLeft: 5_500,
  /** Consumers that have not left their Kafka group are abandoned. */
  worksLeft: 5_800,
  /** Unwritten batches are abandoned; they are read again at the next start. */
  recorded: 6_300,
  /** Undelivered notifications are lost. */
  notified: 6_800,
  /** Running statements of the store are abandoned. */
  storeLeft: 7_200,
  /** The process ends, whatever is still running. */
  ended: 7_700,
} as const
