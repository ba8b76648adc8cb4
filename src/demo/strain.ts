import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Whether deadlines could be met on this machine, since the demo began. */
export interface Slowness {
  /** Deadlines may have been missed for want of processor time alone. */
  readonly tooSlow: boolean
  /** The longest that anything waited for its turn, ms. */
  readonly longestWaitMs: number
}

/** Adds up how long things waited for their turn. */
export interface Strain {
  /** A wait, ms. */
  readonly note: (waitedMs: number) => void
  readonly slowness: () => Slowness
}

/** So many waits of a third of a deadline are no chance; a wait of a whole one misses it by itself. */
const longWaitsMax = 3

/** Nothing is forgotten, since the figures of a demo count everything from its beginning. */
export function makeStrain(deadlineMs: number): Strain {
  let longestWaitMs = 0
  let longWaits = 0
  return {
    note: (waitedMs) => {
      longestWaitMs = Math.max(longestWaitMs, Math.round(waitedMs))
      if (waitedMs >= deadlineMs / 3) longWaits += 1
    },
    slowness: () => ({
      tooSlow: longWaits >= longWaitsMax || longestWaitMs >= deadlineMs,
      longestWaitMs,
    }),
  }
}

const checkEveryMs = 1_000

/** How late a process comes to what is due; `max` in ns. */
export type Delays = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  'max' | 'reset' | 'enable' | 'disable'
>

/** Watches how late this process comes to what is due: everything of the demo runs in it. */
export function openStrain(
  deadlineMs: number,
  delays: Delays = monitorEventLoopDelay({ resolution: 20 }),
): Strain & Disposable {
  const strain = makeStrain(deadlineMs)
  const look = (): void => {
    strain.note(delays.max / 1e6)
    delays.reset()
  }
  delays.enable()
  const looking = setInterval(look, checkEveryMs)
  looking.unref()
  return {
    note: strain.note,
    slowness: () => {
      look()
      return strain.slowness()
    },
    [Symbol.dispose]: () => {
      clearInterval(looking)
      delays.disable()
    },
  }
}
