import { Type } from 'typebox'
import { CauseClass } from '../../contract/cause.ts'
import { Name, TextFilter } from '../api/schemas.ts'
import { VerdictWord } from '../queries/curfews.ts'
import { matchesText } from '../queries/people.ts'
import { calledForStep } from '../reporting/called-for-step.ts'
import { diedSteps } from '../reporting/died-steps.ts'
import { overAll, summaryOfAll } from '../reporting/headline.ts'
import { peopleStep } from '../reporting/people-step.ts'
import type { Report } from '../reporting/report.ts'
import { columns, othersMax } from '../reporting/revocation-columns.ts'

const ofEnding =
  'session_key in (select session_key from ending) and indexHint(session_id in (select session_id from ending))'

const totals = {
  revocations: 'count()',
  by_curfew: "countIf(initiator = 'curfew')",
  inferred: 'countIf(inferred = 1)',
  without_cause: "countIf(classes = '')",
}

/**
 * One row is one death of one session: a revocation that was seen, whoever did it, an order of ours
 * that was acknowledged and of which no event came, or the end of a condemned session that nobody told
 * and that a list, a read or a refused use proves. An end that a later sign of life refutes is no
 * death; it is counted in the row of the death that came after it. Ours are recognised by the client id
 * the provider echoes; where it echoes none, by an order of ours having been on its way just then, give
 * or take the policy's clock uncertainty, which is marked as inferred.
 */
