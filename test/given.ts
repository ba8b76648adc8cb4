import type { OnFault } from '../src/contract/code-fault.ts'
import type { Clock, Log, Meter } from '../src/contract/ports.ts'

/** A log that says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** A key for tests; never one for anything else. */
export const sealKey = Buffer.alloc(32, 7)

/** A meter that measures nothing. */
export const idleMeter: Meter = { count() {}, gauge() {}, observeMs() {} }

/** For tests in which no code may throw on what an event holds: that it did fails the test. */
export const failOnFault: OnFault = ({ stage, part, error, line }) => {
  throw new Error(`${stage}, ${part}: ${error} in ${line}`)
}

/** A clock that only moves when told to; waits end when its time has come. */
export function makeClock(start = Date.parse('2026-11-03T09:00:00.000Z')) {
  let at = start
  let waits: { readonly until: number; readonly wake: () => void }[] = []
  const clock: Clock = {
    now: () => at,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || ms <= 0) return resolve()
        const wait = { until: at + ms, wake: resolve }
        waits.push(wait)
        signal?.addEventListener('abort', () => {
          waits = waits.filter((each) => each !== wait)
          resolve()
        })
      }),
  }
  return {
    clock,
    /** Moves time on and wakes, in order, whoever waited for it. */
    async advance(ms: number): Promise<void> {
      const end = at + ms
      for (;;) {
        const next = waits.filter((wait) => wait.until <= end).sort((a, b) => a.until - b.until)[0]
        if (!next) break
        waits = waits.filter((wait) => wait !== next)
        at = next.until
        next.wake()
        await settle()
      }
      at = end
      await settle()
    },
  }
}

/** Lets everything that is ready run; no time passes. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
