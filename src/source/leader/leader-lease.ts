import type { Now } from '../../contract/ports.ts'

/**
 * A lease that at most one process of many holds at a time. The holder may lose it at any moment, so
 * it calls `isHeld` before each action and bounds the action by `leaseTimes`.
 */
export interface LeaderLease {
  /** Whether this process holds the lease and had a heartbeat answered within `heartbeatAgeMsMax`. */
  readonly isHeld: () => boolean
  /**
   * Waits for the lease and runs `work` for each term in which this process holds it. The signal of a
   * term aborts when the lease is lost or closed; the next term here begins after the work has ended.
   * Rejects only as the work does.
   */
  readonly run: (work: (term: AbortSignal) => Promise<void>) => Promise<void>
  /** Waits for the work to end, then releases the lease at once. */
  readonly close: () => Promise<void>
}

/**
 * Milliseconds. An action that begins at most `heartbeatAgeMsMax` after an answered heartbeat and takes
 * less than `sessionTimeoutMs - heartbeatAgeMsMax` ends before a successor can begin. The rebalance
 * timeout is longer than the session, so that a silent member is not dropped before its session ends.
 */
export const leaseTimes = {
  sessionTimeoutMs: 12_000,
  rebalanceTimeoutMs: 15_000,
  heartbeatEveryMs: 400,
  heartbeatAgeMsMax: 2_000,
} as const
export type LeaseTimes = { readonly [Name in keyof typeof leaseTimes]: number }

/** The state of our membership in the group; all instants are those at which requests were sent. */
export class LeaseMembership {
  readonly #now: Now
  readonly #times: LeaseTimes
  #assigned = false
  #joining = false
  #heartbeatAt = Number.NEGATIVE_INFINITY

  constructor(now: Now, times: LeaseTimes) {
    this.#now = now
    this.#times = times
  }

  /** The group rebalances: until it assigns the lease, no member may act. */
  joining(): void {
    this.#joining = true
  }

  joined(isAssigned: boolean, sentAt: number): void {
    this.#joining = false
    this.#assigned = isAssigned
    this.heartbeat(sentAt)
  }

  heartbeat(sentAt: number): void {
    this.#heartbeatAt = Math.max(this.#heartbeatAt, sentAt)
  }

  /** This process has left the group. */
  left(): void {
    this.#assigned = false
    this.#joining = false
  }

  isHeld(): boolean {
    return this.#assigned && !this.#joining && this.#age() < this.#times.heartbeatAgeMsMax
  }

  /**
   * Whether this process may still hold the lease: the group cannot have given it to another yet. By this
   * a member that rejoins claims the lease, and a term survives a rebalance or a late heartbeat.
   */
  mayStillHold(): boolean {
    return this.#assigned && this.#age() < this.#times.sessionTimeoutMs
  }

  #age(): number {
    return this.#now() - this.#heartbeatAt
  }
}

/** The member that gets the lease: the one that claims to hold it, else the first by id. */
export function electedOf(
  members: readonly { readonly memberId: string; readonly claims: boolean }[],
): string | undefined {
  const byId = members.toSorted((one, other) => (one.memberId < other.memberId ? -1 : 1))
  return (byId.find(({ claims }) => claims) ?? byId[0])?.memberId
}
