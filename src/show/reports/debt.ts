import { Type } from 'typebox'
import { CauseClass } from '../../contract/cause.ts'
import type { Row } from '../../contract/ports.ts'
import { Name } from '../api/schemas.ts'
import { datedCurfews, sessionsOfPeriod } from '../reporting/curfews-of-period.ts'
import type { Report } from '../reporting/report.ts'

/**
 * Session persistence debt: hours that sessions lived past the cause that should have ended them.
 * The debt of a session runs from its earliest cause until its proven death, its stated expiry, or `as_of`;
 * without proof of death it still grows.
 */
export const report: Report = {
  id: 'debt',
  title: 'Session persistence debt',
  description:
    'Session-hours lived past their cause, closed and still growing: overall, by cause class, subject kind and organization, and the sessions with the most hours.',
  parameters: {
    class: Type.Optional(CauseClass),
    instance: Type.Optional(Name('Only sessions of this instance.')),
    top: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000,
        default: 20,
        description: 'Number of sessions to list.',
      }),
    ),
  },
  dated: datedCurfews,
  sql: `
with${sessionsOfPeriod},
  owed as
  (
    select
      session_key, instance, session_kind, session_id, incarnation, class, cause_at,
      multiIf(isNotNull(dead_at), dead_at, outcome = 'expired', expires_at, {as_of:DateTime64(3)}) as until_at,
      isNull(dead_at) and outcome != 'expired' as growing,
      greatest(0, dateDiff('millisecond', cause_at, assumeNotNull(until_at))) / 3600000 as hours,
      greatest(0, ifNull(dateDiff('millisecond', cause_at, alive_at), 0)) / 3600000 as hours_proven
    from verdicts(as_of = {as_of:DateTime64(3)}, among = ours)
    where tenant = {tenant:String} and certainty = 'certain'
      and cause_at >= {from:DateTime64(3)} and cause_at < {to:DateTime64(3)}
      and ({class:String} = '' or class = {class:String})
      and ({instance:String} = '' or instance = {instance:String})
  ),
  per_session as
  (
    select
      session_key, incarnation,
      any(o.instance) as instance, any(o.session_kind) as session_kind, any(o.session_id) as session_id,
      max(o.growing) as growing, max(o.hours) as hours, max(o.hours_proven) as hours_proven,
      groupArray(('class', o.class, '', o.growing, o.hours, o.hours_proven)) as classes
    from owed as o
    group by session_key, incarnation
  ),
  kinds as
  (
    select session_key, max(s.subject_kind) as subject_kind
    from sessions as s
    where session_key in (select session_key from ours)
    group by session_key
  ),
  homes as
  (
    select instance, session_kind, session_id, groupUniqArray(value) as organizations
    from session_edges
    where tenant = {tenant:String} and edge = 'organization'
    group by instance, session_kind, session_id
  ),
  counted as
  (
    select
      (toUInt8(p.growing), toFloat64(p.hours), toFloat64(p.hours_proven)) as debt,
      arrayJoin(arrayConcat(
        p.classes,
        arrayMap(
          d -> (d.1, d.2, d.3, debt.1, debt.2, debt.3),
          arrayConcat(
            [('all', '', '')],
            [('subject_kind', if(k.subject_kind = '', '(unknown)', toString(k.subject_kind)), '')],
            arrayMap(o -> ('organization', o, ''), if(empty(h.organizations), ['(none)'], h.organizations)),
            [('session', concat(p.session_kind, '/', p.session_id), toString(p.instance))])))) as one,
      one.1 as dimension, one.2 as value, one.3 as instance,
      one.4 as growing, one.5 as hours, one.6 as hours_proven, 1 as sessions
    from per_session as p
    left join kinds as k on p.session_key = k.session_key
    left join homes as h
      on p.instance = h.instance and p.session_kind = h.session_kind and p.session_id = h.session_id
  ),
  folded as
  (
    select
      dimension, value, instance,
      toUInt64(sum(c.sessions)) as sessions,
      toUInt64(sumIf(c.sessions, c.growing = 0)) as closed,
      toUInt64(sumIf(c.sessions, c.growing = 1)) as growing,
      if(sessions = 0, null, sum(c.hours)) as hours,
      if(sessions = 0, null, sumIf(c.hours, c.growing = 0)) as closed_hours,
      if(sessions = 0, null, sumIf(c.hours, c.growing = 1)) as growing_hours,
      if(sessions = 0, null, sum(c.hours_proven)) as hours_at_least
    from
    (
      select dimension, value, instance, growing, hours, hours_proven, sessions from counted
      union all
      -- The overall row is there even without debt.
      select 'all', '', '', 0, 0, 0, 0
    ) as c
    group by dimension, value, instance
  )
select *
from
(
  select
    *,
    row_number() over (partition by dimension order by hours desc, value, instance) as place
  from folded
)
where dimension != 'session' or place <= {top:UInt32}
order by indexOf(['all', 'class', 'subject_kind', 'organization', 'session'], dimension), place`,
  columns: [
    {
      name: 'dimension',
      type: 'text',
      description:
        "'all', 'class', 'subject_kind', 'organization' or 'session'. Classes count curfews, and a session in two organizations counts in both.",
    },
    { name: 'value', type: 'text', description: 'Which class, kind, organization or session.' },
    { name: 'instance', type: 'text', description: 'Instance of a session, empty otherwise.' },
    { name: 'sessions', type: 'count', description: 'Sessions that owe.' },
    {
      name: 'closed',
      type: 'count',
      description: 'Those proven dead, or past their stated expiry.',
    },
    { name: 'growing', type: 'count', description: 'Those without an end.' },
    { name: 'hours', type: 'hours', description: 'Session-hours between cause and end, or now.' },
    { name: 'closed_hours', type: 'hours', description: 'Of them, hours of closed sessions.' },
    { name: 'growing_hours', type: 'hours', description: 'Of them, hours of growing sessions.' },
    {
      name: 'hours_at_least',
      type: 'hours',
      description: 'Hours until the last proof of life: the certain part.',
    },
  ],
  summary: (rows: readonly Row[]) => {
    const all = rows.find((row) => row.dimension === 'all')
    const figure = (name: string) => {
      const cell = all?.[name]
      return typeof cell === 'number' ? cell : null
    }
    return {
      hours: figure('hours'),
      growing_hours: figure('growing_hours'),
      growing_sessions: figure('growing'),
    }
  },
}
