import { reasonOf } from '../contract/errors.ts'
import type { Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { Policy } from '../contract/policy.ts'
import type { Ask, Clock, Log, Meter } from '../contract/ports.ts'
import type { Sweep, SweepSight } from './sweep.ts'

export interface ScheduleOptions {
  readonly sweeps: readonly Sweep[]
  readonly policy: Policy
  readonly ask: Ask
  /** Makes findings durable. */
  readonly keep: (findings: readonly Finding[]) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
}

export interface Schedule {
  /** Runs one sweep now; how many findings changed. */
  readonly runOne: (sweep: Sweep) => Promise<number>
  /** Runs every sweep in its time, one at a time, until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/**
 * Runs sweeps on time. What a finding said last is remembered, and read from the store at the first
 * run, so that a restart tells nothing twice.
 */
export function makeSchedule({
  sweeps,
  policy,
  ask,
  keep,
  clock,
  log,
  meter,
}: ScheduleOptions): Schedule {
  const last = new Map<string, string>()
  const loaded = new Set<string>()
  let version = 0

  const runOne = async (sweep: Sweep): Promise<number> => {
    if (!loaded.has(sweep.id)) await loadLast(sweep, ask, last)
    loaded.add(sweep.id)
    const asOf = clock.now()
    const rows = await ask(sweep.sql, { as_of: asOf })
    const changed: Finding[] = []
    for (const row of rows) {
      version = Math.max(asOf, version + 1)
      const finding = findingOf(sweep.toSight(row), sweep, modeOf(sweep, policy), asOf, version)
      const says = saysOf(finding)
      const said = last.get(finding.findingId)
      // What never stood needs no row that says so.
      if (says === said || (said === undefined && !finding.standing)) continue
      changed.push(finding)
    }
    await keep(changed)
    for (const finding of changed) last.set(finding.findingId, saysOf(finding))
    meter.count('curfew_detect_sweep_findings_total', { sweep: sweep.id }, changed.length)
    return changed.length
  }

  const runFor = async (sweep: Sweep, signal: AbortSignal, turn: Turn): Promise<void> => {
    while (!signal.aborted) {
      await turn(async () => {
        try {
          await runOne(sweep)
        } catch (error) {
          meter.count('curfew_detect_sweep_failures_total', { sweep: sweep.id })
          log.error(
            { sweep: sweep.id, reason: reasonOf(error) },
            'a sweep failed; it is run again in its time',
          )
        }
      })
      await clock.wait(sweep.everyMs, signal)
    }
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    const turn = makeTurn()
    const on = sweeps.filter((sweep) => modeOf(sweep, policy) !== 'off')
    await Promise.all(on.map((sweep) => runFor(sweep, signal, turn)))
  }
  return { runOne, run }
}

type Turn = (work: () => Promise<void>) => Promise<void>

function makeTurn(): Turn {
  let before: Promise<void> = Promise.resolve()
  return (work) => {
    before = before.then(work)
    return before
  }
}

function modeOf(sweep: Sweep, policy: Policy): Sweep['mode'] {
  return policy.detectors[sweep.id]?.mode ?? sweep.mode
}

async function loadLast(sweep: Sweep, ask: Ask, last: Map<string, string>): Promise<void> {
  const rows = await ask(
    `select finding_id, tupleElement(youngest, 1) as standing, tupleElement(youngest, 2) as severity
     from
     (
       select finding_id, argMax((standing, toString(severity)), version) as youngest
       from findings
       where detector = {sweep:String}
       group by finding_id
     )`,
    { sweep: sweep.id },
  )
  for (const { finding_id: id, standing, severity } of rows)
    last.set(String(id), `${standing} ${severity}`)
}

/** What makes a new version worth a row. */
function saysOf({ standing, severity }: Finding): string {
  return `${standing} ${severity}`
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
