import { aborted } from '../contract/aborted.ts'
import type { OnFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import { makePause } from '../contract/pause.ts'
import type { Policy } from '../contract/policy.ts'
import type { Ask, Clock, Log, Meter, Row } from '../contract/ports.ts'
import { repeat } from '../contract/repeat.ts'
import type { OnWork } from '../contract/work.ts'
import { makeSpans, valuesFor } from './span.ts'
import type { Sweep, SweepSight } from './sweep.ts'
import type { Looked } from './tenants-apart.ts'
import { makeTenantsApart } from './tenants-apart.ts'
import type { Told } from './told.ts'
import { askFindings, askTold } from './told.ts'

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

/** Rows of a sweep that become findings before others have a turn: some milliseconds' worth. */
const rowsAtOnce = 500
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
    const inTurn = makeTurn()
    const on = sweeps.filter((sweep) => modeOf(sweep, policy) !== 'off')
    const runs = on.map((sweep) =>
      repeat(
        {
          of: sweep.id,
          everyMs: sweep.everyMs,
          shareMax,
          round: () => round(sweep, signal),
          inTurn,
        },
        { clock, log, onWork },
        signal,
      ),
    )
    await Promise.race([Promise.all(runs), aborted(signal)])
  }
  return { runOne, run }
}

/** One look of a sweep at one tenant, or at all with ''; gives back how many findings changed. */
function makeLook({ policy, ask, keep, clock, onFault = () => {} }: ScheduleOptions) {
  const toldOf = makeToldOf(ask)
  const spans = makeSpans(ask)
  const versionAt = makeVersions()
  return async (sweep: Sweep, tenant: string, signal?: AbortSignal): Promise<number> => {
    const asOf = clock.now()
    const since = asOf - sweep.windowMs
    const last = await toldOf(sweep, tenant, since)
    const span = await spans.next(sweep, tenant, asOf)
    const rows = await ask(sweep.sql, valuesFor(sweep, asOf, span, tenant))
    const mode = modeOf(sweep, policy)
    const { findings, isWhole } = await findingsIn(rows, sweep, onFault, (sight) =>
      findingOf(sight, sweep, mode, asOf, versionAt(asOf)),
    )
    const changed = newsIn(findings, last)
    for (const [id, { at }] of last) if (at <= since) last.delete(id)
    const gone = span.isAll && isWhole ? notAmong(findings, last, tenant) : []
    for (const finding of await askFindings(sweep, gone, ask)) {
      changed.push(withdrawn(finding, mode, asOf, versionAt(asOf)))
    }
    // Whoever runs the sweeps from here on says what it sees.
    if (signal?.aborted) return 0
    await keep(changed)
    for (const finding of changed) {
      const { findingId, standing, severity, at } = finding
      last.set(findingId, { tenant: finding.tenant, standing, severity, at })
    }
    span.done()
    return changed.length
  }
}

/** What the findings of a sweep said last: read once, of all tenants or of those that are looked at apart. */
function makeToldOf(ask: Ask) {
  const known = new Map<string, { readonly last: Map<string, Told>; readonly of: Set<string> }>()
  return async (sweep: Sweep, tenant: string, since: number): Promise<Map<string, Told>> => {
    const { last, of } = known.get(sweep.id) ?? { last: new Map(), of: new Set() }
    known.set(sweep.id, { last, of })
    if (of.has('') || of.has(tenant)) return last
    for (const [id, told] of await askTold(sweep, tenant, since, ask)) last.set(id, told)
    of.add(tenant)
    return last
  }
}

/** A row on which the sweep throws is told and left out; which finding it was nobody knows then. */
async function findingsIn(
  rows: readonly Row[],
  sweep: Sweep,
  onFault: OnFault,
  toFinding: (sight: SweepSight) => Finding,
): Promise<{ readonly findings: readonly Finding[]; readonly isWhole: boolean }> {
  const findings: Finding[] = []
  const pause = makePause(rowsAtOnce)
  for (const row of rows) {
    await pause()
    try {
      findings.push(toFinding(sweep.toSight(row)))
    } catch (error) {
      const of = { tenant: String(row.tenant ?? ''), instance: String(row.instance ?? '') }
      onFault({ ...of, source: '', stage: 'detect', part: sweep.id, ...thrownOn(error) })
    }
  }
  return { findings, isWhole: findings.length === rows.length }
}

/** What was not said like that already. What never stood needs no row that says so. */
function newsIn(findings: readonly Finding[], last: ReadonlyMap<string, Told>): Finding[] {
  return findings.filter((finding) => {
    const said = last.get(finding.findingId)
    return said ? !saysTheSame(said, finding) : finding.standing
  })
}

/** What stood at the tenants that were looked at and is not shown any more. */
function notAmong(
  findings: readonly Finding[],
  last: ReadonlyMap<string, Told>,
  tenant: string,
): string[] {
  const shown = new Set(findings.map(({ findingId }) => findingId))
  return [...last].flatMap(([id, told]) => {
    const isLookedAt = tenant === '' || told.tenant === tenant
    return isLookedAt && told.standing && !shown.has(id) ? [id] : []
  })
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

function modeOf(sweep: Sweep, policy: Policy): Sweep['mode'] {
  return policy.detectors[sweep.id]?.mode ?? sweep.mode
}

/**
 * Whether a finding says what was said already: then it is not worth a row. Its instant counts, since
 * by it is told whether the sweep still looks at it: an earlier cause moves a deadline back.
 */
function saysTheSame(said: Told, { standing, severity, at }: Finding): boolean {
  return said.standing === standing && said.severity === severity && said.at === at
}

function withdrawn(finding: Finding, mode: Sweep['mode'], asOf: number, version: number): Finding {
  const why = 'Late news left nothing of it.'
  return { ...finding, version, mode, standing: false, why, receivedAt: asOf, asOf }
}

function findingOf(
  sight: SweepSight,
  sweep: Sweep,
  mode: Sweep['mode'],
  asOf: number,
  version: number,
): Finding {
  const { about, standing, at, why, facts, ...named } = sight
  const { tenant, instance, sessionKind, sessionId } = named
  if (!Number.isFinite(at)) throw new TypeError('a finding needs a time')
  return {
    ...named,
    findingId: identify(
      'finding',
      sweep.id,
      tenant,
      instance,
      'session',
      sessionKind,
      sessionId,
      ...about,
    ),
    version,
    standing,
    detector: sweep.id,
    severity: sight.severity ?? sweep.severity,
    mode,
    at,
    receivedAt: asOf,
    why,
    eventIds: [],
    facts,
    asOf,
  }
}
