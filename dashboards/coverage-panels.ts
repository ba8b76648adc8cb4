import type { Row } from './dashboard.ts'
import { chosenCurfews, eligible, verdicts, where, words } from './sql.ts'

/** Ended and proven by the deadline, by Curfew or otherwise. */
const inTime = `outcome in (${words(['contained_in_time', 'ended_otherwise_in_time'])})`

/** Each session once: it counts as in time only if all its curfews were. */
const eligibleSessions = `(
    select
        min(${inTime}) as in_time,
        max(outcome = 'contained_in_time') as by_curfew
    from ${verdicts}
    ${where([...chosenCurfews, ...eligible], 1)}
    group by tenant, instance, session_kind, session_id, incarnation
)`

const coverage = `select
    if(count() = 0, null, countIf(in_time) / count()) as coverage
from
${eligibleSessions}`

const containedByCurfew = `select
    if(count() = 0, null, countIf(in_time and by_curfew) / count()) as contained_by_curfew
from
${eligibleSessions}`

const eligibleCount = `select
    if(count() = 0, null, count()) as eligible
from
${eligibleSessions}`

const verdictCounts = `select
    if(count() = 0, null, countIf(certainty = 'certain' and verdict = 'broken')) as broken,
    if(count() = 0, null, countIf(certainty = 'certain' and verdict = 'unproven')) as unproven,
    if(count() = 0, null, countIf(certainty = 'certain' and verdict = 'open')) as open,
    if(count() = 0, null, countIf(certainty != 'certain')) as uncertain
from ${verdicts}
${where(chosenCurfews)}`

const byClass = `select
    class,
    countIf(due) as eligible,
    if(eligible = 0, null, countIf(due and ${inTime}) / eligible) as coverage,
    countIf(due and outcome = 'contained_in_time') as contained_in_time,
    countIf(due and outcome = 'contained_late') as contained_late,
    countIf(due and outcome = 'ended_otherwise_in_time') as ended_otherwise_in_time,
    countIf(due and outcome = 'ended_otherwise_late') as ended_otherwise_late,
    countIf(due and outcome = 'expired') as expired,
    countIf(due and outcome = 'still_alive') as still_alive,
    countIf(due and outcome = 'unknown') as unknown,
    countIf(certainty = 'certain' and not due) as open,
    countIf(certainty != 'certain') as uncertain
from
(
    select
        class,
        outcome,
        certainty,
        ${eligible.join(' and ')} as due
    from ${verdicts}
    ${where(chosenCurfews, 1)}
)
group by class
order by class
limit 50`

const coverageOverTime = `select
    $__timeInterval_ms(cause_at) as time,
    class,
    countIf(${inTime}) / count() as coverage
from ${verdicts}
${where([...chosenCurfews, ...eligible])}
group by time, class
order by time, class`

const outcomesOverTime = `select
    $__timeInterval_ms(cause_at) as time,
    outcome,
    count() as curfews
from ${verdicts}
${where([...chosenCurfews, ...eligible])}
group by time, outcome
order by time, outcome`

const evidenceLevels = `select
    multiIf(
        arrayExists(proof -> proof.2 = 'E4', proofs), 'E4 a later use was refused',
        arrayExists(proof -> proof.2 = 'E3', proofs), 'E3 end event of the provider',
        arrayExists(proof -> proof.2 = 'E2', proofs), 'E2 read back as gone',
        isNotNull(acknowledged_at), 'E1 acknowledged, not proven',
        isNotNull(ordered_at), 'E0 requested, not proven',
        'no evidence') as best_evidence,
    count() as curfews
from ${verdicts}
${where([...chosenCurfews, ...eligible])}
group by best_evidence
order by best_evidence
limit 10`

const shareSteps = [
  { from: null, color: 'red' },
  { from: 0.99, color: 'orange' },
  { from: 0.999, color: 'green' },
]

export const coverageRow: Row = {
  title: 'Coverage',
  panels: [
    {
      id: 1,
      title: 'Coverage',
      description:
        'Of the sessions that had to be dead by now, the share proven dead by their deadline. A session with several curfews counts once, by its worst. Unknown and expired count as failures.',
      style: 'stat',
      sql: coverage,
      unit: 'percentunit',
      width: 5,
      height: 6,
      thresholds: shareSteps,
    },
    {
      id: 2,
      title: 'Contained by Curfew',
      description:
        'Of the same sessions, the share that Curfew ended in time, acknowledged and proven.',
      style: 'stat',
      sql: containedByCurfew,
      unit: 'percentunit',
      width: 5,
      height: 6,
    },
    {
      id: 3,
      title: 'Eligible sessions',
      description:
        'Sessions condemned in this range, certain to have existed before their cause, and past their deadline.',
      style: 'stat',
      sql: eligibleCount,
      unit: 'short',
      width: 4,
      height: 6,
    },
    {
      id: 4,
      title: 'Curfews broken, unproven, open, uncertain',
      description:
        'Broken: alive after the deadline. Unproven: neither death nor life is proven. Open: before the deadline. Uncertain: created close to the cause, or at an unreported time; not eligible.',
      style: 'stat',
      sql: verdictCounts,
      unit: 'short',
      width: 10,
      height: 6,
    },
    {
      id: 5,
      title: 'Coverage by cause class',
      description: 'Curfews of each class, by what became of their sessions.',
      style: 'table',
      sql: byClass,
      unit: 'short',
      width: 24,
      columns: { class: { title: 'cause class' }, coverage: { unit: 'percentunit' } },
    },
    {
      id: 6,
      title: 'Coverage by cause class, over time',
      description: 'By when the cause happened.',
      style: 'lines',
      sql: coverageOverTime,
      unit: 'percentunit',
      width: 12,
      seriesBy: 'class',
      bucketMin: '1m',
    },
    {
      id: 7,
      title: 'What became of condemned sessions',
      description: 'Eligible curfews by outcome, by when the cause happened.',
      style: 'bars',
      sql: outcomesOverTime,
      unit: 'short',
      width: 12,
      seriesBy: 'outcome',
      bucketMin: '1m',
    },
    {
      id: 8,
      title: 'Best evidence',
      description: 'Eligible curfews by the strongest evidence of death. E2 and above prove.',
      style: 'ranking',
      sql: evidenceLevels,
      unit: 'short',
      width: 24,
    },
  ],
}
