import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../contract/ports.ts'

/** The machine's clock. */
export const systemClock: Clock = {
  now: Date.now,
  wait: async (ms, signal) => {
    try {
      await wait(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      // Being woken early is what the signal is for.
      if (!signal?.aborted) throw error
    }
  },
}
