import { setImmediate } from 'node:timers/promises'

/**
 * For long work over a list: between two items, `await` what this gives back, if anything, so that the
 * loop can serve others meanwhile. It gives something back after each so many units of work.
 */
export function makePause(units: number): (done?: number) => Promise<void> | undefined {
  let count = 0
  return (done = 1) => {
    count += done
    if (count < units) return undefined
    count = 0
    return setImmediate()
  }
}
