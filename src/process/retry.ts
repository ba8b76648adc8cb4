import { CurfewError } from '../contract/errors.ts'
import type { Ask, Clock, Log } from '../contract/ports.ts'

/** Waits between tries, ms: doubled up to the last. */
const firstWaitMs = 250
const lastWaitMs = 10_000

/**
 * Asks again for as long as waiting can mend it: a store that is away holds a batch up, and that is
 * all it does. What waiting cannot mend, and everything after the signal, is thrown.
 */
export function makePatient(
  ask: Ask,
  {
    clock,
    log,
    signal,
  }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Ask {
  return async (sql, values) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask(sql, values)
      } catch (error) {
        if (!(error instanceof CurfewError) || !error.retry || signal.aborted) throw error
        const waitMs = Math.min(lastWaitMs, firstWaitMs * 2 ** Math.min(tries - 1, 10))
        log.warn(
          { tries, waitMs, reason: error.message },
          'the store does not answer; the batch waits for it',
        )
        await clock.wait(waitMs, signal)
        if (signal.aborted) throw error
      }
    }
  }
}
