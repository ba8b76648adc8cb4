import type { Clock } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'

/**
 * Why nothing comes in. `failed_for_good`: the process ends, and only a new one takes anything.
 * `nothing_recorded`: what was handed over does not become durable, so positions stand still.
 * `source_down`: a broker or a feed has not been read for long.
 */
export type StopReason = 'failed_for_good' | 'nothing_recorded' | 'source_down'

/** Whose intake stands still. */
export interface Stopped {
  readonly tenant: string
  /** '' when it is all that the tenant has. */
  readonly instance: string
  /** Which source, '' for all of them. */
  readonly source: string
  readonly reason: StopReason
  /** ms since the epoch. */
  readonly since: number
}

interface Owner {
  readonly tenant: string
  readonly instance: string
}

export interface Standing {
  /** The hand-over as it is, and watched for batches that do not become durable. */
  readonly watched: <Delivered extends { readonly durable: Promise<void> }>(
    deliver: (batch: Batch) => Promise<Delivered>,
  ) => (batch: Batch) => Promise<Delivered>
  /** A source says that it can be read, or cannot; without a binding it serves everybody. */
  readonly note: (told: {
    readonly source: string
    readonly isUp: boolean
    readonly binding?: Owner
  }) => void
  /** The process is about to end. */
  readonly failed: () => void
  /** Looks around until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** Longer than any restart of a broker or a store takes; shorter than anybody should not know. */
const stillMs = 120_000
/** A source that joins and fails in turns is read no more than one that is away. */
const provenMs = 60_000
const lookEveryMs = 10_000

interface Down {
  readonly source: string
  readonly owners: readonly Owner[]
  readonly since: number
  upAt: number | null
}

/**
 * Watches whether anything comes in, and tells each standstill once: retries go on for ever, so
 * that nothing is lost, and for as long nobody would learn that nothing is found either.
 */
export function makeStanding({
  tenants,
  clock,
  tell,
}: {
  /** Whom what concerns everybody is told for. */
  readonly tenants: readonly string[]
  readonly clock: Clock
  readonly tell: (stopped: Stopped) => void
}): Standing {
  const everybody = [...new Set(tenants)].map((tenant) => ({ tenant, instance: '' }))
  const downs = new Map<string, Down>()
  const underway = new Map<symbol, { readonly batch: Batch; readonly since: number }>()
  let told = new Set<string>()

  const look = (): void => {
    const still = new Set<string>()
    const tellOnce = (stopped: Stopped): void => {
      const key = [stopped.tenant, stopped.instance, stopped.source, stopped.reason].join('\u0000')
      if (!told.has(key) && !still.has(key)) tell(stopped)
      still.add(key)
    }
    const now = clock.now()
    for (const { batch, since } of underway.values()) {
      if (now - since < stillMs) continue
      const { tenant, instance } = batch.binding
      tellOnce({ tenant, instance, source: batch.source, reason: 'nothing_recorded', since })
    }
    for (const [key, { source, owners, since, upAt }] of downs) {
      if (upAt !== null && now - upAt >= provenMs) downs.delete(key)
      else if (now - since >= stillMs) {
        for (const owner of owners) tellOnce({ ...owner, source, reason: 'source_down', since })
      }
    }
    told = still
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
          : everybody
        downs.set(key, { source, owners, since: clock.now(), upAt: null })
      }
    },
    failed: () => {
      const since = clock.now()
      for (const each of everybody) tell({ ...each, source: '', reason: 'failed_for_good', since })
    },
    run: async (signal) => {
      while (!signal.aborted) {
        look()
        await clock.wait(lookEveryMs, signal)
      }
    },
  }
}
