import type { Clock, Log } from '../contract/ports.ts'

/** The one deadline of a stop: what has to be closed has until so many ms after the stop began. */
export interface StopDeadline {
  /** The stop begins now, unless it has begun. */
  readonly begin: () => void
  /** How long is left until so many ms after the stop began, ms. */
  readonly leftMs: (until: number) => number
  /**
   * Waits for something to close, no longer than until so many ms after the stop began; what is left behind
   * is named in the log.
   *
   * @throws what the closing throws while it is waited for.
   */
  readonly within: (what: string, until: number, close: () => Promise<void>) => Promise<void>
}

/** Makes the deadline; a closing that is waited for before `begin` begins the stop. */
export function makeStopDeadline({
  clock,
  log,
}: {
  readonly clock: Clock
  readonly log: Log
}): StopDeadline {
  let begunAt: number | undefined
  const begin = (): void => {
    begunAt ??= clock.now()
  }
  const leftMs = (until: number): number => {
    begin()
    const passed = clock.now() - (begunAt ?? 0)
    // A clock that was set back must not make the stop longer.
    return Math.max(0, until - Math.max(0, passed))
  }
  const within: StopDeadline['within'] = async (what, until, close) => {
    const over = new AbortController()
    const late = clock.wait(leftMs(until), over.signal).then(() => 'late' as const)
    const closing = close()
    closing.catch(() => {})
    const end = await Promise.race([closing, late]).finally(() => over.abort())
    if (end === 'late') log.warn({ what }, 'stopped while this was still at work')
  }
  return { begin, leftMs, within }
}
