import { CurfewError } from '../../contract/errors.ts'
import { Rota } from '../../contract/rota.ts'

/** Does work of a tenant when its turn comes. @throws CurfewError SHOW_UNAVAILABLE, with when to ask again. */
export type FewAtOnce = <T>(tenant: string, work: () => Promise<T>) => Promise<T>

/**
 * Reports that are made at once, and that may wait beside them, of one tenant and of all. A report may
 * take the store 20 s and 1.5 GB; the store reads two at a time.
 */
export const reportsAtOnce = { running: 2, waitingOfTenant: 4, waiting: 16 } as const

const againMs = 5_000

/** A queue that never grows: whoever finds it full is told so at once. Tenants take turns. */
export function makeFewAtOnce(most: {
  readonly running: number
  readonly waitingOfTenant: number
  readonly waiting: number
}): FewAtOnce {
  const waiting = new Rota<() => void>()
  let running = 0
  const wait = (tenant: string): Promise<void> => {
    if (waiting.size >= most.waiting || waiting.sizeOf(tenant) >= most.waitingOfTenant) {
      const text = 'Too many reports are asked for at once; ask again as Retry-After says.'
      throw new CurfewError('SHOW_UNAVAILABLE', text, { retry: true, retryAfterMs: againMs })
    }
    return new Promise((resolve) => waiting.add(tenant, resolve))
  }
  return async (tenant, work) => {
    if (running < most.running) running += 1
    else await wait(tenant)
    try {
      return await work()
    } finally {
      const next = waiting.take()
      if (next) next()
      else running -= 1
    }
  }
}
