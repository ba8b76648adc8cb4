import { Type } from 'typebox'
import type { Row } from '../../contract/ports.ts'
import type { Report } from '../report.ts'
import { Name } from '../shapes.ts'

/**
 * Every revocation that was seen, whoever did it, and every order of ours that was acknowledged and
 * of which no event came. Ours are recognised by the client id the provider echoes; where it echoes
 * none, by an order of ours having been on its way just then, give or take the policy's clock
 * uncertainty, which is marked as inferred.
 */
export const report: Report = {
  id: 'revocations',
  title: 'Revocations',
  description:
    'Each ended session: by whom, when, why, from which device and place, on what evidence, and how long after the cause that condemned it.',
  parameters: {
    instance: Type.Optional(Name('Only sessions of this instance.')),
    ended: Type.Optional(
      Type.Union([Type.Literal('leave_out'), Type.Literal('include')], {
        default: 'leave_out',
        description: 'Whether logouts and expiries that the provider told are shown too.',
      }),
    ),
  },
  sql: `
with
  -- Clocks are believed as far as the policy in force then believes them, as in the view verdicts.
  toIntervalMillisecond(assumeNotNull((
    select if(count() = 0, 5000, argMin(clock_uncertainty_ms,
      (at > {as_of:DateTime64(3)},
        abs(dateDiff('millisecond', at, {as_of:DateTime64(3)})), clock_uncertainty_ms)))
    from timing))) as skew,
  attempts as
  (
    select
      instance, session_kind, session_id, state, at,
      leadInFrame(toNullable(at)) over (
        partition by instance, order_id order by epoch, seq
        rows between current row and unbounded following) as answered_at
    from order_steps
    where tenant = {tenant:String} and at <= {as_of:DateTime64(3)}
  ),
  dispatches as
  (
    select
      instance, session_kind, session_id,
      groupArray((at - skew, ifNull(answered_at, at + interval 60 second) + skew)) as spans
    from attempts
    where state = 'dispatching'
    group by instance, session_kind, session_id
  ),
  told as
  (
    select
      instance, session_kind, session_id, event_id,
      argMax(
        (fact, occurred_at, initiator_kind, initiator_id, initiator_client, reason, ip, country, city, browser, os),
        (f.row_version, f.fact, f.occurred_at)) as one
    from session_facts as f
    where tenant = {tenant:String} and fact in ('revoked', 'ended')
      and occurred_at <= {as_of:DateTime64(3)}
    group by instance, session_kind, session_id, event_id
  ),
  answered as
  (
    select instance, session_kind, session_id, evidence_id, min(e.at) as at, min(e.detail) as detail
    from evidence as e
    where tenant = {tenant:String} and level = 'E1' and e.at <= {as_of:DateTime64(3)}
    group by instance, session_kind, session_id, evidence_id
  ),
  heard as
  (
    select instance, session_kind, session_id, groupArray(one.2) as ats
    from told
    group by instance, session_kind, session_id
  ),
  revoked as
  (
    select
      instance, session_kind, session_id, event_id as id, one.1 as what, one.2 as at,
      one.3 as by_kind, one.4 as by_id, one.5 as by_client, one.6 as reason, one.7 as ip,
      one.8 as country, one.9 as city, one.10 as browser, one.11 as os
    from told
    where one.1 = 'revoked' or {ended:String} = 'include'
    union all
    select
      a.instance, a.session_kind, a.session_id, a.evidence_id, 'acknowledged', a.at,
      'curfew', '', '', a.detail, '', '', '', '', ''
    from answered as a
    left join heard as h
      on a.instance = h.instance and a.session_kind = h.session_kind and a.session_id = h.session_id
    where not arrayExists(at -> at >= a.at - interval 1 minute, h.ats)
  ),
  proven as
  (
    select
      instance, session_kind, session_id,
      groupUniqArray((level, at)) as seen
    from
    (
      select instance, session_kind, session_id, level, at
      from evidence
      where tenant = {tenant:String} and level in ('E1', 'E2') and at <= {as_of:DateTime64(3)}
      union all
      select instance, session_kind, session_id, if(fact = 'refused_dead', 'E4', 'E3'), occurred_at
      from session_facts
      where tenant = {tenant:String} and fact in ('revoked', 'ended', 'refused_dead')
        and occurred_at <= {as_of:DateTime64(3)}
    )
    group by instance, session_kind, session_id
  ),
  condemned as
  (
    select
      instance, session_kind, session_id,
      groupArray((cause_at, class)) as pairs
    from verdicts(as_of = {as_of:DateTime64(3)})
    where tenant = {tenant:String}
    group by instance, session_kind, session_id
  )
select
  r.at as at, r.instance as instance, r.session_kind as session_kind, r.session_id as session_id,
  r.what as what,
  r.what = 'acknowledged' or has({own_clients:Array(String)}, r.by_client) as known_ours,
  not known_ours and r.what = 'revoked' and r.by_client = ''
    and arrayExists(s -> r.at >= s.1 and r.at <= s.2, d.spans) as inferred,
  multiIf(
    known_ours or inferred, 'curfew',
    r.by_kind = 'curfew', 'claims_curfew',
    r.by_kind = '', 'unknown',
    r.by_kind) as initiator,
  r.by_id as initiator_id, r.by_client as initiator_client,
  r.reason as reason, r.ip as ip, r.country as country, r.city as city,
  r.browser as browser, r.os as os,
  arrayStringConcat(arraySort(arrayDistinct(arrayMap(e -> e.1,
    arrayFilter(e -> e.2 >= r.at - interval 1 minute, p.seen)))), ' ') as evidence,
  arraySort(arrayFilter(c -> c.1 <= r.at, k.pairs)) as before,
  arrayStringConcat(arrayDistinct(arrayMap(c -> c.2, before)), ' ') as classes,
  if(empty(before), null, dateDiff('millisecond', before[1].1, r.at) / 1000) as seconds_after_cause
from revoked as r
left join dispatches as d
  on r.instance = d.instance and r.session_kind = d.session_kind and r.session_id = d.session_id
left join proven as p
  on r.instance = p.instance and r.session_kind = p.session_kind and r.session_id = p.session_id
left join condemned as k
  on r.instance = k.instance and r.session_kind = k.session_kind and r.session_id = k.session_id
where r.at >= {from:DateTime64(3)} and r.at < {to:DateTime64(3)}
  and ({instance:String} = '' or r.instance = {instance:String})
order by at, instance, session_kind, session_id, r.id
limit {rows_max:UInt32}`,
  columns: [
    {
      name: 'at',
      type: 'time',
      description:
        'When it happened, by the provider; when it was acknowledged, where no event came.',
    },
    { name: 'instance', type: 'text', description: 'Identity provider.' },
    { name: 'session_kind', type: 'text', description: 'online, offline or agent.' },
    { name: 'session_id', type: 'text', description: "The provider's id of the session." },
    {
      name: 'what',
      type: 'text',
      description:
        "'revoked' or 'ended' by an event; 'acknowledged' for an order of which no event came.",
    },
    {
      name: 'initiator',
      type: 'text',
      description:
        "user, admin, system or curfew; 'unknown' where nobody said, 'claims_curfew' where the event says curfew and no order of ours bears it out.",
    },
    {
      name: 'inferred',
      type: 'count',
      description:
        '1: taken to be ours because an order of ours was on its way; the provider did not say.',
    },
    { name: 'initiator_id', type: 'text', description: 'Who started it.', personal: 'subject' },
    { name: 'initiator_client', type: 'text', description: 'API client it was done through.' },
    { name: 'reason', type: 'text', description: "Why, in the source's words." },
    { name: 'ip', type: 'text', description: 'Address it came from.', personal: 'hidden' },
    { name: 'country', type: 'text', description: 'Country it came from.' },
    { name: 'city', type: 'text', description: 'City it came from.' },
    { name: 'browser', type: 'text', description: 'Browser it came from.' },
    { name: 'os', type: 'text', description: 'Operating system it came from.' },
    {
      name: 'evidence',
      type: 'text',
      description: 'Levels seen from then on: E1 acknowledged, E2 read back, E3 event, E4 refused.',
    },
    {
      name: 'classes',
      type: 'text',
      description: 'Cause classes that had condemned the session by then.',
    },
    {
      name: 'seconds_after_cause',
      type: 'seconds',
      description: 'Seconds since the earliest of those causes.',
    },
  ],
  summary: (rows: readonly Row[]) => ({
    revocations: rows.length,
    by_curfew: rows.filter((row) => row.initiator === 'curfew').length,
    inferred: rows.filter((row) => row.inferred === 1).length,
    without_cause: rows.filter((row) => row.classes === '').length,
  }),
}
