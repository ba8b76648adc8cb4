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
  /** Poll interval, ms. */
  readonly everyMs: number
}

/** The cycles of the enforcer: two ways to wake them, and a run until the signal aborts. */
export interface Cycles {
  readonly reconcile: () => void
  readonly review: () => void
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** After a store that failed, ms. */
const failedMs = 1_000
/** How soon to check the election again, ms. */
const unelectedMs = 250
/** How much later than its interval a step may end before it counts as failing, ms. */
const lateMs = 10_000
/** The first step reads everything, ms. */
const firstLateMs = 60_000
const reconcileWork = { work: 'enforcement', of: '' } as const
const reviewWork = { work: 'enforcement', of: 'reviews' } as const

/** Reconciliation, reviews and orders run side by side: a long reconciliation delays no order. */
export function makeCycles(deps: CyclesDeps): Cycles {
  const { scheduler, orderLog, outstanding, clock, log, meter, everyMs, onWork } = deps
  const withinMs = everyMs + lateMs
  // Everything recorded before it was reconciled; some sessions may wait for their review.
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
    // Reviews never report reconciliation, which may fail while reviews succeed.
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
      // A channel's results may need a review, and more work may be due.
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

/** A failing store only delays the next step. */
function cycleOf(
  work: typeof reconcileWork | typeof reviewWork,
  { isElected, clock, log, onWork, everyMs }: CyclesDeps,
  step: () => Promise<number>,
) {
  let stepLateMs = firstLateMs
  return makeCycle(clock, async () => {
    // Only the elected process decides; the memory of this one is outdated.
    if (!isElected()) {
      onWork?.({ ...work, withinMs: lateMs })
      return unelectedMs
    }
    onWork?.({ ...work, isUnderway: true, withinMs: stepLateMs })
    stepLateMs = lateMs
    try {
      return await step()
    } catch (error) {
      // A stopping process, or one without election, may find its store closed.
      if (!isElected()) return unelectedMs
      onWork?.({ ...work, error, withinMs: everyMs + lateMs })
      log.error({ error: reasonOf(error) }, 'the enforcer could not look; it tries again')
      return failedMs
    }
  })
}
