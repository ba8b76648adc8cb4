import { aborted } from '../contract/aborted.ts'
import { CurfewError, reasonOf } from '../contract/errors.ts'
import type { SessionName } from '../contract/identity.ts'
import type { Clock, Log } from '../contract/ports.ts'
import type { Enforcer } from '../enforce/enforce.ts'
import type { LeaderLease } from '../source/leader/leader-lease.ts'

/** Enforcement as the process runs it: alone, or while it holds the leader lease. */
export interface Enforcing {
  /** Starts the next round at once, where this process enforces. */
  readonly nudge: () => void
  /** Reviews sessions with new curfews at once, where this process enforces. */
  readonly condemned: (sessions: readonly SessionName[]) => void
  /** Runs until the signal aborts; then waits for calls under way and releases the lease. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export interface EnforcingOptions {
  /** Opens an enforcer for one term; it calls `isElected` before each of its calls. */
  readonly open: (isElected: () => boolean) => Promise<Enforcer>
  /** Other work that only one process may do: sweeps. It starts nothing after the signal has aborted. */
  readonly beside: (signal: AbortSignal) => Promise<void>
  /** Called when this process enforces no more, so that it forgets failures of that work. */
  readonly onOver?: () => void
  /** Undefined for a single process: the lock of its data folder, or its operator, ensures that. */
  readonly lease: LeaderLease | undefined
  readonly clock: Clock
  readonly log: Log
}

/** Pause before the enforcer is opened again, so that an absent store does not cost the term, ms. */
const againMs = 1_000

/**
 * Opens enforcement. A single process has its enforcer from the start; one of many opens one for each
 * term, which reads from the store what was done before.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED, for a process that is alone.
 */
export async function openEnforcing(options: EnforcingOptions): Promise<Enforcing> {
  const { open, beside, lease, onOver } = options
  let current = lease ? undefined : await open(() => true)
  const work = async (enforcer: Enforcer, signal: AbortSignal): Promise<void> => {
    current = enforcer
    // When one of them fails the other must end too, before another process gets the lease.
    const over = new AbortController()
    const both = AbortSignal.any([signal, over.signal])
    const end = (): void => over.abort()
    // A sweep may take minutes in the store; the end of a term does not wait for it.
    const besides = Promise.race([beside(both), aborted(both)])
    const works = [enforcer.run(both).finally(end), besides.finally(end)]
    try {
      const ends = await Promise.allSettled(works)
      const failed = ends.find((each) => each.status === 'rejected')
      if (failed) throw failed.reason
    } finally {
      current = undefined
      await enforcer.close()
      onOver?.()
    }
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    if (!lease) {
      if (current) await work(current, signal)
      return
    }
    const terms = lease.run(async (term) => {
      const enforcer = await openWithRetry(options, () => lease.isHeld(), term)
      if (enforcer) await work(enforcer, term)
    })
    try {
      await Promise.race([aborted(signal), terms])
    } finally {
      await lease.close()
    }
    await terms
  }
  const condemned = (sessions: readonly SessionName[]) => current?.condemned(sessions)
  return { nudge: () => current?.nudge(), condemned, run }
}

/** Undefined when the term ended before the store answered. */
async function openWithRetry(
  { open, clock, log }: EnforcingOptions,
  isElected: () => boolean,
  term: AbortSignal,
): Promise<Enforcer | undefined> {
  while (!term.aborted) {
    try {
      return await open(isElected)
    } catch (error) {
      if (!(error instanceof CurfewError && error.retry)) throw error
      log.error({ error: reasonOf(error) }, 'the enforcer could not be opened; it tries again')
      await clock.wait(againMs, term)
    }
  }
  return undefined
}
