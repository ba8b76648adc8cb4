import type { Deliver, Source } from './source/source.ts'

/** How long a source may take to leave: the whole is over within 8 s, below what supervisors give. */
const graceMs = 5_000

/** Runs what runs for ever, and stops all of it at once; `broken` fails the whole like any of it. */
export function makeRunning(stack: AsyncDisposableStack, broken: Promise<never> | undefined) {
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  broken?.catch(failure.reject)
  const leaving = new AbortController()
  const ends: Promise<void>[] = []
  const stop = async (): Promise<void> => {
    leaving.abort()
    await Promise.all(ends)
  }
  stack.defer(stop)
  const add = (run: (signal: AbortSignal) => Promise<void>): void => {
    ends.push(run(leaving.signal).catch(failure.reject))
  }
  const source = (opened: Source, deliver: Deliver): void => {
    ends.push(opened.run(deliver).catch(failure.reject))
    const closed = Promise.withResolvers<void>()
    const close = () => opened.close(graceMs).then(closed.resolve, closed.reject)
    leaving.signal.addEventListener('abort', close, { once: true })
    ends.push(closed.promise)
  }
  return { add, source, stop, failed: failure.promise }
}
