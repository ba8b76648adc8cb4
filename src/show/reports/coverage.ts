import { Type } from 'typebox'
import { CauseClass, replacedIds } from '../../contract/cause.ts'
import { edgeOfScope, isUnnamed } from '../../contract/cause-scope-sql.ts'
import type { Row } from '../../contract/ports.ts'
import { Name } from '../api/schemas.ts'
import { countedAs, curfewsOfPeriod, readsStep } from '../reporting/counted-as.ts'
import { sessionsOfPeriod } from '../reporting/curfews-of-period.ts'
import type { Report } from '../reporting/report.ts'

/**
 * How many of the sessions that had to die did so in time, with proof. Eligible are active, certain
 * curfews past their deadline; unknown and expired count as failures. A class counts curfews,
 * which are its sessions; the overall row counts each session once, by its worst curfew.
 */
export const report: Report = {
  id: 'coverage',
  title: 'Coverage',
  description:
    'Of the condemned sessions past their deadline, the share that is proven to have ended in time. Unknown counts as failure; open, ambiguous and sessions of unknown creation are listed separately.',
  parameters: {
    class: Type.Optional(CauseClass),
    instance: Type.Optional(Name('Only sessions of this instance.')),
  },
  dated: {
    ...{ what: 'causes', rows: 'causes', at: 'at', known: 'received_at' },
    by: ['class', 'instance'],
  },
  sql: `
with${sessionsOfPeriod},${readsStep},
  judged as
  (
    select
      v.instance as instance, v.session_kind as session_kind, v.session_id as session_id,
      v.incarnation as incarnation, v.class as class,${countedAs}${curfewsOfPeriod}
  ),
  per_session as
  (
    select
      arrayJoin(arrayConcat(
        groupArray((class, told, seen)),
        [('all', argMin(told, (rank, seen)), argMin(seen, (rank, seen)))])) as one
    from judged
    group by instance, session_kind, session_id, incarnation
  ),
  told_of as
  (
    select
      cause_id, min(c.class) as class,
      cause_id not in (
        select cause_id from curfews
        where tenant = {tenant:String} and detected_at <= {as_of:DateTime64(3)}) as alone,
      alone and max(unreaching) as blind
    from
    (
      select
        *,
        ${isUnnamed}
          or (${edgeOfScope} != '' and (instance, ${edgeOfScope}) not in (
            select instance, edge from session_edges where tenant = {tenant:String}
            group by instance, edge)) as unreaching
      from causes
      where tenant = {tenant:String}
    ) as c
    where tenant = {tenant:String} and received_at <= {as_of:DateTime64(3)}
      and cause_id not in (${replacedIds('tenant = {tenant:String} and at <= {as_of:DateTime64(3)}')})
      and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
      and ({class:String} = '' or c.class = {class:String})
      and ({instance:String} = '' or instance = {instance:String})
    group by cause_id
  ),
  counted as
  (
    select one.1 as cause_class, one.2 as told, one.3 as seen, 0 as causes, 0 as alone,
      0 as blind
    from per_session
    union all
    select arrayJoin([class, 'all']), '', '', 1, alone, blind from told_of
    union all
    select 'all', '', '', 0, 0, 0
  )
select
  cause_class,
  countIf(told in ('contained_in_time', 'contained_late', 'ended_otherwise_in_time',
    'ended_otherwise_late', 'expired', 'still_alive', 'unknown')) as eligible,
  countIf(told = 'contained_in_time') as contained_in_time,
  countIf(told = 'contained_late') as contained_late,
  countIf(told = 'ended_otherwise_in_time') as ended_otherwise_in_time,
  countIf(told = 'ended_otherwise_late') as ended_otherwise_late,
  countIf(told = 'expired') as expired,
  countIf(told = 'still_alive') as still_alive,
  countIf(told = 'unknown') as unknown,
  if(eligible = 0, null, (contained_in_time + ended_otherwise_in_time) / eligible) as coverage,
  countIf(told = 'open') as open,
  countIf(told = 'ambiguous') as ambiguous,
  countIf(told = 'creation_unknown') as creation_unknown,
  countIf(seen = 'events_only') as events_only,
  countIf(seen = 'no_list') as no_list,
  multiIf(
    countIf(seen != '') = 0, '',
    events_only + no_list = 0, 'listed',
    countIf(seen = 'listed') = 0, 'events only',
    'partly listed') as population,
  toUInt64(sum(causes)) as causes,
  toUInt64(sum(alone) - sum(blind)) as causes_without_sessions,
  toUInt64(sum(blind)) as causes_reaching_nobody
from counted
group by cause_class
order by cause_class = 'all', cause_class`,
  columns: [
    {
      name: 'cause_class',
      type: 'text',
      description: "Cause class; 'all' counts each session once, by its worst curfew.",
    },
    {
      name: 'eligible',
      type: 'count',
      description: 'Sessions that had to be dead by now: certain, and past their deadline.',
    },
    {
      name: 'contained_in_time',
      type: 'count',
      description: 'Ordered and acknowledged by Curfew, proven dead by the deadline.',
    },
    {
      name: 'contained_late',
      type: 'count',
      description: 'Ordered and acknowledged by Curfew, proven dead after the deadline.',
    },
    {
      name: 'ended_otherwise_in_time',
      type: 'count',
      description: 'Proven dead by the deadline without Curfew.',
    },
    {
      name: 'ended_otherwise_late',
      type: 'count',
      description: 'Proven dead after the deadline without Curfew.',
    },
    {
      name: 'expired',
      type: 'count',
      description: 'No proof of an end, but past its stated expiry.',
    },
    { name: 'still_alive', type: 'count', description: 'Proven alive after the deadline.' },
    { name: 'unknown', type: 'count', description: 'Neither proven dead nor alive; a failure.' },
    {
      name: 'coverage',
      type: 'share',
      description: '(contained_in_time + ended_otherwise_in_time) / eligible.',
    },
    { name: 'open', type: 'count', description: 'The deadline is not yet past; not eligible.' },
    {
      name: 'ambiguous',
      type: 'count',
      description: 'Created within clock uncertainty of the cause; not eligible.',
    },
    {
      name: 'creation_unknown',
      type: 'count',
      description: 'No source reported when they were created; not eligible.',
    },
    {
      name: 'events_only',
      type: 'count',
      description: 'Sessions whose subject was not listed completely after the cause.',
    },
    {
      name: 'no_list',
      type: 'count',
      description: 'Sessions of instances that were never listed at all.',
    },
    {
      name: 'population',
      type: 'text',
      description:
        "Whether other sessions may be missing: 'listed', 'partly listed' or 'events only'.",
    },
    { name: 'causes', type: 'count', description: 'Causes of the period.' },
    {
      name: 'causes_without_sessions',
      type: 'count',
      description: 'Causes that condemned no session although their scope was known.',
    },
    {
      name: 'causes_reaching_nobody',
      type: 'count',
      description:
        'Causes that cannot condemn a session: nothing identifies their scope, or no session of their instance has a relation of that kind.',
    },
  ],
  summary: (rows: readonly Row[]) => {
    const all = rows.find((row) => row.cause_class === 'all')
    const figure = (name: string) => {
      const cell = all?.[name]
      return typeof cell === 'number' || typeof cell === 'string' ? cell : null
    }
    return {
      coverage: figure('coverage'),
      eligible: figure('eligible'),
      open: figure('open'),
      population: figure('population') === '' ? null : figure('population'),
    }
  },
}
