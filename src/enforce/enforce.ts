import { reasonOf } from '../contract/errors.ts'
import { makeLeaving } from './leaving.ts'
import type { EnforcerOptions } from './parts.ts'
import { openParts } from './parts.ts'

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
   * under way have 4 s, and 2 s more are there to write down how they went.
   */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Makes the next tick come at once: a live cause was recorded. */
  readonly nudge: () => void
  readonly close: () => Promise<void>
}

/** A tick of a process that is not elected. */
const idle: TickReport = { curfews: 0, reviewed: 0, worked: 0, more: false, failure: undefined }
/** After a store that failed, ms. */
const failedMs = 1_000
const look = { work: 'enforcement', of: '' } as const
/** How soon to look again whether this process is elected, ms. */
const unelectedMs = 250

/**
 * Opens the enforcer: takes a new term, and reads open orders and spent budgets back from the store.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function openEnforcer(options: EnforcerOptions): Promise<Enforcer> {
  const { clock, log, meter, everyMs, onWork } = options
  const leaving = makeLeaving({ clock, log, isElected: options.isElected ?? (() => true) })
  const isElected = leaving.mayCall
  const { givenUp } = leaving
  const { storeRound, lanes, ledger, watch } = await openParts({ ...options, isElected, givenUp })
  let nudged = Promise.withResolvers<void>()
  let closed = false
  // One round over the store at a time: it alone opens orders.
  const { inTurn, turn } = makeTurns()
  const nudge = (): void => nudged.resolve()

  const tick = (): Promise<TickReport> =>
    inTurn(async () => {
      if (!isElected()) return idle
      const { curfews, reviewed, more, failure } = await storeRound()
      const worked = (await Promise.all(lanes.begin())).reduce((sum, each) => sum + each, 0)
      return { curfews, reviewed, worked, more: more || worked > 0, failure }
    })

  const step = async (): Promise<number> => {
    // Whoever is elected decides alone; what this process holds in memory is not the newest then.
    if (!isElected()) {
      onWork?.(look)
      return unelectedMs
    }
    const begun = clock.now()
    const { more, failure } = await inTurn(storeRound)
    onWork?.({ ...look, ...wentOf({ more, failure, begun }) })
    for (const round of lanes.begin()) {
      // What a lane did may call for a review, or there is more of it: look again at once.
      round.then(
        (worked) => (worked > 0 ? nudge() : undefined),
        (error: unknown) => log.error({ error: reasonOf(error) }, 'a round of orders was cut off'),
      )
    }
    meter.observeMs('curfew_enforce_round_seconds', clock.now() - begun)
    meter.gauge('curfew_enforce_open_orders', ledger.openCount)
    meter.gauge('curfew_enforce_owed_sessions', watch.size)
    const next = lanes.nextAt()
    return more ? 0 : Math.min(everyMs, next === undefined ? everyMs : next - clock.now())
  }

  const leave = () => leaving.leave(Promise.all([turn(), lanes.settled()]))

  const loop = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted && !closed) {
      nudged = Promise.withResolvers<void>()
      const waitMs = await tried(step, options)
      if (waitMs <= 0) continue
      const over = new AbortController()
      const wait = clock.wait(waitMs, AbortSignal.any([signal, over.signal]))
      await Promise.race([wait, nudged.promise])
      over.abort()
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    // A look at a large store may take longer than a stop may.
    await Promise.race([loop(signal), aborted(signal)])
    await leave()
  }
  const close = async (): Promise<void> => {
    closed = true
    nudge()
    await leave()
  }
  return { tick, run, nudge, close }
}

/** Where nothing is left, all that was recorded before it began has been dealt with. */
function wentOf(done: Pick<TickReport, 'more' | 'failure'> & { readonly begun: number }) {
  if (done.failure) return { error: done.failure.error }
  return done.more ? {} : { through: done.begun }
}

/** How long to wait after one step; a store that fails only delays the next one. */
async function tried(
  step: () => Promise<number>,
  { log, onWork }: Pick<EnforcerOptions, 'log' | 'onWork'>,
): Promise<number> {
  try {
    return await step()
  } catch (error) {
    onWork?.({ ...look, error })
    log.error({ error: reasonOf(error) }, 'the enforcer could not look; it tries again')
    return failedMs
  }
}

/** Does one work after the other, in the order in which they were asked for. */
function makeTurns() {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => {})
    return mine
  }
  return { inTurn, turn: () => last }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
