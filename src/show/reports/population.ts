import { Type } from 'typebox'
import { CauseClass } from '../../contract/cause.ts'
import { Name, TextFilter } from '../api/schemas.ts'
import { VerdictWord } from '../queries/curfews.ts'
import { matchesText } from '../queries/people.ts'
import { causesOnce } from '../reporting/causes-once.ts'
import { countedAs, curfewsOfPeriod, readsStep } from '../reporting/counted-as.ts'
import { datedCurfews, sessionsOfPeriod } from '../reporting/curfews-of-period.ts'
import { overAll, summaryOfAll } from '../reporting/headline.ts'
import { peopleStep } from '../reporting/people-step.ts'
import { columns } from '../reporting/population-columns.ts'
import type { Report } from '../reporting/report.ts'

/** The rows of the line 'all' of coverage that are not counted separately. */
const eligible = "overall = 1 and counts_as not in ('open', 'ambiguous', 'creation_unknown')"
const totals = {
  curfews: 'count()',
  sessions: 'countIf(overall = 1)',
  eligible: `countIf(${eligible})`,
  in_time: `countIf(${eligible} and endsWith(counts_as, '_in_time'))`,
}

/**
 * The list behind `coverage`: one row per curfew, with its earliest cause, and the event
 * or evidence that proves the death. Rows of a class add up to that class, and rows with `overall` 1 to
 * the overall line; open and uncertain curfews are rows as well.
 */
export const report: Report = {
  id: 'population',
  title: 'Population',
  description:
    'Every condemned session: its subject, the cause and who made it happen, the deadline, the death and its proof, and the column of the coverage report in which it counts.',
  parameters: {
    class: Type.Optional(CauseClass),
    instance: Type.Optional(Name('Only sessions of this instance.')),
    subject_ref: Type.Optional(Name('Only sessions of this subject, by reference.')),
    verdict: Type.Optional(VerdictWord),
    q: TextFilter,
  },
  dated: { ...datedCurfews, by: [...datedCurfews.by, 'subject_ref'] },
  sql: `
with${sessionsOfPeriod},${readsStep},
  judged as
  (
    select
      v.*, ${countedAs}${curfewsOfPeriod}
  ),
  reasons as
  (
    select
      k.session_key as session_key,
      groupUniqArray((c.at, c.cause_id, c.event_id, toString(c.initiator_kind), c.initiator_id, c.reason)) as causes
    from
    (
      select instance, session_key, cause_id from curfews
      where session_key in (select session_key from ours)
      group by instance, session_key, cause_id
    ) as k
    inner join
    (
      ${causesOnce}
    ) as c on k.instance = c.instance and k.cause_id = c.cause_id
    group by session_key
  ),
  signs as
  (
    select session_key,
      groupArraySorted(1000)((at, id, level, source, received_at)) as seen
    from
    (
      select session_key, occurred_at as at, event_id as id,
        if(fact = 'refused_dead', 'E4', 'E3') as level, toString(source) as source, received_at
      from session_facts
      where tenant = {tenant:String} and fact != 'created' and session_key in (select session_key from ours)
      union all
      select session_key, at, evidence_id as id, toString(level) as level,
        'curfew' as source, recorded_at as received_at
      from evidence
      where tenant = {tenant:String} and level = 'E2' and session_key in (select session_key from ours)
    )
    group by session_key
  ),
  ${peopleStep},
  listed as
  (
    select
      j.class as cause_class, j.instance as instance, j.session_kind as session_kind,
      j.session_id as session_id, j.incarnation as life, j.subject_ref as subject_ref, i.name as subject,
      j.cause_at as cause_at,
      arrayFirst(c -> has(j.cause_ids, c.2), arraySort(r.causes)) as first,
      first.3 as cause_event_id, first.4 as caused_by_kind, first.5 as caused_by, first.6 as caused_because,
      j.deadline_at as deadline_at, j.ordered_at as ordered_at, j.alive_at as alive_at,
      j.dead_at as dead_at, j.dead_by as dead_by,
      -- A proof may count from later than it was observed; the last one before is selected.
      arrayLast(
        s -> s.3 = j.dead_by and s.1 <= assumeNotNull(j.dead_at) and s.1 >= j.cause_at, p.seen) as proof,
      proof.2 as proof_id, proof.4 as proof_source, if(proof_id = '', null, proof.5) as proof_received_at,
      j.verdict as verdict, j.told as counts_as, j.seen as population,
      -- Over all curfews of the session, including those that a filter leaves out.
      toUInt8(row_number() over (
        partition by instance, session_kind, session_id, life order by j.rank, j.seen, cause_class) = 1) as overall,
      j.curfew_id as curfew
    from judged as j
    left join reasons as r on j.session_key = r.session_key
    left join signs as p on j.session_key = p.session_key
    left join people as i on j.instance = i.instance and j.subject_ref = i.subject_ref
  )
select * except (first, proof),
  ${overAll(totals)}
from listed
where ({subject_ref:String} = '' or subject_ref = {subject_ref:String})
  and ({verdict:String} = '' or verdict = {verdict:String})
  and ${matchesText(
    ['session_id', 'subject_ref', 'cause_class', 'cause_event_id', 'caused_because', 'proof_id'],
    ['caused_by'],
  )}
order by cause_at, instance, session_kind, session_id, life, cause_class
limit {rows_max:UInt32}`,
  columns,
  summary: summaryOfAll(totals),
}
