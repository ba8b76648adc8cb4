import { CurfewError } from '../contract/errors.ts'
import type { Ask, Clock } from '../contract/ports.ts'
import type { WorkDone } from '../contract/work.ts'
import type { KillSwitch } from '../enforce/kill-switch/kill-switch.ts'
import type { Health, HealthCheck } from '../show/route.ts'
import type { OnReading, OnStanding } from '../source/source.ts'
import type { Works } from './works.ts'

/** What a source says of itself, as work that is done over and over. */
export function readingOf({
  source,
  isUp,
  binding,
  error,
  withinMs,
}: Parameters<OnStanding>[0]): WorkDone {
  const unread = new CurfewError('SOURCE_UNREACHABLE', 'the source cannot be read', { retry: true })
  return {
    ...sourceOf({ source, ...(binding && { binding }) }),
    ...(!isUp && { error: error instanceof CurfewError ? error : unread }),
    ...(withinMs !== undefined && { withinMs }),
  }
}

/** The same of a source that is being read. */
export function underwayOf(told: Parameters<OnReading>[0]): WorkDone {
  return { ...sourceOf(told), isUnderway: true, withinMs: told.withinMs }
}

function sourceOf({ source, binding }: Pick<Parameters<OnStanding>[0], 'source' | 'binding'>) {
  return { work: 'sources', of: source, ...(binding && { tenant: binding.tenant }) } as const
}

/** Whether the store answers, as it was last asked. */
export interface StoreWatch {
  readonly check: () => HealthCheck
  /** Asks again and again until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const askEveryMs = 2_000
/** Without an answer for so long the store counts as slow, and as down, ms. */
const slowMs = 10_000
const downMs = 60_000

/**
 * Asks the store in the background, so that a probe is answered at once however many reports are made
 * and however long a statement takes; the answer says how old it is.
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
  const look = async (): Promise<void> => {
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
        // Not waited for: a store that hangs is noticed by the age of its last answer.
        void look()
        await clock.wait(askEveryMs, signal)
      }
    },
  }
}

/** Ready while the store answers; a kill switch that is on is degraded and said. */
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
