import type { Log } from '../contract/ports.ts'

/** Resolves at the first SIGTERM, SIGINT or SIGHUP; a second one ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve(signal)
      })
    }
  })
}

/**
 * Ends this process so many ms from now, unless it has ended by then. The engine's statements hold threads
 * that Node waits for when it exits in order, so it ends as a supervisor would end it; what was not
 * acknowledged comes again.
 */
export function endWithin(ms: number, log: Log): void {
  const end = (): void => {
    log.warn({ ms }, 'the store is still at work; the process ends without it')
    process.kill(process.pid, 'SIGKILL')
  }
  setTimeout(end, ms).unref()
}
