/**
 * By when each part of a stop is over, ms after the stop began. All are counted from that one instant, so
 * that no two waits add up: a process is gone within 8 s, and supervisors give 10.
 */
export const stopTimes = {
  /** Requests to the API are cut off. */
  requestsCut: 3_000,
  /** Calls to providers are given up; whether they were carried out is in doubt then. */
  callsGivenUp: 4_000,
  /** Sources have left. */
  sourcesLeft: 5_000,
  /** What the enforcer has under way is left behind. */
  enforcerLeft: 5_500,
  /** Whoever stays in a group of Kafka is left to be missed by it. */
  worksLeft: 5_800,
  /** What is not written by now comes again at the next start. */
  recorded: 6_300,
  /** Notices that were not delivered are lost. */
  notified: 6_800,
  /** The store is left, with what it still has under way. */
  storeLeft: 7_200,
  /** The process is ended, whatever it waits for. */
  ended: 7_700,
} as const
