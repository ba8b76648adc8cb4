import type { Clock } from '../../contract/ports.ts'

/** One step again and again. */
export interface Cycle {
  /** Makes the next step come at once. */
  readonly wake: () => void
  /** Until the signal aborts; then the step under way is still waited for. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** `step` gives back after how many ms the next one is due when nothing wakes it; it must not throw. */
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
