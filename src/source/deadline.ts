import type { Clock } from '../contract/ports.ts'

export type WaitEnd = 'done' | 'late' | 'aborted'

/**
 * Waits for a promise, at most `ms` and until the signal aborts. Rejects as the promise does. Removes its
 * timer and its listener on the signal, which may outlive many waits.
 */
export function waitFor(
  promise: Promise<unknown>,
  {
    clock,
    ms,
    signal,
  }: { readonly clock: Clock; readonly ms: number; readonly signal?: AbortSignal },
): Promise<WaitEnd> {
  return new Promise((resolve, reject) => {
    const nap = new AbortController()
    const leave = (): void => {
      nap.abort()
      signal?.removeEventListener('abort', onAbort)
    }
    const end = (how: WaitEnd): void => {
      leave()
      resolve(how)
    }
    const onAbort = (): void => end('aborted')
    if (signal?.aborted) return end('aborted')
    signal?.addEventListener('abort', onAbort)
    promise.then(
      () => end('done'),
      (error: unknown) => {
        leave()
        reject(error)
      },
    )
    void clock.wait(ms, nap.signal).then(() => end('late'))
  })
}

/** Exponential back-off: the wait in ms before attempt number `tries` (from 0), at most `maxMs`. */
export function backOffMs(tries: number, firstMs: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(tries, 30))
}
