import { expect, it } from 'vitest'
import { openEnforcing } from '../../src/runtime/leadership.ts'
import { makeClock, silentLog } from '../given.ts'

it('enforcement ends with its enforcer, though a sweep beside it never comes to its end', async () => {
  const { clock } = makeClock()
  const stop = new AbortController()
  const did: string[] = []
  const run = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  const enforcing = await openEnforcing({
    open: async () => ({
      ...{ run, nudge() {}, condemned() {}, close: async () => void did.push('closed') },
      tick: () => Promise.reject(new Error('nobody ticks')),
    }),
    beside: () => new Promise<void>(() => {}),
    lease: undefined,
    clock,
    log: silentLog,
  })
  const running = enforcing.run(stop.signal)
  stop.abort()
  await running
  expect(did).toEqual(['closed'])
})
