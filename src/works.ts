import type { ErrorCode } from './contract/errors.ts'
import { CurfewError } from './contract/errors.ts'
import type { Clock, Meter } from './contract/ports.ts'
import type { OnWork, Work, WorkDone, WorkState } from './contract/work.ts'
import { throughAll } from './contract/work.ts'

/** Work that has not gone well for long enough that somebody must hear of it. */
export interface Failing {
  readonly work: Work
  readonly of: string
  readonly tenant: string
  readonly reason: WorkFailure
  /** ms since the epoch. */
  readonly since: number
}

/** Why, in a word of ours: what an engine, a library or a provider says may quote anything. */
export type WorkFailure =
  | 'store_does_not_answer'
  | 'store_refuses'
  | 'no_usable_answer'
  | 'takes_long'
  | 'failed'

export interface WorkCheck {
  readonly name: Work
  readonly state: 'ready' | 'degraded'
  /** What is wrong, in words and without a name. */
  readonly detail?: string
}

export interface Works {
  readonly note: OnWork
  /** One check for each kind of work that was done so far. */
  readonly checks: () => readonly WorkCheck[]
  /** Tells of what fails until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** So long something may fail, or a look of the enforcer may take, before it counts, ms. */
const patienceMs = 5_000
const lookEveryMs = 2_000
/** Names come from files of ours; the bound only guards against a mistake. */
const worksMax = 10_000

interface Known extends Omit<WorkDone, 'error'> {
  lastGoodAt: number
  failing: { readonly since: number; times: number; reason: WorkFailure } | undefined
  isTold: boolean
}

const words: { readonly [Reason in WorkFailure]: string } = {
  store_does_not_answer: 'the store does not answer',
  store_refuses: 'the store refuses a statement',
  no_usable_answer: 'the other side gives no usable answer',
  takes_long: 'it takes longer than it should',
  failed: 'it fails, and the log says how',
}

const reasons: { readonly [Code in ErrorCode]?: WorkFailure } = {
  STORE_UNREACHABLE: 'store_does_not_answer',
  STORE_REFUSED: 'store_refuses',
  SOURCE_UNREACHABLE: 'no_usable_answer',
  SOURCE_REFUSED: 'no_usable_answer',
  ENFORCE_UNREACHABLE: 'no_usable_answer',
  ENFORCE_MALFORMED: 'no_usable_answer',
  ENFORCE_BUSY: 'no_usable_answer',
  ENFORCE_REFUSED: 'no_usable_answer',
}

/**
 * Keeps, for everything that is tried again when it fails, since when it has: trying for ever loses
 * nothing, and without a word it would look like work that goes on.
 */
export function makeWorks({
  tenants,
  clock,
  meter,
  tell,
  keep = async () => {},
}: {
  /** Whom what concerns everybody is told for. */
  readonly tenants: readonly string[]
  readonly clock: Clock
  readonly meter: Meter
  readonly tell: (failing: Failing) => void
  /** Writes down how work stands, for whoever reads the store without us. */
  readonly keep?: (states: readonly WorkState[], now: number) => Promise<void>
}): Works {
  const known = new Map<string, Known>()
  const note: OnWork = ({ error, ...done }) => {
    const key = [done.work, done.tenant ?? '', done.of].join('\u0000')
    const now = clock.now()
    const each = known.get(key) ?? { ...done, lastGoodAt: now, failing: undefined, isTold: false }
    if (known.size < worksMax) known.set(key, each)
    if (error === undefined) {
      const { through = each.through } = done
      Object.assign(each, { lastGoodAt: now, failing: undefined, isTold: false, through })
      meter.gauge('curfew_work_last_good_round_seconds', now / 1_000, { work: done.work })
      return
    }
    meter.count('curfew_work_failed_rounds_total', { work: done.work })
    const reason = (error instanceof CurfewError && reasons[error.code]) || 'failed'
    const { since, times } = each.failing ?? { since: now, times: 0 }
    each.failing = { since, times: times + 1, reason }
  }
  /** What is wrong with it at `now`; a look that does not come to its end never says that it failed. */
  const faultOf = ({ work, failing, lastGoodAt }: Known, now: number) => {
    if (failing) return failing
    const isLate = work === 'enforcement' && now - lastGoodAt >= 2 * patienceMs
    return isLate ? { since: lastGoodAt, times: 1, reason: 'takes_long' as const } : undefined
  }
  const look = (): void => {
    const now = clock.now()
    for (const each of known.values()) {
      const fault = faultOf(each, now)
      if (!fault || each.isTold || now - fault.since < patienceMs) continue
      each.isTold = true
      const { work, of, tenant } = each
      const { reason, since } = fault
      for (const whom of tenant === undefined ? new Set(tenants) : [tenant]) {
        tell({ work, of, tenant: whom, reason, since })
      }
    }
  }
  const kept = (now: number) =>
    [...known.values()].flatMap((each): WorkState[] => {
      const { work, of, tenant = '', lastGoodAt, through } = each
      const late = faultOf(each, now)
      const fault = late && now - late.since >= patienceMs ? late : undefined
      const { reason = '', since = lastGoodAt } = fault ?? {}
      const state = { work, of, tenant, failing: fault !== undefined, reason, at: since }
      const all = { ...throughAll, failing: false, reason: '', at: through ?? 0 }
      return through === undefined ? [state] : [state, all]
    })
  const checks = () => checksOf([...known.values()], clock.now(), faultOf)
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      look()
      // Not waited for: a store that hangs must not keep anybody from being told.
      void keep(kept(clock.now()), clock.now())
      await clock.wait(lookEveryMs, signal)
    }
  }
  return { note, checks, run }
}

function checksOf(
  known: readonly Known[],
  now: number,
  faultOf: (each: Known, now: number) => Known['failing'],
): readonly WorkCheck[] {
  return [...Map.groupBy(known, ({ work }) => work)].map(([name, each]) => {
    const faults = each.flatMap((one) => faultOf(one, now) ?? []).sort((a, b) => a.since - b.since)
    const [first] = faults
    if (!first) return { name, state: 'ready' }
    const since = new Date(first.since).toISOString()
    const which = each.length === 1 ? '' : `${faults.length} of ${each.length}: `
    const times = first.times === 1 ? '' : `, ${first.times} times`
    return {
      name,
      state: 'degraded',
      detail: `${which}not well since ${since}${times}: ${words[first.reason]}`,
    }
  })
}
