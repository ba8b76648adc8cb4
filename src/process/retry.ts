import { CurfewError } from '../contract/errors.ts'
import type { Ask, Clock, Log } from '../contract/ports.ts'

/** Back-off between attempts, ms: doubled up to the last. */
const firstWaitMs = 250
const lastWaitMs = 10_000

/**
 * An `Ask` that retries with exponential back-off while the error allows a retry: an absent store delays
 * a batch and loses nothing. Throws errors that do not allow a retry, and every error after the signal.
 */
export function makeRetryingAsk(
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
          'the store does not answer; the batch waits and the query is retried',
        )
        await clock.wait(waitMs, signal)
        if (signal.aborted) throw error
      }
    }
  }
}
