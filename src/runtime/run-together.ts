import { stopTimes } from '../contract/stop-times.ts'
import type { Deliver, Source } from '../source/source.ts'
import type { StopDeadline } from './stop-deadline.ts'

/** Runs long-running parts and stops all of them together. The failure of one, or `broken`, fails all. */
export function makeRunning(
  stack: AsyncDisposableStack,
  deadline: StopDeadline,
  broken: Promise<never> | undefined,
) {
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  broken?.catch(failure.reject)
  const leaving = new AbortController()
  const ends: Promise<void>[] = []
  const stop = async (): Promise<void> => {
    leaving.abort()
    await Promise.all(ends)
  }
  stack.defer(() => deadline.within('sources and enforcement', stopTimes.worksLeft, stop))
  const add = (run: (signal: AbortSignal) => Promise<void>): void => {
    ends.push(run(leaving.signal).catch(failure.reject))
  }
  const source = (opened: Source, deliver: Deliver): void => {
    ends.push(opened.run(deliver).catch(failure.reject))
    const closed = Promise.withResolvers<void>()
    const close = () => opened.close(stopTimes.sourcesLeft).then(closed.resolve, closed.reject)
    leaving.signal.addEventListener('abort', close, { once: true })
    ends.push(closed.promise)
  }
  return { add, source, stop, failed: failure.promise }
}
