import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Does some work and says for how long at most the main loop served nobody else, ms. A busy machine makes
 * any loop late, so what the thread did not spend on its own work does not count.
 */
export async function longestBlockMs(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  let longestMs = 0
  let last = process.threadCpuUsage()
  let turn: NodeJS.Immediate | undefined
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(last)
    longestMs = Math.max(longestMs, (user + system) / 1_000)
    last = process.threadCpuUsage()
    turn = setImmediate(look)
  }
  delay.enable()
  look()
  try {
    await work()
  } finally {
    // The turn in which the work ended counts too.
    look()
    clearImmediate(turn)
    delay.disable()
  }
  return Math.min(longestMs, delay.max / 1_000_000 || Number.POSITIVE_INFINITY)
}
