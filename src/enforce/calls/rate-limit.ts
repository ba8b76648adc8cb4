import type { Clock } from '../../contract/ports.ts'

/** Who asks for a call: orders that only findings cause, or everything else. */
export type BudgetShare = 'finding' | 'reserved'

/** How many calls one instance's provider may get; every call of any kind takes one. */
export interface Budget {
  /** Takes a call and returns true; returns false where the budget is empty. */
  readonly tryTake: (share: BudgetShare) => boolean
  /** Milliseconds until `tryTake` would succeed if no other caller asked; 0 when it would now. */
  readonly waitMs: (share: BudgetShare) => number
  /** Waits for a call and takes it; false when the signal aborted first. */
  readonly take: (share: BudgetShare, signal?: AbortSignal) => Promise<boolean>
  /**
   * No call is granted before this instant (ms since the epoch): the provider rate-limits (429).
   */
  readonly pauseUntil: (at: number) => void
}

/**
 * A token bucket: calls come back at `callsPerSecondMax` and at most a second's worth of them is
 * saved up (never fewer than two). Finding-caused orders also draw from a bucket of half the size,
 * so the other half is always there for lifecycle causes, people, listings and read-backs, however
 * many findings an attacker provokes.
 */
export function makeBudget({
  callsPerSecondMax,
  clock,
}: {
  readonly callsPerSecondMax: number
  readonly clock: Clock
}): Budget {
  const all = new Bucket(callsPerSecondMax, Math.max(2, callsPerSecondMax), clock.now())
  const findings = new Bucket(all.perSecond / 2, all.most / 2, clock.now())
  let pausedUntil = Number.NEGATIVE_INFINITY

  const waitMs = (share: BudgetShare): number => {
    const now = clock.now()
    return Math.max(
      0,
      pausedUntil - now,
      all.waitMs(now),
      share === 'finding' ? findings.waitMs(now) : 0,
    )
  }
  const tryTake = (share: BudgetShare): boolean => {
    if (waitMs(share) > 0) return false
    all.take()
    if (share === 'finding') findings.take()
    return true
  }
  const take = async (share: BudgetShare, signal?: AbortSignal): Promise<boolean> => {
    while (signal?.aborted !== true) {
      if (tryTake(share)) return true
      await clock.wait(waitMs(share), signal)
    }
    return false
  }
  return {
    tryTake,
    waitMs,
    take,
    pauseUntil: (at) => {
      // A second, shorter answer of a parallel call does not shorten what the first one asked.
      pausedUntil = Math.max(pausedUntil, at)
    },
  }
}

class Bucket {
  readonly perSecond: number
  readonly most: number
  #calls: number
  #at: number

  constructor(perSecond: number, most: number, now: number) {
    this.perSecond = perSecond
    this.most = most
    this.#calls = most
    this.#at = now
  }

  /** Whole milliseconds, rounded up, until one call is there. */
  waitMs(now: number): number {
    // A clock that was set back gives nothing and takes nothing.
    const elapsedMs = Math.max(0, now - this.#at)
    this.#calls = Math.min(this.most, this.#calls + (elapsedMs / 1000) * this.perSecond)
    this.#at = now
    // Sums of fractions fall short of a whole call by less than this.
    const missing = 1 - this.#calls - 1e-9
    return missing <= 0 ? 0 : Math.ceil((missing / this.perSecond) * 1000)
  }

  take(): void {
    this.#calls -= 1
  }
}
