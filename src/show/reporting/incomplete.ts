import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Ask } from '../../contract/ports.ts'
import { isoTime, number, text } from '../../contract/read-row.ts'
import { silentMs, throughAll } from '../../contract/work.ts'
import { closedObject, Instant } from '../api/schemas.ts'

/** One reason why figures may be incomplete. */
export const Lack = closedObject({
  what: Type.Union(
    [
      Type.Literal('causes_not_applied'),
      Type.Literal('work_failing'),
      Type.Literal('work_failed'),
      Type.Literal('left_out_by_provider'),
      Type.Literal('no_complete_list'),
      Type.Literal('rows_left_out'),
      Type.Literal('reasons_left_out'),
    ],
    {
      description:
        'causes_not_applied: the enforcer has not yet processed these causes. work_failing: recurring work fails now: reading a source or a list, orders, sweeps. work_failed: it failed within the period for a minute or more, or no process ran. left_out_by_provider: messages without the provider fields needed to derive a cause. no_complete_list: no complete list of the provider exists since the last cause. rows_left_out: there are more rows than one answer holds. reasons_left_out: there are more reasons than these.',
    },
  ),
  instance: Type.String({ description: 'Empty where it concerns all instances.' }),
  since: Instant,
  count: Type.Integer({
    description:
      'Number of causes, messages, sessions, rows or failed runs; 0 for work that fails now.',
  }),
  words: Type.String({ description: 'The same as a sentence.' }),
})
export type Lack = Static<typeof Lack>

/** The enforcer may still be processing a cause this young, ms. */
const underwayMs = 60_000
const lacksMax = 50

/**
 * Known reasons for incomplete figures, read from the store, so that they are available without a running server.
 * The last state of failing work counts only while it is not much older than the last state of any work.
 */
const statement = `
with
  (select max(at) from work_states where tenant = '' and work = '${throughAll.work}' and of = '${throughAll.of}') as through,
  (select max(recorded_at) from work_states) as last_word_at,
  -- A replay writes one row with another key, and is no running process.
  (select max(recorded_at) from work_states where of != '${throughAll.of}') as last_run_at,
  least({to:DateTime64(3)}, {as_of:DateTime64(3)}, {now:DateTime64(3)}) as looked_at,
  owed as
  (
    select instance, subject_ref, max(cause_at) as last_cause_at, min(cause_at) as first_cause_at,
      uniqExact(session_key) as sessions
    from curfews
    where tenant = {tenant:String}
      and cause_at >= {from:DateTime64(3)} and cause_at < {to:DateTime64(3)}
      and detected_at <= {as_of:DateTime64(3)}
    group by instance, subject_ref
  ),
  listed as
  (
    select instance, subject_ref, max(started_at) as last_at
    from listings
    where tenant = {tenant:String} and complete and finished_at <= {as_of:DateTime64(3)}
    group by instance, subject_ref
  ),
  failing as
  (
    select tenant, work, of, one.2 as since, toString(one.3) as why
    from
    (
      select tenant, work, of, argMax((s.failing, s.at, s.reason, s.recorded_at), s.recorded_at) as one
      from work_states as s
      where tenant in ('', {tenant:String})
      group by tenant, work, of
    )
    where one.1 and one.4 > last_word_at - interval ${silentMs} millisecond
  ),
  gaps as
  (
    select tenant, work, of, from_at, max(g.until_at) as until, argMax(g.reason, g.until_at) as why
    from work_gaps as g
    where tenant in ('', {tenant:String})
      and from_at < {to:DateTime64(3)} and from_at <= {as_of:DateTime64(3)}
      and g.until_at > {from:DateTime64(3)}
      and (tenant, work, of, from_at) not in (select tenant, work, of, since from failing)
    group by tenant, work, of, from_at
  )
select *
from
(
  select 'causes_not_applied' as what, toString(instance) as instance, min(at) as since,
    uniqExact(cause_id) as count, '' as work, '' as reason, toDateTime64(0, 3, 'UTC') as until
  from causes
  where tenant = {tenant:String} and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
    and received_at <= {as_of:DateTime64(3)}
    and recorded_at > through and recorded_at < {now:DateTime64(3)} - interval ${underwayMs} millisecond
  group by instance
  union all
  -- The row of a source that serves several tenants may have the key of one of them.
  select 'work_failing', if(work = 'sources' and tenant = '', '', of), since, 0, toString(work), why,
    toDateTime64(0, 3, 'UTC')
  from failing
  union all
  select 'work_failed', if(work = 'sources' and tenant = '', '', of) as whose, min(from_at), count(),
    toString(work), toString(argMax(why, until)), max(g.until)
  from gaps as g
  group by work, whose
  union all
  select 'work_failed', '', last_run_at, 1, 'process', 'not_running', looked_at
  where toYear(last_run_at) > 1970 and looked_at > last_run_at + interval ${silentMs} millisecond
  union all
  select 'left_out_by_provider', toString(instance), min(hour), sum(u.messages), '', '', toDateTime64(0, 3, 'UTC')
  from unread as u
  where tenant = {tenant:String} and why = 'incomplete'
    and hour >= toStartOfHour({from:DateTime64(3)}) and hour < {to:DateTime64(3)}
    and hour <= {as_of:DateTime64(3)}
  group by instance
  union all
  -- A list covers one subject: another subject's list proves nothing about its sessions.
  select 'no_complete_list', toString(o.instance), min(if(toYear(l.last_at) < 1971, o.first_cause_at, l.last_at)),
    sum(o.sessions), '', '', toDateTime64(0, 3, 'UTC')
  from owed as o
  left join listed as l on o.instance = l.instance and o.subject_ref = l.subject_ref
  where l.last_at < o.last_cause_at
  group by o.instance
)
where {instance:String} = '' or instance = {instance:String} or what in ('work_failing', 'work_failed')
order by what not in ('work_failing', 'work_failed'), what, instance, work
limit ${lacksMax + 1}`

