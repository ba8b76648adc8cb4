import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks `probe` until it answers something other than `undefined`. Only for parts that run outside
 * this process and cannot call back; tests of our own code use the clock port instead.
 *
 * A probe that throws has not answered yet; the last error becomes the cause of the time-out.
 * `abandon` names a reason to stop at once, such as a process that has already died.
 */
export const eventually = async <Answer>({
  what,
  timeoutMs,
  everyMs = 50,
  probe,
  abandon = () => undefined,
  evidence = () => '',
}: {
  readonly what: string
  readonly timeoutMs: number
  readonly everyMs?: number
  readonly probe: () => Promise<Answer | undefined>
  readonly abandon?: () => string | undefined
  readonly evidence?: () => string
}): Promise<Answer> => {
  const giveUpAt = performance.now() + timeoutMs
  let cause: unknown
  for (;;) {
    try {
      const answer = await probe()
      if (answer !== undefined) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    const reason =
      abandon() ?? (performance.now() > giveUpAt ? `not after ${timeoutMs} ms` : undefined)
    if (reason !== undefined) throw new Error(`${what}: ${reason}${evidence()}`, { cause })
    await delay(everyMs)
  }
}
