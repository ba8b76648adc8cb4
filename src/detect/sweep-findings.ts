import type { OnFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { DetectorMode, Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import { makePause } from '../contract/pause.ts'
import type { Row } from '../contract/ports.ts'
import { rootKey, rootOf } from './finding-root.ts'
import type { LastVersion } from './finding-state.ts'
import type { EventAt, Sweep, SweepSight } from './sweep.ts'
import type { Watermarks } from './watermarks.ts'

/** Rows that become findings before others have a turn: some milliseconds' worth. */
const rowsAtOnce = 500

/** One round of a sweep. */
export interface Round {
  readonly sweep: Sweep
  readonly mode: DetectorMode
  /** Instant of the round, ms since the epoch. */
  readonly asOf: number
  /** Version of the findings that it makes. */
  readonly version: number
  /** Undefined for a sweep that does not rest on silence. */
  readonly watermarks: Watermarks | undefined
}

/** What the rows of a round came to. */
export interface RoundFindings {
  readonly findings: readonly Finding[]
  /** Events of findings whose ids are still to be read, by finding. */
  readonly eventsOf: ReadonlyMap<string, readonly EventAt[]>
  /** Ids of findings that cannot be judged, since a source has a gap: they stay as they are. */
  readonly notEvaluable: ReadonlySet<string>
  /** The earliest instant of those, to be looked at again, ms since the epoch; infinite for none. */
  readonly notEvaluableSince: number
  /** Whether every row could be read. */
  readonly isWhole: boolean
}

/** Rows → findings. A row on which the sweep throws is reported and left out. */
export async function findingsOf(
  rows: readonly Row[],
  round: Round,
  onFault: OnFault,
): Promise<RoundFindings> {
  const findings: Finding[] = []
  const eventsOf = new Map<string, readonly EventAt[]>()
  const notEvaluable = new Set<string>()
  let notEvaluableSince = Number.POSITIVE_INFINITY
  let faults = 0
  const pause = makePause(rowsAtOnce)
  for (const row of rows) {
    await pause()
    try {
      const sight = round.sweep.toSight(row)
      const finding = findingOf(sight, round)
      if (isEvaluable(sight, round)) {
        findings.push(finding)
        if (sight.events) eventsOf.set(finding.findingId, sight.events)
      } else {
        notEvaluable.add(finding.findingId)
        notEvaluableSince = Math.min(notEvaluableSince, sight.at)
      }
    } catch (error) {
      faults += 1
      const of = { tenant: String(row.tenant ?? ''), instance: String(row.instance ?? '') }
      onFault({ ...of, source: '', stage: 'detect', part: round.sweep.id, ...thrownOn(error) })
    }
  }
  return { findings, eventsOf, notEvaluable, notEvaluableSince, isWhole: faults === 0 }
}

function isEvaluable({ tenant, silentSince, at }: SweepSight, { sweep, watermarks }: Round) {
  if (silentSince === undefined) return true
  if (!watermarks) throw new TypeError(`sweep ${sweep.id} must say that it rests on silence`)
  return watermarks.isComplete(tenant, silentSince, at + sweep.watermarkMs)
}

/** Findings that differ from their last version. One that never stood needs no row. */
export function changedAmong(
  findings: readonly Finding[],
  last: ReadonlyMap<string, LastVersion>,
): Finding[] {
  return findings.filter((finding) => {
    const before = last.get(finding.findingId)
    return before ? !isSame(before, finding) : finding.standing
  })
}

/** Ids of findings of a tenant ('' for all) that stand and are no longer among a round's rows. */
export function goneAmong(
  { findings, notEvaluable }: RoundFindings,
  last: ReadonlyMap<string, LastVersion>,
  tenant: string,
): string[] {
  const shown = new Set(findings.map(({ findingId }) => findingId))
  return [...last].flatMap(([id, before]) => {
    const isLookedAt = tenant === '' || before.tenant === tenant
    const isGone = isLookedAt && before.standing && !shown.has(id) && !notEvaluable.has(id)
    return isGone ? [id] : []
  })
}

/** The next version of a finding that later facts left without reason. */
export function withdrawn(finding: Finding, { mode, asOf, version }: Round): Finding {
  const why = 'Late news left nothing of it.'
  return { ...finding, version, mode, standing: false, why, receivedAt: asOf, asOf }
}

/**
 * The instant counts too, since it decides whether the sweep still looks at the finding: an earlier
 * cause moves a deadline back.
 */
function isSame(before: LastVersion, { standing, severity, at }: Finding): boolean {
  return before.standing === standing && before.severity === severity && before.at === at
}

function findingOf(sight: SweepSight, { sweep, mode, asOf, version }: Round): Finding {
  const { tenant, instance, on = 'session', about, standing, at, why, facts } = sight
  const { subjectRef, sessionKind, sessionId } = sight
  if (!Number.isFinite(at)) throw new TypeError('a finding needs a time')
  const named = { subjectRef, sessionKind, sessionId }
  return {
    tenant,
    instance,
    findingId: identify('finding', sweep.id, tenant, instance, ...rootKey(on, named), ...about),
    version,
    standing,
    detector: sweep.id,
    severity: sight.severity ?? sweep.severity,
    mode,
    at,
    receivedAt: asOf,
    ...rootOf(on, named),
    ...named,
    why,
    eventIds: [...(sight.eventIds ?? [])].sort(),
    facts,
    asOf,
  }
}
