import { aborted } from '../contract/aborted.ts'
import { CurfewError, reasonOf } from '../contract/errors.ts'
import type { SessionName } from '../contract/identity.ts'
import type { Clock, Log } from '../contract/ports.ts'
import type { Enforcer } from '../enforce/enforce.ts'
import type { Seat } from '../source/leader/leader-lease.ts'

/** Enforcement as the process runs it: alone, or while it holds the seat among many. */
export interface Enforcing {
  /** Makes the next look come at once, where this process enforces. */
  readonly nudge: () => void
  /** Has sessions reviewed at once of which a curfew was recorded, where this process enforces. */
  readonly condemned: (sessions: readonly SessionName[]) => void
  /** Until the signal aborts; then waits for calls under way and gives the seat to others. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export interface EnforcingOptions {
  /** Opens an enforcer for one term; `isElected` is asked before each of its calls. */
  readonly open: (isElected: () => boolean) => Promise<Enforcer>
  /** What else only one process may do: sweeps. It begins nothing more once the signal has aborted. */
  readonly beside: (signal: AbortSignal) => Promise<void>
  /** Called when this process enforces no more: what failed meanwhile is another's from now on. */
  readonly onOver?: () => void
  /** Without one this process is alone: by the lock of its folder, or because people see to it. */
  readonly seat: Seat | undefined
  readonly clock: Clock
  readonly log: Log
}

/** A store that is away when a term begins must not cost the term, ms. */
const againMs = 1_000

/**
 * Opens enforcement. A process that is alone has its enforcer from the start; one of many opens one
 * for each term, which reads from the store what was done before it.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED, for a process that is alone.
 */
export async function openEnforcing(options: EnforcingOptions): Promise<Enforcing> {
  const { open, beside, seat, onOver } = options
  let current = seat ? undefined : await open(() => true)
  const work = async (enforcer: Enforcer, signal: AbortSignal): Promise<void> => {
    current = enforcer
    // When one of them fails the other must end as well, before the seat is another's.
    const over = new AbortController()
    const both = AbortSignal.any([signal, over.signal])
    const end = (): void => over.abort()
    // A sweep may be minutes in the store: the end of a term does not wait for its answer.
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
    if (!seat) {
      if (current) await work(current, signal)
      return
    }
    const terms = seat.run(async (term) => {
      const enforcer = await openPatiently(options, () => seat.isHeld(), term)
      if (enforcer) await work(enforcer, term)
    })
    try {
      await Promise.race([aborted(signal), terms])
    } finally {
      await seat.close()
    }
    await terms
  }
  const condemned = (sessions: readonly SessionName[]) => current?.condemned(sessions)
  return { nudge: () => current?.nudge(), condemned, run }
}

/** Undefined when the term was over before the store let itself be asked. */
async function openPatiently(
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
