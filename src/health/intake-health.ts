import type { Clock } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'

/**
 * Why intake has stopped. `failed_for_good`: the process ends, and only a new one takes events.
 * `nothing_recorded`: delivered batches do not become durable, so positions do not move.
 * `source_down`: a broker or a feed could not be read for two minutes.
 */
export type StopReason = 'failed_for_good' | 'nothing_recorded' | 'source_down'

/** An intake that has stopped. */
export interface Stopped {
  readonly tenant: string
  /** '' for every instance of the tenant. */
  readonly instance: string
  /** '' for every source. */
  readonly source: string
  readonly reason: StopReason
  /** ms since the epoch. */
  readonly since: number
}

interface Owner {
  readonly tenant: string
  readonly instance: string
}

export interface IntakeHealth {
  /** Wraps `deliver` to detect batches that do not become durable. */
  readonly watched: <Delivered extends { readonly durable: Promise<void> }>(
    deliver: (batch: Batch) => Promise<Delivered>,
  ) => (batch: Batch) => Promise<Delivered>
  /** Records whether a source can be read. Without a binding it serves every tenant. */
  readonly note: (state: {
    readonly source: string
    readonly isUp: boolean
    readonly binding?: Owner
  }) => void
  /** Notifies every tenant that this process is about to end. */
  readonly failed: () => void
  /** Checks every 10 s until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** Longer than a restart of a broker or a store takes. */
const stoppedMs = 120_000
/** A source counts as up again once it was readable for so long: one that flaps is not read. */
const upAgainMs = 60_000
const checkEveryMs = 10_000

interface Down {
  readonly source: string
  readonly owners: readonly Owner[]
  readonly since: number
  upAt: number | null
}

/**
 * Detects that intake has stopped, and notifies once for each stop. Sources retry for ever, so that
 * no event is lost; without a notification a stopped intake would look like a quiet one.
 */
export function makeIntakeHealth({
  tenants,
  clock,
  notify,
}: {
  /** Tenants that are notified of a stop of the whole process. */
  readonly tenants: readonly string[]
  readonly clock: Clock
  readonly notify: (stopped: Stopped) => void
}): IntakeHealth {
  const everyTenant = [...new Set(tenants)].map((tenant) => ({ tenant, instance: '' }))
  const downs = new Map<string, Down>()
  const underway = new Map<symbol, { readonly batch: Batch; readonly since: number }>()
  let notified = new Set<string>()

  const check = (): void => {
    const stopped = new Set<string>()
    const notifyOnce = (stop: Stopped): void => {
      const key = [stop.tenant, stop.instance, stop.source, stop.reason].join('\u0000')
      if (!notified.has(key) && !stopped.has(key)) notify(stop)
      stopped.add(key)
    }
    const now = clock.now()
    for (const { batch, since } of underway.values()) {
      if (now - since < stoppedMs) continue
      const { tenant, instance } = batch.binding
      notifyOnce({ tenant, instance, source: batch.source, reason: 'nothing_recorded', since })
    }
    for (const [key, { source, owners, since, upAt }] of downs) {
      if (upAt !== null && now - upAt >= upAgainMs) downs.delete(key)
      else if (now - since >= stoppedMs) {
        for (const owner of owners) notifyOnce({ ...owner, source, reason: 'source_down', since })
      }
    }
    notified = stopped
  }

  return {
    watched: (deliver) => async (batch) => {
      const entry = Symbol(batch.source)
      underway.set(entry, { batch, since: clock.now() })
      const settled = (): boolean => underway.delete(entry)
      try {
        const delivered = await deliver(batch)
        delivered.durable.then(settled, settled)
        return delivered
      } catch (error) {
        settled()
        throw error
      }
    },
    note: ({ source, isUp, binding }) => {
      const key = binding ? `${binding.tenant}\u0000${source}` : source
      const down = downs.get(key)
      if (down) down.upAt = isUp ? (down.upAt ?? clock.now()) : null
      else if (!isUp) {
        const owners = binding
          ? [{ tenant: binding.tenant, instance: binding.instance }]
          : everyTenant
        downs.set(key, { source, owners, since: clock.now(), upAt: null })
      }
    },
    failed: () => {
      const since = clock.now()
      for (const each of everyTenant)
        notify({ ...each, source: '', reason: 'failed_for_good', since })
    },
    run: async (signal) => {
      while (!signal.aborted) {
        check()
        await clock.wait(checkEveryMs, signal)
      }
    },
  }
}
