import type { Clock, Log } from '../contract/ports.ts'

/** The deadline of a stop. Each part has to close within so many ms after the stop began. */
export interface StopDeadline {
  /** Begins the stop, unless it has begun. */
  readonly begin: () => void
  /** Returns how many ms are left until `until` ms after the stop began. */
  readonly leftMs: (until: number) => number
  /**
   * Waits for `close`, at most until `until` ms after the stop began; then logs `what` is still at work.
   *
   * @throws what `close` throws while it is awaited.
   */
  readonly within: (what: string, until: number, close: () => Promise<void>) => Promise<void>
}

/** Makes the deadline. A call of `within` or `leftMs` before `begin` begins the stop. */
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
