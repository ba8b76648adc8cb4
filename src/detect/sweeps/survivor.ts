import { number, text } from '../../contract/read-row.ts'
import type { Sweep } from '../sweep.ts'

const windowDays = 30

/**
 * Condemned sessions past their deadline without proof of death. The ones that matter most send no
 * event at all: nobody uses them, so no rule that waits for activity ever sees them. Being shown by
 * the provider after the deadline makes it certain; silence alone is not taken for death.
 */
export const sweep: Sweep = {
  id: 'survivor',
  title: 'A session outlives its curfew',
  family: 'lifecycle',
  severity: 'high',
  mode: 'inform',
  attack: ['T1550.004', 'T1078'],
  runbook:
    'See why it was not ended: policy that only observes, an order that waits for approval, a provider that refuses. Then end it.',
  everyMs: 15_000,
  watermarkMs: 2_000,
  windowMs: windowDays * 24 * 60 * 60_000,
  sql: `
    with
      changed as
      (
        select session_key from sessions where updated_at >= {recorded_since:DateTime64(3)}
        union all
        select session_key from evidence where recorded_at >= {recorded_since:DateTime64(3)}
        union all
        select session_key from curfews where recorded_at >= {recorded_since:DateTime64(3)}
          or cause_id in (
            select arrayJoin([cause_id, by_cause_id]) from replaced_causes
            where recorded_at >= {recorded_since:DateTime64(3)})
      ),
      asked as
      (
        select
          session_key, tenant, instance, session_kind, session_id, incarnation, class,
          max(c.subject_ref) as named_ref, min(c.deadline_at) as first_deadline_at
        from curfews as c
        where ({tenant:String} = '' or tenant = {tenant:String})
          and deadline_at > {as_of:DateTime64(3)} - interval ${windowDays} day
          and deadline_at < {as_of:DateTime64(3)} - interval 2 second
          and (deadline_at >= {due_since:DateTime64(3)} or session_key in changed)
        group by session_key, tenant, instance, session_kind, session_id, incarnation, class
      )
    select
      a.tenant as tenant, a.instance as instance, a.session_kind as session_kind,
      a.session_id as session_id, a.incarnation as incarnation,
      if(v.verdict = '', a.named_ref, v.subject_ref) as subject_ref,
      toString(a.class) as class, v.verdict as verdict,
      toUnixTimestamp64Milli(if(v.verdict = '', a.first_deadline_at, v.deadline_at)) as deadline,
      toUnixTimestamp64Milli(ifNull(v.alive_at, toDateTime64(0, 3, 'UTC'))) as alive,
      toUnixTimestamp64Milli(ifNull(v.dead_at, toDateTime64(0, 3, 'UTC'))) as dead,
      v.accepted_after as accepted_after
    from asked as a
    left join
    (
      select session_key, incarnation, class, subject_ref, verdict, deadline_at, alive_at, dead_at, accepted_after
      from verdicts(as_of = {as_of:DateTime64(3)}, among = asked)
      where certainty = 'certain'
        and deadline_at < {as_of:DateTime64(3)} - interval 2 second
        and deadline_at > {as_of:DateTime64(3)} - interval ${windowDays} day
    ) as v on a.session_key = v.session_key and a.incarnation = v.incarnation and a.class = v.class
    -- What outlived nothing is news only where something was said of it: most curfews are kept.
    where (v.verdict not in ('', 'kept') and (v.alive_at > v.deadline_at or isNull(v.dead_at)))
      or (a.tenant, a.instance, toString(a.session_kind), a.session_id) in
        (select tenant, instance, toString(session_kind), session_id from findings
        where detector = 'survivor' and ({tenant:String} = '' or tenant = {tenant:String}))`,
  toSight: (row) => {
    const [deadline, alive] = [number(row, 'deadline'), number(row, 'alive')]
    const seenAlive = alive > deadline
    // Proven dead only later, and never seen alive after it: nothing says that it outlived anything.
    const outlives = seenAlive || number(row, 'dead') === 0
    const idle = number(row, 'accepted_after') === 0
    const life = number(row, 'incarnation')
    return {
      tenant: text(row, 'tenant'),
      instance: text(row, 'instance'),
      // Each life of an id that was used again has a curfew, and so a finding, of its own.
      about: [text(row, 'class'), ...(life === 0 ? [] : [String(life)])],
      // Without a verdict there is no such curfew any more: late news says that its cause did not reach it.
      standing: !['kept', ''].includes(text(row, 'verdict')) && outlives,
      severity: seenAlive ? 'high' : 'medium',
      at: deadline,
      subjectRef: text(row, 'subject_ref'),
      sessionKind: text(row, 'session_kind'),
      sessionId: text(row, 'session_id'),
      why: `${seenAlive ? 'Still alive' : 'Not proven dead'} past the deadline of ${text(row, 'class')}${idle ? ', and never used since its cause' : ''}.`,
      facts: { class: text(row, 'class'), seenAlive, idle },
    }
  },
  examples: [
    {
      name: 'an idle session that its provider still shows',
      row: exampleRow({ verdict: 'broken', alive: 1_793_700_060_000 }),
      stands: true,
    },
    {
      name: 'nothing was heard of it and nothing listed it',
      row: exampleRow({ verdict: 'unproven', alive: 0 }),
      stands: true,
    },
    {
      name: 'it was ended and read back in time',
      row: exampleRow({ verdict: 'kept', alive: 1_793_699_000_000, dead: 1_793_699_030_000 }),
      stands: false,
    },
    {
      name: 'late news says that its cause did not reach it',
      row: exampleRow({ verdict: '', alive: 0 }),
      stands: false,
    },
    {
      name: 'it was found dead after its deadline, and never alive after it',
      row: exampleRow({ verdict: 'unproven', alive: 0, dead: 1_793_700_300_000 }),
      stands: false,
    },
    {
      name: 'it was seen alive after its deadline, and is dead by now',
      row: exampleRow({ verdict: 'broken', alive: 1_793_700_060_000, dead: 1_793_700_300_000 }),
      stands: true,
    },
  ],
}

function exampleRow(of: {
  readonly verdict: string
  readonly alive: number
  readonly dead?: number
}) {
  return {
    tenant: 'acme',
    instance: 'one',
    session_kind: 'online',
    session_id: 'session_1',
    incarnation: 0,
    subject_ref: 'ref',
    class: 'credential_reset',
    deadline: 1_793_700_000_000,
    accepted_after: 0,
    dead: 0,
    ...of,
  }
}
