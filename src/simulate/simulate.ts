import { live, makeShip } from './live.ts'
import { makeWorld } from './make-world.ts'
import type { SimulationOptions } from './options.ts'
import { checkOptions } from './options.ts'
import { dayMs, makeVirtualClock } from './pace.ts'
import type { Probe } from './stories.ts'
import { probeSurvivors } from './stories.ts'
import type { Counts } from './world.ts'

export interface Summary extends Counts {
  /** Messages sent, with duplicates and malformed ones. */
  readonly sent: number
  /** Messages that were spoilt on purpose. */
  readonly malformed: number
  /** Wire times, ms since the epoch. */
  readonly startedAt: number
  readonly endedAt: number
}

export interface Simulation extends AsyncDisposable {
  /** Lives until the end, or until stopped; a second call waits for the same run. */
  readonly run: () => Promise<Summary>
  /** Ends the run, sends what is left, and resolves as `run` does. */
  readonly stop: () => Promise<Summary>
  readonly counts: () => Readonly<Counts>
  /** Wire time. */
  readonly now: () => number
  /**
   * After the run: tries every session that was left alive, sends what that led to, and tells the
   * ledger which were refused.
   */
  readonly probe: () => Promise<Probe>
}

/**
 * Opens a simulated company that lives, makes mistakes and is attacked, and tells a truth ledger of
 * its own what it planted. It shares no code and no state with what detects.
 *
 * @throws CurfewError SETTINGS_INVALID when the options contradict each other. `run` and `stop`
 *   reject with what the sink or the ledger throws.
 */
export function openSimulation(options: SimulationOptions): Simulation {
  checkOptions(options)
  const clock =
    options.speed === 'fast'
      ? makeVirtualClock(options.startAt ?? options.clock.now())
      : options.clock
  const startedAt = clock.now()
  const world = makeWorld(options, clock)
  const endByDays =
    startedAt + ((options.days ?? Number.POSITIVE_INFINITY) * dayMs) / world.pace.speed
  const until = Math.min(options.until ?? Number.POSITIVE_INFINITY, endByDays)
  const ship = makeShip(world, options.forwardFeed ?? true)
  const ending = new AbortController()
  const runOnce = async (): Promise<Summary> => {
    const endedAt = await live({ world, clock, until, ending: ending.signal, options, ship })
    const { sent, malformed } = world.outbox
    return { ...world.counts, sent, malformed, startedAt, endedAt }
  }
  let running: Promise<Summary> | undefined
  const run = () => {
    running ??= runOnce()
    return running
  }
  const stop = () => {
    ending.abort()
    return run()
  }
  return {
    run,
    stop,
    counts: () => ({ ...world.counts }),
    now: clock.now,
    probe: async () => {
      const found = await probeSurvivors(world)
      await ship(Number.POSITIVE_INFINITY)
      return found
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
    },
  }
}
