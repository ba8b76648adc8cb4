import { reasonOf } from './errors.ts'
import type { Clock, Log } from './ports.ts'
import type { OnWork } from './work.ts'

export interface Repeated {
  /** Which of the sweeps it is, in readiness, metrics and notices. */
  readonly of: string
  readonly everyMs: number
  /** It has at most this share of the time: a round that takes long is followed by a longer wait. */
  readonly shareMax: number
  /** One round of it. */
  readonly round: () => Promise<void>
  /** Where rounds of several take turns; the time until it is its turn is none of its own. */
  readonly inTurn?: (work: () => Promise<void>) => Promise<void>
}

/** A round of a sweep that takes longer counts as failing, ms. */
export const roundMsMax = 2 * 60_000

/**
 * Looks over the store again and again until the signal aborts, and says of each round how it went: the
 * one place that does, so that nothing which fails is heard of by the log alone.
 */
export async function repeat(
  { of, everyMs, shareMax, round, inTurn = (work) => work() }: Repeated,
  { clock, log, onWork }: { readonly clock: Clock; readonly log: Log; readonly onWork: OnWork },
  signal: AbortSignal,
): Promise<void> {
  const work = { work: 'sweeps', of } as const
  while (!signal.aborted) {
    let waitMs = everyMs
    onWork({ ...work, isUnderway: true, withinMs: roundMsMax })
    await inTurn(async () => {
      if (signal.aborted) return
      const begunAt = clock.now()
      onWork({ ...work, isUnderway: true, withinMs: roundMsMax })
      const failure = await round().then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      waitMs = Math.max(everyMs, (clock.now() - begunAt) / shareMax)
      // What stops is cut off under its last question, which is no failure.
      if (signal.aborted) return
      onWork({ ...work, ...failure, withinMs: waitMs + roundMsMax })
      if (!failure) return
      const said = { sweep: of, reason: reasonOf(failure.error) }
      log.error(said, 'a sweep failed; it is run again in its time')
    })
    await clock.wait(waitMs, signal)
  }
}
