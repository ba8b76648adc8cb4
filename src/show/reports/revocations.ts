import { Type } from 'typebox'
import type { Row } from '../../contract/ports.ts'
import { peopleStep } from '../people-step.ts'
import type { Report } from '../report.ts'
import { columns } from '../revocation-columns.ts'
import { Name } from '../shapes.ts'

const ofEnding =
  'session_key in (select session_key from ending) and session_id in (select session_id from ending)'

/**
 * One row is one death of one session: a revocation that was seen, whoever did it, or an order of ours
 * that was acknowledged and of which no event came. An end that a later sign of life refutes is no
 * death; it is counted in the row of the death that came after it. Ours are recognised by the client id
 * the provider echoes; where it echoes none, by an order of ours having been on its way just then, give
 * or take the policy's clock uncertainty, which is marked as inferred.
 */
export const report: Report = {
  id: 'revocations',
  title: 'Revocations',
  description:
    'Each ended session: whose it was, by whom it was ended, when and why, on which device and at which place its person last signed in, on what evidence, who asked for it, and how long after the cause that condemned it.',
  parameters: {
    instance: Type.Optional(Name('Only sessions of this instance.')),
    ended: Type.Optional(
      Type.Union([Type.Literal('leave_out'), Type.Literal('include')], {
        default: 'leave_out',
        description: 'Whether logouts and expiries that the provider told are shown too.',
      }),
    ),
  },
  dated: { table: 'session_facts', at: 'occurred_at' },
  sql: `
with
  -- Clocks are believed as far as the policy in force then believes them, as in the view verdicts.
  toIntervalMillisecond(assumeNotNull((
    select if(count() = 0, 5000, argMin(clock_uncertainty_ms,
      (at > {as_of:DateTime64(3)},
        abs(dateDiff('millisecond', at, {as_of:DateTime64(3)})), clock_uncertainty_ms)))
    from timing))) as skew,
  ('', '', '', '', '', '', '') as no_client,
  -- Sessions of which an end was heard of, or an order acknowledged, in the period.
  ending as
  (
    select session_key, session_id from session_facts
    where tenant = {tenant:String} and fact in ('revoked', 'ended')
      and occurred_at >= {from:DateTime64(3)} and occurred_at < {to:DateTime64(3)}
      and (fact = 'revoked' or {ended:String} = 'include')
    union distinct
    select session_key, session_id from evidence
    where tenant = {tenant:String} and level = 'E1'
      and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
  ),
  attempts as
  (
    select
      session_key, state, at,
      leadInFrame(toNullable(at)) over (
        partition by instance, order_id order by epoch, seq
        rows between current row and unbounded following) as answered_at
    from order_steps
    where tenant = {tenant:String} and at <= {as_of:DateTime64(3)} and ${ofEnding}
  ),
  dispatches as
  (
    select
      session_key,
      groupArray((at - skew, ifNull(answered_at, at + interval 60 second) + skew)) as spans
    from attempts
    where state = 'dispatching'
    group by session_key
  ),
  signs as
  (
    select
      session_key, instance, session_kind, session_id, occurred_at as at,
      multiIf(fact = 'created', 'created', fact = 'refused_dead', 'E4', 'E3') as level,
      toString(fact) as what, event_id as id, (toString(source), toNullable(received_at)) as came,
      (toString(initiator_kind), initiator_id, toString(initiator_client), toString(reason)) as by_whom,
      (ip, toString(ip_of), toString(country), toString(city), toString(browser), toString(os), subject_ref) as client
    from
    (
      select *, session_key from session_facts
      where tenant = {tenant:String} and ${ofEnding}
      order by row_version desc, fact desc, occurred_at desc
      limit 1 by session_key, event_id
    )
    union all
    select
      session_key, instance, session_kind, session_id, at, toString(level), 'acknowledged', evidence_id,
      ('curfew', toNullable(recorded_at)), ('curfew', '', '', detail), no_client
    from evidence
    where tenant = {tenant:String} and level != 'E0' and ${ofEnding}
    union all
    select session_key, '', '', '', occurred_at, 'alive', '', '', ('', null), ('', '', '', ''), no_client
    from session_uses
    where tenant = {tenant:String} and observer = 'idp' and ${ofEnding}
    union all
    select session_key, '', '', '', listed_at, 'alive', '', '', ('', null), ('', '', '', ''), (ip, '', '', '', '', '', '')
    from listed_sessions
    where tenant = {tenant:String} and ${ofEnding}
  ),
  lived as
  (
    select
      s.session_key as session_key, l.incarnation as incarnation,
      max(s.instance) as instance, max(s.session_kind) as session_kind, max(s.session_id) as session_id,
      minIf(s.at, s.level = 'created') as born_at,
      maxIf(s.at, s.level = 'alive' or (s.level = 'created' and s.at > l.from_at)) as seen_at,
      maxIf(s.at, s.level = 'E2') as read_at, maxIf(s.at, s.level = 'E4') as refused_at,
      argMaxIf(s.id, s.at, s.level = 'E2') as read_id, argMaxIf(s.id, s.at, s.level = 'E4') as refused_id,
      -- Of the ends and answers the youngest: an older one that a sign of life refutes is no death.
      groupArraySortedIf(1000)((-toUnixTimestamp64Milli(s.at), s.level, s.what, s.id, s.by_whom, s.came), s.level in ('E1', 'E3')) as claims,
      argMaxIf(s.client, (s.at, s.id),
        s.level = 'created' and arrayExists(c -> c != '', [s.client.1, s.client.3, s.client.4, s.client.5, s.client.6])) as signed_in,
      argMaxIf(s.client, (s.at, s.id), s.level = 'alive' and s.client.1 != '') as listed
    from signs as s
    left join session_lives(among = ending) as l on s.session_key = l.session_key
    where s.at <= {as_of:DateTime64(3)} and (toYear(l.until_at) < 1971
      or if(s.level in ('E2', 'E3', 'E4'), s.at > l.from_at and s.at <= l.until_at,
        s.at >= l.from_at and s.at < l.until_at))
    group by session_key, incarnation
  ),
  died as
  (
    select
      *,
      -- A further sign-in is a sign of life; the first one is the birth.
      if(seen_at > born_at, seen_at, toDateTime64(0, 3, 'UTC')) as alive_at,
      arrayReverse(arrayMap(c -> (fromUnixTimestamp64Milli(-c.1, 'UTC'), c.2, c.3, c.4, c.5, c.6),
        arrayFilter(c -> fromUnixTimestamp64Milli(-c.1, 'UTC') + skew >= alive_at, claims))) as proofs,
      length(claims) - length(proofs) as refuted,
      arrayConcat(
        arrayFilter(c -> c.3 = 'revoked', proofs),
        arrayFilter(c -> c.2 = 'E1' and not arrayExists(e -> e.2 = 'E3' and e.1 >= c.1 - interval 1 minute, proofs), proofs),
        arrayFilter(c -> c.3 = 'ended' and {ended:String} = 'include', proofs)) as shown,
      shown[1] as one
    from lived
    where notEmpty(shown)
  ),
  caused as
  (
    select
      v.session_key as session_key, v.incarnation as incarnation,
      groupUniqArray((c.at, toString(c.class), c.initiator_id, c.reason)) as causes
    from
    (
      select session_key, instance, incarnation, arrayJoin(cause_ids) as cause_id
      from verdicts(as_of = {as_of:DateTime64(3)}, among = ending)
    ) as v
    inner join
    (
      select * from causes where tenant = {tenant:String}
      order by not may_act, row_commit
      limit 1 by instance, cause_id
    ) as c on v.instance = c.instance and v.cause_id = c.cause_id
    group by session_key, incarnation
  ),
  owners as
  (
    select session_key, max(subject_ref) as ref
    from sessions
    where tenant = {tenant:String} and ${ofEnding}
    group by session_key
  ),
  ${peopleStep},
  approvals as
  (
    select session_key, incarnation, argMaxIf(actor, (epoch, at, seq), state = 'queued' and actor != 'curfew') as approver
    from order_steps
    where tenant = {tenant:String} and at <= {as_of:DateTime64(3)} and ${ofEnding}
    group by session_key, incarnation
  )
select
  r.one.1 as at, r.instance as instance, r.session_kind as session_kind, r.session_id as session_id,
  -- Of several people in one session, the one whose sign-in the device and the place are of.
  if(r.signed_in.7 != '', r.signed_in.7, u.ref) as subject_ref, i.name as subject,
  r.one.3 as what,
  what = 'acknowledged' or has({own_clients:Array(String)}, r.one.5.3) as known_ours,
  not known_ours and what = 'revoked' and r.one.5.3 = ''
    and arrayExists(s -> at >= s.1 and at <= s.2, d.spans) as inferred,
  multiIf(
    known_ours or inferred, 'curfew',
    r.one.5.1 = 'curfew', 'claims_curfew',
    r.one.5.1 = '', 'unknown',
    r.one.5.1) as initiator,
  r.one.5.2 as initiator_id, r.one.5.3 as initiator_client, r.one.5.4 as reason,
  if(r.signed_in = no_client, r.listed, r.signed_in) as client,
  client.1 as ip, client.2 as ip_of, client.3 as country, client.4 as city, client.5 as browser, client.6 as os,
  arraySort(arrayDistinct(arrayConcat(
    arrayMap(p -> (p.2, p.4), r.proofs),
    if(r.read_at > 0 and r.read_at + skew >= r.alive_at, [('E2', r.read_id)], []),
    if(r.refused_at > 0 and r.refused_at + skew >= r.alive_at, [('E4', r.refused_id)], [])))) as shown_by,
  arrayStringConcat(arrayDistinct(arrayMap(p -> p.1, shown_by)), ' ') as evidence,
  arrayStringConcat(arrayMap(p -> concat(p.1, ' ', p.2), shown_by), ', ') as evidence_ids,
  r.one.6.1 as source, r.one.6.2 as received_at,
  r.refuted as refuted,
  arraySort(arrayFilter(c -> c.1 <= at, k.causes)) as before,
  arrayStringConcat(arrayDistinct(arrayMap(c -> c.2, before)), ' ') as classes,
  if(empty(before), '', before[1].3) as asked_by,
  if(empty(before), '', before[1].4) as asked_because,
  a.approver as approved_by,
  if(empty(before), null, dateDiff('millisecond', before[1].1, at) / 1000) as seconds_after_cause
from died as r
left join dispatches as d on r.session_key = d.session_key
left join caused as k on r.session_key = k.session_key and r.incarnation = k.incarnation
left join owners as u on r.session_key = u.session_key
left join people as i
  on r.instance = i.instance and i.subject_ref = if(r.signed_in.7 != '', r.signed_in.7, u.ref)
left join approvals as a on r.session_key = a.session_key and r.incarnation = a.incarnation
where at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
  and ({instance:String} = '' or r.instance = {instance:String})
order by at, instance, session_kind, session_id, r.incarnation
limit {rows_max:UInt32}`,
  columns,
  summary: (rows: readonly Row[]) => ({
    revocations: rows.length,
    by_curfew: rows.filter((row) => row.initiator === 'curfew').length,
    inferred: rows.filter((row) => row.inferred === 1).length,
    without_cause: rows.filter((row) => row.classes === '').length,
  }),
}
