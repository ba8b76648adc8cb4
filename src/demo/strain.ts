import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How long things wait on this machine, ms; the worst of the last seconds. */
export interface Strain {
  /** The greatest wait since it was asked last, with what a question of the store took. */
  readonly waitedMs: (askedMs: number) => number
  readonly close: () => void
}

/** Watches how late this process comes to what is due: everything of the demo runs in it. */
export function openStrain(): Strain {
  const delays = monitorEventLoopDelay({ resolution: 20 })
  delays.enable()
  return {
    waitedMs: (askedMs) => {
      const late = delays.max / 1e6
      delays.reset()
      return Math.round(Math.max(late, askedMs))
    },
    close: () => void delays.disable(),
  }
}

/** Whether deadlines are missed because of the machine: a wait of a third of one, met several times. */
export const isTooSlow = (waitedMs: number, deadlineMs: number): boolean =>
  waitedMs >= deadlineMs / 3
