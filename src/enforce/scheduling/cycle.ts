import type { Clock } from '../../contract/ports.ts'

/** One step, repeated. */
export interface Cycle {
  /** Starts the next step at once. */
  readonly wake: () => void
  /** Runs until the signal aborts, then waits for the running step. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** `step` returns the delay until the next one, ms, unless it is woken; it must not throw. */
export function makeCycle(clock: Clock, step: () => Promise<number>): Cycle {
  let woken = Promise.withResolvers<void>()
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      woken = Promise.withResolvers<void>()
      const waitMs = await step()
      if (waitMs <= 0) continue
      const over = new AbortController()
      const wait = clock.wait(waitMs, AbortSignal.any([signal, over.signal]))
      await Promise.race([wait, woken.promise])
      over.abort()
    }
  }
  return { wake: () => woken.resolve(), run }
}
