import type { Clock, Meter } from '../contract/ports.ts'
import type { OnWork, Work, WorkGap, WorkState } from '../contract/work.ts'
import { throughAll } from '../contract/work.ts'
import type { Fault, ObservedWork, WorkFailure } from '../contract/work-fault.ts'
import { failures, faultOf, graceFor, graceMs, heard } from '../contract/work-fault.ts'

/** Repeated work that has failed for longer than its grace. */
export interface Failing {
  readonly work: Work
  readonly of: string
  readonly tenant: string
  readonly reason: WorkFailure
  /** ms since the epoch. */
  readonly since: number
}

export interface WorkCheck {
  readonly name: Work
  readonly state: 'ready' | 'degraded'
  /** What is wrong, without ids of a tenant. */
  readonly detail?: string
}

export interface Works {
  readonly note: OnWork
  /** Drops the state of these kinds of work, which this process does no longer. */
  readonly forget: (kinds: readonly Work[]) => void
  /** One check for each kind of work that has run so far. */
  readonly checks: () => readonly WorkCheck[]
  /** Notifies of failing work until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export interface WorksOptions {
  /** Tenants that are notified of failures of the whole process. */
  readonly tenants: readonly string[]
  readonly clock: Clock
  readonly meter: Meter
  readonly notify: (failing: Failing) => void
  /** Records the state of work, for readers of the store. */
  readonly keep?: (states: readonly WorkState[], now: number) => Promise<void>
  /** Records when work was not done, for reports over that time. */
  readonly keepGaps?: (gaps: readonly WorkGap[], now: number) => Promise<void>
}

const checkEveryMs = 2_000
/** Keys are chosen by our own code; the bound only guards against a mistake. */
const worksMax = 10_000
/** A shorter gap delays nothing and affects no figure, ms. */
const gapMsMin = 60_000

interface Entry {
  known: ObservedWork
  isNotified: boolean
  /** What was wrong at the last check. */
  fault: Fault | undefined
}

const unchecked = { isNotified: false, fault: undefined } as const

/**
 * Records since when repeated work fails. Work is retried for ever, so that nothing is lost; without a
 * report, failing work would look like work that goes on.
 */
export function makeWorks(options: WorksOptions): Works {
  const { clock, meter, keep = async () => {}, keepGaps = async () => {} } = options
  const entries = new Map<string, Entry>()
  const measured = new Set<Work>()
  let over: WorkGap[] = []
  const note: OnWork = (done) => {
    const key = [done.work, done.tenant ?? '', done.of].join('\u0000')
    const entry = entries.get(key)
    const known = heard(entry?.known, done, clock.now())
    if (entry) entry.known = known
    else if (entries.size < worksMax) entries.set(key, { known, ...unchecked })
    measured.add(done.work)
    if (done.error !== undefined)
      meter.count('curfew_work_failed_rounds_total', { work: done.work })
  }
  const check = (): void => {
    const now = clock.now()
    for (const entry of entries.values()) {
      const fault = faultOf(entry.known, now)
      if (entry.fault && entry.fault.since !== fault?.since) over.push(gapOf(entry, now))
      entry.fault = fault
      entry.isNotified &&= fault !== undefined
      if (!fault || entry.isNotified || now - fault.since < graceFor(fault.reason)) continue
      entry.isNotified = true
      notifyOf(entry.known, fault, options)
    }
    // Work that fails is not hidden by other work, and idle work does not age.
    const oldest = new Map([...measured].map((work) => [work, now]))
    for (const { known, fault } of entries.values()) {
      const goodAt = oldest.get(known.work) ?? now
      if (fault && fault.since < goodAt) oldest.set(known.work, fault.since)
    }
    for (const [work, at] of oldest) {
      meter.gauge('curfew_work_last_good_round_seconds', at / 1_000, { work })
    }
  }
  const write = (): void => {
    const now = clock.now()
    const all = [...entries.values()]
    const open = all.flatMap((entry) => (entry.fault ? [gapOf(entry, now)] : []))
    const gaps = [...over, ...open].filter(({ fromAt, untilAt }) => untilAt - fromAt >= gapMsMin)
    over = []
    // Not awaited: a store that hangs must not delay notifications.
    void keep(all.flatMap(statesOf(now)), now)
    void keepGaps(gaps, now)
  }
  const forget = (kinds: readonly Work[]): void => {
    const now = clock.now()
    for (const [key, entry] of entries) {
      if (!kinds.includes(entry.known.work)) continue
      if (entry.fault) over.push(gapOf(entry, now))
      entries.delete(key)
    }
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      check()
      write()
      await clock.wait(checkEveryMs, signal)
    }
  }
  const checks = () => checksOf([...entries.values()], clock.now())
  return { note, forget, checks, run }
}

function notifyOf({ work, of, tenant }: ObservedWork, fault: Fault, options: WorksOptions): void {
  const { reason, since } = fault
  for (const each of tenant === undefined ? new Set(options.tenants) : [tenant]) {
    options.notify({ work, of, tenant: each, reason, since })
  }
}

function gapOf({ known: { work, of, tenant = '' }, fault }: Entry, now: number): WorkGap {
  const { reason, since } = fault ?? { reason: '', since: now }
  return { work, of, tenant, reason, fromAt: since, untilAt: now }
}

const statesOf =
  (now: number) =>
  ({ known }: Entry): readonly WorkState[] => {
    const { work, of, tenant = '', lastGoodAt, through } = known
    const current = faultOf(known, now)
    const fault = current && now - current.since >= graceMs ? current : undefined
    const { reason = '', since = lastGoodAt } = fault ?? {}
    const state = { work, of, tenant, failing: fault !== undefined, reason, at: since }
    const all = { ...throughAll, failing: false, reason: '', at: through ?? 0 }
    return through === undefined ? [state] : [state, all]
  }

function checksOf(entries: readonly Entry[], now: number): readonly WorkCheck[] {
  return [...Map.groupBy(entries, ({ known }) => known.work)].map(([name, each]) => {
    const faults = each
      .flatMap(({ known }) => faultOf(known, now) ?? [])
      .sort((a, b) => a.since - b.since)
    const [first] = faults
    if (!first) return { name, state: 'ready' }
    const since = new Date(first.since).toISOString()
    const which = each.length === 1 ? '' : `${faults.length} of ${each.length}: `
    const times = first.times === 1 ? '' : `, ${first.times} times`
    return {
      name,
      state: 'degraded',
      detail: `${which}failing since ${since}${times}: ${failures[first.reason]}`,
    }
  })
}
