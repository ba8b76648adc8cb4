import { reasonOf } from './errors.ts'
import type { Clock, Log } from './ports.ts'
import type { OnWork } from './work.ts'

export interface Repeated {
  /** The id of the sweep in readiness, metrics and notifications. */
  readonly of: string
  readonly everyMs: number
  /** Its share of the time, at most: a long round is followed by a longer wait. */
  readonly shareMax: number
  /** One round of it. */
  readonly round: () => Promise<void>
  /** Runs rounds of several sweeps one at a time; the wait does not count as time of the round. */
  readonly runExclusive?: (work: () => Promise<void>) => Promise<void>
}

/** A round of a sweep that takes longer counts as failing, ms. */
export const roundMsMax = 2 * 60_000

/**
 * Repeats a round of work over the store until the signal aborts, and reports each result to readiness,
 * metrics and notifications. All recurring work runs through it, so that no failure is only logged.
 */
export async function repeat(
  { of, everyMs, shareMax, round, runExclusive = (work) => work() }: Repeated,
  { clock, log, onWork }: { readonly clock: Clock; readonly log: Log; readonly onWork: OnWork },
  signal: AbortSignal,
): Promise<void> {
  const work = { work: 'sweeps', of } as const
  while (!signal.aborted) {
    let waitMs = everyMs
    onWork({ ...work, isUnderway: true, withinMs: roundMsMax })
    await runExclusive(async () => {
      if (signal.aborted) return
      const begunAt = clock.now()
      onWork({ ...work, isUnderway: true, withinMs: roundMsMax })
      const failure = await round().then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      waitMs = Math.max(everyMs, (clock.now() - begunAt) / shareMax)
      // The abort cancels the running statement, which is no failure.
      if (signal.aborted) return
      onWork({ ...work, ...failure, withinMs: waitMs + roundMsMax })
      if (!failure) return
      const details = { sweep: of, reason: reasonOf(failure.error) }
      log.error(details, 'a sweep failed; it runs again at its next interval')
    })
    await clock.wait(waitMs, signal)
  }
}