export const report: Report = {
  id: 'revocations',
  title: 'Revocations',
  description:
    'Each ended session once, by the time of its end: whose it was, by whom it was ended, when and why, on which device and at which place its person last signed in, on what evidence, who asked for it, and how long after the cause that condemned it. Left out are sessions whose logout or expiry the provider told, unless ended=include; with them, each session that population shows as dead is here once, in the period of its end. Never here is a session that no cause condemned and of which only a refused use or a list tells.',
  parameters: {
    class: Type.Optional(CauseClass),
    instance: Type.Optional(Name('Only sessions of this instance.')),
    subject_ref: Type.Optional(Name('Only sessions of this subject, by reference.')),
    verdict: Type.Optional(VerdictWord),
    q: TextFilter,
    ended: Type.Optional(
      Type.Union([Type.Literal('leave_out'), Type.Literal('include')], {
        default: 'leave_out',
        description: 'Whether to include logouts and expiries that the provider reported.',
      }),
    ),
  },
  dated: {
    what: 'ends, answers or proofs',
    rows: `(
  select tenant, instance, occurred_at as at from session_facts
  where tenant = {tenant:String}
    and (fact = 'revoked' or (fact = 'ended' and {ended:String} = 'include'))
  union all
  select tenant, instance, at from evidence
  where tenant = {tenant:String} and level in ('E1', 'E2'))`,
    at: 'at',
    known: 'at',
    by: ['instance'],
  },
  sql: `
with
  -- Clocks are believed as far as the policy in force then believes them, as in the view verdicts.
  toIntervalMillisecond(assumeNotNull((
    select if(count() = 0, 5000, argMin(clock_uncertainty_ms,
      (at > {as_of:DateTime64(3)},
        abs(dateDiff('millisecond', at, {as_of:DateTime64(3)})), clock_uncertainty_ms)))
    from timing))) as skew,
  ('', '', '', '', '', '', '') as no_client,
  -- Sessions of which an end was heard of, or an order acknowledged, in the period; and what may have ended.
  ending as
  (
    select session_key, session_id from session_facts
    where tenant = {tenant:String}
      and occurred_at >= {from:DateTime64(3)} and occurred_at < {to:DateTime64(3)}
      and (fact = 'revoked' or (fact = 'ended' and {ended:String} = 'include')
        or (fact = 'refused_dead'
          and session_key in (select session_key from curfews where tenant = {tenant:String})))
    union all
    select session_key, session_id from evidence
    where tenant = {tenant:String} and level in ('E1', 'E2')
      and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
  ),
  -- From each call until the next step of its order.
  dispatches as
  (
    select
      session_key,
      arrayFilter(
        (_, step) -> step.5,
        arrayMap(
          (step, next) -> (step.4 - skew, if(next.1 = step.1, next.4, step.4 + interval 60 second) + skew),
          o.steps, arrayResize(arrayPopFront(o.steps), length(o.steps))),
        o.steps) as spans
    from
    (
      select session_key, arraySort(groupArray((order_id, epoch, seq, at, state = 'dispatching'))) as steps
      from order_steps
      where tenant = {tenant:String} and at <= {as_of:DateTime64(3)} and ${ofEnding}
      group by session_key
    ) as o
  ),
  -- Of all others the last use stands in their own row.
  used_on as
  (
    select session_key, any(s.session_id) as any_id
    from sessions as s
    where tenant = {tenant:String} and ${ofEnding}
    group by session_key
    having max(s.idp_accepted_at) > {as_of:DateTime64(3)} or max(s.last_created_at) >= min(s.first_ended_at)
  ),
  signs as
  (
    select
      session_key, instance, session_kind, session_id, occurred_at as at,
      multiIf(fact = 'created', 'created', fact = 'refused_dead', 'E4', 'E3') as level,
      toString(fact) as what, event_id as id, (toString(source), toNullable(received_at)) as came,
      (toString(initiator_kind), initiator_id, toString(initiator_client), toString(reason)) as ended_by,
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
    where tenant = {tenant:String} and observer = 'idp'
      and session_key in (select session_key from used_on) and indexHint(session_id in (select any_id from used_on))
    union all
    select session_key, '', '', '', assumeNotNull(idp_accepted_at), 'alive', '', '', ('', null), ('', '', '', ''), no_client
    from sessions
    where tenant = {tenant:String} and isNotNull(idp_accepted_at) and ${ofEnding}
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
      argMaxIf((s.id, s.came), s.at, s.level = 'E2') as read, argMaxIf((s.id, s.came), s.at, s.level = 'E4') as refusal,
      -- Of the ends and answers the youngest: an older one that a sign of life refutes is no death.
      groupArraySortedIf(1000)((-toUnixTimestamp64Milli(s.at), s.level, s.what, s.id, s.ended_by, s.came), s.level in ('E1', 'E3')) as claims,
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
  ${diedSteps},
  owners as
  (
    select session_key, max(subject_ref) as ref
    from sessions
    where tenant = {tenant:String} and ${ofEnding}
    group by session_key
  ),
  ${peopleStep},
  ${calledForStep(ofEnding)},
  known as
  (
    select
      r.* except (one, session_key, incarnation), r.incarnation as incarnation,
      r.one.1 as at, r.one.3 as what, r.one.5 as ended_by, r.one.6 as came,
      -- Of several people in one session, the one whose sign-in the device and the place are of.
      if(r.signed_in.7 != '', r.signed_in.7, u.ref) as whose,
      if(r.signed_in = no_client, r.listed, r.signed_in) as client,
      r.one.3 = 'acknowledged' or has({own_clients:Array(String)}, r.one.5.3) as known_ours,
      r.one.3 = 'revoked' and r.one.5.3 = '' and arrayExists(s -> r.one.1 >= s.1 and r.one.1 <= s.2, d.spans) as on_its_way,
      arraySort(arrayDistinct(arrayConcat(
        arrayMap(p -> (p.2, p.4), r.proofs),
        if(r.read_at > 0 and r.read_at + skew >= r.alive_at, [('E2', r.read.1)], []),
        if(r.refused_at > 0 and r.refused_at + skew >= r.alive_at, [('E4', r.refusal.1)], [])))) as shown_by,
      a.call as call, a.answered as answered, a.approver as approver
    from died as r
    left join dispatches as d on r.session_key = d.session_key
    left join owners as u on r.session_key = u.session_key
    left join called_for as a on r.session_key = a.session_key and r.incarnation = a.incarnation
  ),
  ranked as
  (
    select
      n.* except instance, n.instance as instance, i.name as name,
      not n.known_ours and n.on_its_way as inferred,
      -- The causes of the call count where it was made by then, as far as clocks differ.
      arraySort(arrayFilter(
        c -> c.1 <= n.at or (n.call.2 <= n.at + skew and has(n.call.3, c.5) and c.1 <= n.at + skew), n.causes)) as before,
      -- First what the call answered and no order before it did, by what policy does with it, then by time.
      arraySort(
        b -> (not (n.call.2 <= n.at + skew and has(n.call.3, b.5)), has(n.answered, b.5),
          -indexOf(['observe', 'approve', 'enforce'], b.6), b.1),
        before) as by_rank
    from known as n
    left join people as i on n.instance = i.instance and i.subject_ref = n.whose
  ),
  deaths as
  (
    select
      a.at as at, a.instance as instance, a.session_kind as session_kind, a.session_id as session_id,
      a.incarnation as life, a.whose as subject_ref, a.name as subject, a.what as what,
      multiIf(
        a.known_ours or a.inferred, 'curfew',
        a.ended_by.1 = 'curfew', 'claims_curfew',
        a.ended_by.1 = '', 'unknown',
        a.ended_by.1) as initiator,
      a.inferred as inferred,
      a.ended_by.2 as initiator_id, a.ended_by.3 as initiator_client, a.ended_by.4 as reason,
      a.client.1 as ip, a.client.2 as ip_of, a.client.3 as country, a.client.4 as city,
      a.client.5 as browser, a.client.6 as os,
      arrayStringConcat(arrayDistinct(arrayMap(p -> p.1, a.shown_by)), ' ') as evidence,
      arrayStringConcat(arrayMap(p -> concat(p.1, ' ', p.2), a.shown_by), ', ') as evidence_ids,
      a.came.1 as source, a.came.2 as received_at, a.refuted as refuted,
      arrayStringConcat(arrayDistinct(arrayMap(c -> c.2, a.before)), ' ') as classes,
      a.worst as verdict, a.by_rank[1].2 as asked_class, a.by_rank[1].3 as asked_by,
      a.by_rank[1].4 as asked_because,
      arrayMap(c -> concat(c.2, ' (', c.6, ') ', toString(c.1), if(c.4 = '', '', ': '), c.4),
        arraySlice(arraySort(arrayPopFront(a.by_rank)), 1, ${othersMax})) as other_causes,
      arrayMap(c -> c.3, arraySlice(arraySort(arrayPopFront(a.by_rank)), 1, ${othersMax})) as other_askers,
      a.approver as approved_by,
      if(empty(a.before), null, dateDiff('millisecond', a.before[1].1, a.at) / 1000) as seconds_after_cause
    from ranked as a
  )
select * except (life),
  ${overAll(totals)}
from deaths
where at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
  and ({instance:String} = '' or instance = {instance:String})
  and ({subject_ref:String} = '' or subject_ref = {subject_ref:String})
  and ({class:String} = '' or has(splitByChar(' ', classes), {class:String}))
  and ({verdict:String} = '' or verdict = {verdict:String})
  and ${matchesText(
    [
      'session_id',
      'subject_ref',
      'classes',
      'reason',
      'asked_because',
      'evidence_ids',
      'other_causes',
    ],
    ['initiator_id', 'asked_by', 'other_askers', 'ip'],
  )}
order by at, instance, session_kind, session_id, life
limit {rows_max:UInt32}`,
  columns,
  summary: summaryOfAll(totals),
}
