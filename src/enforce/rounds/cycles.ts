import { reasonOf } from '../../contract/errors.ts'
import type { Clock, Log, Meter } from '../../contract/ports.ts'
import type { OnWork } from '../../contract/work.ts'
import type { Scheduler } from '../execute/scheduler.ts'
import type { OrderLog } from '../orders/order-log.ts'
import type { Outstanding } from '../orders/outstanding.ts'
import type { ReviewResult } from '../review/review-rounds.ts'
import { makeCycle } from '../scheduling/cycle.ts'
import type { ReconcileResult } from './reconcile.ts'

export interface CyclesDeps {
  readonly reconcile: () => Promise<ReconcileResult>
  readonly review: () => Promise<ReviewResult>
  readonly scheduler: Pick<Scheduler, 'startRounds' | 'nextAt'>
  readonly orderLog: Pick<OrderLog, 'openCount'>
  readonly outstanding: Pick<Outstanding, 'size'>
  readonly isElected: () => boolean
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly onWork?: OnWork
  /** How often to look when nobody hurries it, ms. */
  readonly everyMs: number
}

/** The enforcer at work: what hurries its look and its reviews, and what runs until a signal aborts. */
export interface Cycles {
  readonly reconcile: () => void
  readonly review: () => void
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** After a store that failed, ms. */
const failedMs = 1_000
/** How soon to look again whether this process is elected, ms. */
const unelectedMs = 250
/** So much longer than its wait a step may take before it counts as failing, ms. */
const lateMs = 10_000
/** The first step looks at all there is, ms. */
const firstLateMs = 60_000
const reconcileWork = { work: 'enforcement', of: '' } as const
const reviewWork = { work: 'enforcement', of: 'reviews' } as const

/** Looks, reviews and orders go on side by side: a look that takes long delays no order. */
export function makeCycles(deps: CyclesDeps): Cycles {
  const { scheduler, orderLog, outstanding, clock, log, meter, everyMs, onWork } = deps
  const withinMs = everyMs + lateMs
  // All that was recorded before it has been looked at; some of it may wait for its review.
  let reconciledThrough: number | undefined
  const reconciling = cycleOf(reconcileWork, deps, async () => {
    const begun = clock.now()
    const { more, through, failure } = await deps.reconcile()
    reconciledThrough = more || failure ? undefined : through
    onWork?.({ ...reconcileWork, withinMs, ...(failure && { error: failure.error }) })
    meter.observeMs('curfew_enforce_round_seconds', clock.now() - begun)
    reviewing.wake()
    executing.wake()
    return more ? 0 : everyMs
  })
  const reviewing = cycleOf(reviewWork, deps, async () => {
    const through = reconciledThrough
    const { reviewed, more, left } = await deps.review()
    // Never a word about the looks: they may fail while reviews go well.
    const isThrough = through !== undefined && left === 0
    onWork?.({ ...reviewWork, withinMs, ...(isThrough && { through }) })
    if (reviewed > 0) executing.wake()
    meter.gauge('curfew_enforce_open_orders', orderLog.openCount)
    meter.gauge('curfew_enforce_outstanding_sessions', outstanding.size)
    return more ? 0 : everyMs
  })
  const executing = makeCycle(clock, async () => {
    if (!deps.isElected()) return unelectedMs
    for (const round of scheduler.startRounds()) {
      // What a lane did may call for a review, and there may be more of it to do.
      round.then(
        (worked) => {
          if (worked === 0) return
          executing.wake()
          reviewing.wake()
          reconciling.wake()
        },
        (error: unknown) => log.error({ error: reasonOf(error) }, 'a round of orders was cut off'),
      )
    }
    const next = scheduler.nextAt()
    return next === undefined ? everyMs : Math.max(1, Math.min(everyMs, next - clock.now()))
  })
  const all = [reconciling, reviewing, executing]
  const run = async (signal: AbortSignal) =>
    void (await Promise.all(all.map((each) => each.run(signal))))
  return { reconcile: reconciling.wake, review: reviewing.wake, run }
}

/** A store that fails only delays the next step. */
function cycleOf(
  work: typeof reconcileWork | typeof reviewWork,
  { isElected, clock, log, onWork, everyMs }: CyclesDeps,
  step: () => Promise<number>,
) {
  let stepLateMs = firstLateMs
  return makeCycle(clock, async () => {
    // Whoever is elected decides alone; what this process holds in memory is not the newest then.
    if (!isElected()) {
      onWork?.({ ...work, withinMs: lateMs })
      return unelectedMs
    }
    onWork?.({ ...work, isUnderway: true, withinMs: stepLateMs })
    stepLateMs = lateMs
    try {
      return await step()
    } catch (error) {
      // Of whoever stops or has lost its term the store is closed under its last question.
      if (!isElected()) return unelectedMs
      onWork?.({ ...work, error, withinMs: everyMs + lateMs })
      log.error({ error: reasonOf(error) }, 'the enforcer could not look; it tries again')
      return failedMs
    }
  })
}
