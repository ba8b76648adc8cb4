import { CurfewError } from '../../contract/errors.ts'
import { Rota } from '../../contract/rota.ts'

/** Runs work of a tenant once there is capacity. @throws CurfewError SHOW_UNAVAILABLE with a retry time when the queue is full. */
export type FewAtOnce = <T>(tenant: string, work: () => Promise<T>) => Promise<T>

/**
 * Limits of reports that run at once, and that wait, per tenant and in total. A report may
 * use the store for 20 s and 1.5 GB; the store runs two reads at a time.
 */
export const reportsAtOnce = { running: 2, waitingOfTenant: 4, waiting: 16 } as const

const againMs = 5_000

/** A bounded queue: a full queue refuses at once. Tenants are served in rotation. */
export function makeFewAtOnce(most: {
  readonly running: number
  readonly waitingOfTenant: number
  readonly waiting: number
}): FewAtOnce {
  const waiting = new Rota<() => void>()
  let running = 0
  const wait = (tenant: string): Promise<void> => {
    if (waiting.size >= most.waiting || waiting.sizeOf(tenant) >= most.waitingOfTenant) {
      const text = 'Too many reports are requested at once; retry after the time in Retry-After.'
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
