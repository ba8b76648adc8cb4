import type { Now } from '../../contract/ports.ts'

/**
 * A place that at most one process of many holds at a time. Whoever holds it may lose it at any
 * moment, so it asks `isHeld` before each deed, and bounds the deed by `seatTimes`.
 */
export interface Seat {
  /** Whether it is ours and the group counted us in within the last `beatAgeMsMax`. */
  readonly isHeld: () => boolean
  /**
   * Waits for the seat again and again, and does the work of each term while it is ours. The signal
   * of a term aborts when the seat is lost or closed; no other term begins here before the work has
   * ended. Rejects only as the work does.
   */
  readonly run: (work: (term: AbortSignal) => Promise<void>) => Promise<void>
  /** Lets the work come to its end, then leaves the seat to others at once. */
  readonly close: () => Promise<void>
}

/**
 * Milliseconds. A deed begun with a beat of at most `beatAgeMsMax` and bounded by less than
 * `sessionTimeoutMs - beatAgeMsMax` is over before a successor can begin. A group must not give up
 * a silent member sooner than its session, so rejoining has the longer time.
 */
export const seatTimes = {
  sessionTimeoutMs: 12_000,
  rebalanceTimeoutMs: 15_000,
  heartbeatEveryMs: 400,
  beatAgeMsMax: 2_000,
} as const
export type SeatTimes = { readonly [Name in keyof typeof seatTimes]: number }

/** What is known of our membership; all instants are those at which requests were sent. */
export class SeatKeeper {
  readonly #now: Now
  readonly #times: SeatTimes
  #assigned = false
  #joining = false
  #beatenAt = Number.NEGATIVE_INFINITY

  constructor(now: Now, times: SeatTimes) {
    this.#now = now
    this.#times = times
  }

  /** The group is being put together anew: until it says who has the seat, nobody may act on it. */
  joining(): void {
    this.#joining = true
  }

  joined(isOurs: boolean, sentAt: number): void {
    this.#joining = false
    this.#assigned = isOurs
    this.beaten(sentAt)
  }

  beaten(sentAt: number): void {
    this.#beatenAt = Math.max(this.#beatenAt, sentAt)
  }

  /** We are no member any more. */
  left(): void {
    this.#assigned = false
    this.#joining = false
  }

  isHeld(): boolean {
    return this.#assigned && !this.#joining && this.#age() < this.#times.beatAgeMsMax
  }

  /**
   * Whether the seat may still be ours: the group cannot have given it to another. By this a member
   * that rejoins claims its seat, and a term goes on over a rebalance or a late beat.
   */
  mayBeOurs(): boolean {
    return this.#assigned && this.#age() < this.#times.sessionTimeoutMs
  }

  #age(): number {
    return this.#now() - this.#beatenAt
  }
}

/** Who gets the seat: the member that says it holds it, else the first by name. */
export function seatedOf(
  members: readonly { readonly memberId: string; readonly claims: boolean }[],
): string | undefined {
  const byName = members.toSorted((one, other) => (one.memberId < other.memberId ? -1 : 1))
  return (byName.find(({ claims }) => claims) ?? byName[0])?.memberId
}
