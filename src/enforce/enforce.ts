import { aborted } from '../contract/aborted.ts'
import type { SessionName } from '../contract/identity.ts'
import type { EnforcerOptions } from './compose.ts'
import { composeEnforcer } from './compose.ts'
import { makeCycles } from './rounds/cycles.ts'
import { makeShutdown } from './rounds/shutdown.ts'
import { makeMutex } from './scheduling/mutex.ts'

/** What one tick did; counts. */
export interface TickReport {
  /** Curfew pairs that the sweep appended. */
  readonly curfews: number
  /** Sessions that were looked at because something about them changed. */
  readonly reviewed: number
  /** Orders carried on and subjects listed. */
  readonly worked: number
  /** There is more to do at once. */
  readonly more: boolean
  /** What failed for somebody while the rest went on. */
  readonly failure: { readonly error: unknown } | undefined
}

/**
 * The one that decides. It runs apart from the intake: requests and causes become curfews, curfews
 * become orders, orders become calls, and calls are read back until there is proof.
 */
export interface Enforcer {
  /**
   * Everything that is due now, to its end.
   *
   * @throws CurfewError of the store; nothing was called for that was not written down before.
   */
  readonly tick: () => Promise<TickReport>
  /**
   * Ticks until the signal aborts; a failing store only delays it. From then on no call begins; those
   * under way have 4 s, and 1.5 s more are there to write down how they went.
   */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Makes the next look come at once: a live cause was recorded. */
  readonly nudge: () => void
  /** Has sessions reviewed at once of which a curfew was recorded; a look would find them later. */
  readonly condemned: (sessions: readonly SessionName[]) => void
  readonly close: () => Promise<void>
}

/** A tick of a process that is not elected. */
const notElected: TickReport = {
  curfews: 0,
  reviewed: 0,
  worked: 0,
  more: false,
  failure: undefined,
}
/** Sessions that may be handed over for a review; a look finds the others. */
const condemnedMax = 20_000

/**
 * Opens the enforcer: takes a new term, and reads open orders and spent budgets back from the store.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function openEnforcer(options: EnforcerOptions): Promise<Enforcer> {
  const { clock, log, onWork = () => {} } = options
  const shutdown = makeShutdown({ clock, log, isElected: options.isElected ?? (() => true) })
  const { mayCall: isElected, givenUp } = shutdown
  const components = await composeEnforcer({ ...options, isElected, givenUp, onWork })
  const { reconcile, review, scheduler, reviewQueue, orderMutex } = components
  // A tick does all that the cycles do side by side.
  const { runExclusive, idle } = makeMutex()
  const cycles = makeCycles({
    ...options,
    ...components,
    isElected,
    reconcile: () => runExclusive(reconcile),
  })
  const closed = new AbortController()

  const tick = (): Promise<TickReport> =>
    runExclusive(async () => {
      if (!isElected()) return notElected
      const { curfews, more, failure } = await reconcile()
      const { reviewed, more: moreToReview } = await review()
      const worked = (await Promise.all(scheduler.startRounds())).reduce(
        (sum, each) => sum + each,
        0,
      )
      await scheduler.settled()
      return { curfews, reviewed, worked, more: more || moreToReview || worked > 0, failure }
    })
  const underWay = async (): Promise<void> => {
    await Promise.all([idle(), orderMutex.idle()])
    await scheduler.settled()
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    const ends = AbortSignal.any([signal, closed.signal])
    // A look at a large store may take longer than a stop may.
    await Promise.race([cycles.run(ends), aborted(ends)])
    await shutdown.leave(underWay())
  }
  const close = async (): Promise<void> => {
    closed.abort()
    await shutdown.leave(underWay())
  }
  const condemned = (sessions: readonly SessionName[]): void => {
    for (const each of sessions) if (reviewQueue.size < condemnedMax) reviewQueue.add(each)
    cycles.review()
  }
  return { tick, run, nudge: cycles.reconcile, condemned, close }
}
