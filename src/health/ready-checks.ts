import { CurfewError } from '../contract/errors.ts'
import type { Ask, Clock } from '../contract/ports.ts'
import type { WorkDone } from '../contract/work.ts'
import type { KillSwitch } from '../enforce/kill-switch/kill-switch.ts'
import type { Health, HealthCheck } from '../show/route.ts'
import type { OnIntakeHealth, OnReading } from '../source/source.ts'
import type { Works } from './works.ts'

/** The health of a source as the result of repeated work. */
export function readingOf({
  source,
  isUp,
  binding,
  error,
  withinMs,
}: Parameters<OnIntakeHealth>[0]): WorkDone {
  const unread = new CurfewError('SOURCE_UNREACHABLE', 'the source cannot be read', { retry: true })
  return {
    ...sourceOf({ source, ...(binding && { binding }) }),
    ...(!isUp && { error: error instanceof CurfewError ? error : unread }),
    ...(withinMs !== undefined && { withinMs }),
  }
}

/** A source that is being read, as work that is under way. */
export function underwayOf(reading: Parameters<OnReading>[0]): WorkDone {
  return { ...sourceOf(reading), isUnderway: true, withinMs: reading.withinMs }
}

function sourceOf({ source, binding }: Pick<Parameters<OnIntakeHealth>[0], 'source' | 'binding'>) {
  return { work: 'sources', of: source, ...(binding && { tenant: binding.tenant }) } as const
}

/** Whether the store answers, by the last queries. */
export interface StoreWatch {
  readonly check: () => HealthCheck
  /** Queries every 2 s until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const askEveryMs = 2_000
/** Age of the last answer from which the store is degraded, and down, ms. */
const slowMs = 10_000
const downMs = 60_000

/**
 * Queries the store in the background, so that a probe is answered at once however busy the store is.
 * The answer gives the age of the store's last answer.
 */
export function makeStoreWatch({
  ask,
  clock,
}: {
  readonly ask: Ask
  readonly clock: Clock
}): StoreWatch {
  let answeredAt = clock.now()
  let hasFailed = false
  let isAsking = false
  const check = async (): Promise<void> => {
    if (isAsking) return
    isAsking = true
    try {
      await ask('select 1 as one')
      answeredAt = clock.now()
      hasFailed = false
    } catch {
      hasFailed = true
    } finally {
      isAsking = false
    }
  }
  return {
    check: () => {
      const ageMs = clock.now() - answeredAt
      const seconds = Math.round(ageMs / 1_000)
      const [name, detail] = ['store', `its last answer is ${seconds} s old`] as const
      if (hasFailed || ageMs >= downMs) return { name, state: 'down', detail }
      return { name, state: ageMs >= slowMs ? 'degraded' : 'ready', detail }
    },
    run: async (signal) => {
      while (!signal.aborted) {
        // Not awaited: a store that hangs shows by the age of its last answer.
        void check()
        await clock.wait(askEveryMs, signal)
      }
    },
  }
}

/** Ready while the store answers and work goes well; degraded while the kill switch is on. */
export function healthOf({
  storeWatch,
  killSwitch,
  works,
}: {
  readonly storeWatch: Pick<StoreWatch, 'check'>
  readonly killSwitch: Pick<KillSwitch, 'isOn'>
  readonly works: Pick<Works, 'checks'>
}): Health {
  return async () => [
    storeWatch.check(),
    {
      name: 'kill switch',
      state: killSwitch.isOn() ? ('degraded' as const) : ('ready' as const),
      ...(killSwitch.isOn() && { detail: 'it is on: nothing is ended' }),
    },
    ...works.checks(),
  ]
}