/** @returns reasons why figures of a period may be incomplete, at most 50 and a note whether there are more; empty without any. */
export async function readLacks(
  ask: Ask,
  of: {
    readonly tenant: string
    /** '' for all. */
    readonly instance: string
    readonly from: Date
    readonly to: Date
    readonly as_of: Date
    readonly now: Date
  },
): Promise<Lack[]> {
  const rows = await ask(statement, { ...of })
  const lacks = rows.slice(0, lacksMax).map((row) => {
    const what = text(row, 'what') as Lack['what']
    const isWork = what === 'work_failing' || what === 'work_failed'
    const lack = {
      ...{ what, since: isoTime(row, 'since'), count: number(row, 'count') },
      instance: isWork ? '' : text(row, 'instance'),
    }
    const work = {
      ...{ of: text(row, 'instance'), work: text(row, 'work') },
      ...{ reason: text(row, 'reason').replaceAll('_', ' '), until: isoTime(row, 'until') },
    }
    return { ...lack, words: wordsOf(lack, work) }
  })
  const [last] = rows.slice(lacksMax)
  if (!last) return lacks
  const words = `there are more reasons than these ${lacksMax}`
  return [
    ...lacks,
    { what: 'reasons_left_out', instance: '', since: isoTime(last, 'since'), count: 1, words },
  ]
}

/** Row of failing work; `until` is when it succeeded again. */
interface WorkRow {
  readonly of: string
  readonly work: string
  readonly reason: string
  readonly until: string
}

function wordsOf(
  { what, instance, since, count }: Omit<Lack, 'words'>,
  { of, work, reason, until }: WorkRow,
): string {
  const plural = count === 1 ? '' : 's'
  const named = `${work}${of === '' ? '' : ` of ${of}`}`
  const times = count === 1 ? 'from' : `${count} times between`
  const end = `${count === 1 ? 'until' : 'and'} ${until}`
  switch (what) {
    case 'causes_not_applied':
      return `${count} cause${plural} of ${instance} since ${since} not yet applied to its sessions`
    case 'left_out_by_provider':
      return `${count} message${plural} of ${instance} since ${since} without the fields needed to derive a cause (report unread)`
    case 'no_complete_list':
      return `no complete list of ${instance} since ${since}: of ${count} condemned session${plural}, others may be missing`
    case 'work_failed':
      if (work === 'process') return `Curfew did not run ${times} ${since} ${end}`
      return `${named} failed ${times} ${since} ${end}: ${reason}`
    default:
      return `${named} failing since ${since}: ${reason}`
  }
}
