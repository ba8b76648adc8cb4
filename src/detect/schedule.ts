import { aborted } from '../contract/aborted.ts'
import type { OnFault } from '../contract/code-fault.ts'
import type { Finding } from '../contract/finding.ts'
import type { Policy } from '../contract/policy.ts'
import type { Ask, Clock, Log, Meter } from '../contract/ports.ts'
import { repeat } from '../contract/repeat.ts'
import type { OnWork } from '../contract/work.ts'
import { nameEvents } from './events-behind.ts'
import type { LastVersion } from './finding-state.ts'
import { askFindings, askLastVersions } from './finding-state.ts'
import { modeOf } from './mode.ts'
import { makeSpans, valuesFor } from './span.ts'
import type { Sweep } from './sweep.ts'
import { changedAmong, findingsOf, goneAmong, withdrawn } from './sweep-findings.ts'
import type { Looked } from './tenant-isolation.ts'
import { makeTenantsApart } from './tenant-isolation.ts'
import { readWatermarks } from './watermarks.ts'

export interface ScheduleOptions {
  readonly sweeps: readonly Sweep[]
  readonly policy: Policy
  readonly ask: Ask
  /** Makes findings durable. */
  readonly keep: (findings: readonly Finding[]) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Called for each run of a sweep, however it went. */
  readonly onWork?: OnWork
  /** Called for each row of a sweep that could not be read. */
  readonly onFault?: OnFault
}

export interface Schedule {
  /**
   * Runs one sweep now; how many findings changed.
   *
   * @throws CurfewError of the store, also where it could not carry it out for one tenant alone.
   */
  readonly runOne: (sweep: Sweep) => Promise<number>
  /** Runs every sweep in its time, one at a time, until the signal aborts; it waits for no statement then. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** A sweep whose look takes long waits longer: it has at most this share of the time. */
const shareMax = 1 / 10

/**
 * Runs sweeps on time. What a finding said last is remembered for as long as its sweep looks at it,
 * and read from the store at the first run, so that a restart tells nothing twice. A finding that a
 * look at everything does not show any more is taken back: late news may leave nothing of it.
 *
 * One statement looks for all tenants. Where the store does not carry it out, each tenant is looked at by
 * itself, so that only the one fails whose own statement does.
 */
export function makeSchedule(options: ScheduleOptions): Schedule {
  const { sweeps, policy, clock, meter, log, onWork = () => {} } = options
  const look = makeLook(options)
  const aparts = new Map<string, ReturnType<typeof makeTenantsApart>>()
  const lookOf = async (sweep: Sweep, signal?: AbortSignal): Promise<Looked> => {
    const apart = aparts.get(sweep.id) ?? makeTenantsApart(sweep, { ...options, onWork })
    aparts.set(sweep.id, apart)
    const looked = await apart((tenant) => look(sweep, tenant, signal), signal)
    meter.count('curfew_detect_sweep_findings_total', { sweep: sweep.id }, looked.changed)
    return looked
  }
  const runOne = async (sweep: Sweep): Promise<number> => {
    const { changed, failures } = await lookOf(sweep)
    if (failures.length > 0) throw failures[0]
    return changed
  }
  const round = async (sweep: Sweep, signal: AbortSignal): Promise<void> => {
    const failed = () => meter.count('curfew_detect_sweep_failures_total', { sweep: sweep.id })
    try {
      const { failures } = await lookOf(sweep, signal)
      // Each is told by itself: the sweep goes on for the others.
      if (failures.length > 0) failed()
    } catch (error) {
      if (!signal.aborted) failed()
      throw error
    }
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    const runExclusive = makeTurn()
    const on = sweeps.filter((sweep) => modeOf(sweep, policy) !== 'off')
    const runs = on.map((sweep) =>
      repeat(
        {
          of: sweep.id,
          everyMs: sweep.everyMs,
          shareMax,
          round: () => round(sweep, signal),
          runExclusive,
        },
        { clock, log, onWork },
        signal,
      ),
    )
    await Promise.race([Promise.all(runs), aborted(signal)])
  }
  return { runOne, run }
}

/** One look of a sweep at one tenant, or at all with ''; returns the number of findings that changed. */
function makeLook({ policy, ask, keep, clock, meter, onFault = () => {} }: ScheduleOptions) {
  const lastVersionsOf = makeLastVersions(ask)
  const spans = makeSpans(ask)
  const versionAt = makeVersions()
  return async (sweep: Sweep, tenant: string, signal?: AbortSignal): Promise<number> => {
    const asOf = clock.now()
    const since = asOf - sweep.windowMs
    const last = await lastVersionsOf(sweep, tenant, since)
    const span = await spans.next(sweep, tenant, asOf)
    // Before the rows: what a source brings after this is not relied on.
    const watermarks = sweep.restsOnSilence ? await readWatermarks(ask, since) : undefined
    const rows = await ask(sweep.sql, valuesFor(sweep, asOf, span, tenant))
    const round = { sweep, mode: modeOf(sweep, policy), asOf, version: versionAt(asOf), watermarks }
    const result = await findingsOf(rows, round, onFault)
    const { size } = result.notEvaluable
    if (size > 0) meter.count('curfew_detect_sweep_not_evaluable_total', { sweep: sweep.id }, size)
    const changed = [
      ...(await nameEvents(changedAmong(result.findings, last), result.eventsOf, ask)),
    ]
    for (const [id, { at }] of last) if (at <= since) last.delete(id)
    const gone = span.isAll && result.isWhole ? goneAmong(result, last, tenant) : []
    for (const finding of await askFindings(sweep, gone, ask)) {
      changed.push(withdrawn(finding, round))
    }
    // The process that runs the sweeps from here on records what it finds.
    if (signal?.aborted) return 0
    await keep(changed)
    for (const finding of changed) {
      const { findingId, standing, severity, at } = finding
      last.set(findingId, { tenant: finding.tenant, standing, severity, at })
    }
    span.done(result.notEvaluableSince)
    return changed.length
  }
}

/** The last versions of a sweep's findings: read once, of all tenants or of those that are looked at alone. */
function makeLastVersions(ask: Ask) {
  const known = new Map<
    string,
    { readonly last: Map<string, LastVersion>; readonly of: Set<string> }
  >()
  return async (sweep: Sweep, tenant: string, since: number): Promise<Map<string, LastVersion>> => {
    const { last, of } = known.get(sweep.id) ?? { last: new Map(), of: new Set() }
    known.set(sweep.id, { last, of })
    if (of.has('') || of.has(tenant)) return last
    for (const [id, version] of await askLastVersions(sweep, tenant, since, ask)) {
      last.set(id, version)
    }
    of.add(tenant)
    return last
  }
}

/** Each greater than the one before, and no less than the instant it is made at. */
function makeVersions(): (asOf: number) => number {
  let version = 0
  return (asOf) => {
    version = Math.max(asOf, version + 1)
    return version
  }
}

type Turn = (work: () => Promise<void>) => Promise<void>

function makeTurn(): Turn {
  let before: Promise<void> = Promise.resolve()
  return (work) => {
    const mine = before.then(work)
    before = mine.catch(() => {})
    return mine
  }
}
