import { number, numbers, text, texts } from '../../contract/read-row.ts'
import type { Sweep } from '../sweep.ts'

const windowDays = 30

/**
 * One life of a session in which two subjects were seen: a sign-in or an accepted use of each. An id
 * that is used again after its end may well be another person's; one that lives may not. Only the
 * few sessions of which events name several subjects are looked at use by use.
 */
export const sweep: Sweep = {
  id: 'two-subjects',
  title: 'A session is used by two people',
  family: 'behaviour',
  severity: 'high',
  mode: 'inform',
  attack: ['T1550.004', 'T1539'],
  runbook:
    'See which of the two signed in. If the provider mixed up sessions, tell it; if the session was taken over, end it and reset the credentials of both.',
  everyMs: 60_000,
  watermarkMs: 2_000,
  windowMs: windowDays * 24 * 60 * 60_000,
  sql: `
    with
      candidates as
      (
        select session_key, any(s.session_id) as session_id
        from sessions as s
        where session_key in (
          select session_key from sessions
          where ({tenant:String} = '' or tenant = {tenant:String})
            and updated_at >= {recorded_since:DateTime64(3)}
            and updated_at > {as_of:DateTime64(3)} - interval ${windowDays} day)
        group by session_key
        having min(s.least_subject_ref) < max(s.subject_ref)
      ),
      seen as
      (
        select session_key, tenant, instance, session_kind, session_id, occurred_at as at, subject_ref
        from session_facts
        where fact = 'created' and session_id in (select session_id from candidates)
          and session_key in (select session_key from candidates)
        union all
        select session_key, tenant, instance, session_kind, session_id, occurred_at as at, subject_ref
        from session_uses
        where session_id in (select session_id from candidates)
          and session_key in (select session_key from candidates)
      ),
      firsts as
      (
        select
          s.tenant as tenant, s.instance as instance, s.session_kind as session_kind,
          s.session_id as session_id, l.incarnation as incarnation, s.subject_ref as ref,
          min(s.at) as first_at
        from seen as s
        left join session_lives(among = candidates) as l on s.session_key = l.session_key
        where s.subject_ref != '' and s.at <= {as_of:DateTime64(3)}
          and (toYear(l.until_at) < 1971 or (s.at >= l.from_at and s.at < l.until_at))
        group by tenant, instance, session_kind, session_id, incarnation, ref
      )
    select
      tenant, instance, session_kind, session_id, incarnation,
      arraySort(groupArray((first_at, ref))) as people,
      arrayMap(each -> each.2, people) as refs, arrayMap(each -> toUnixTimestamp64Milli(each.1), people) as ats,
      people[1].2 as subject_ref, length(people) as subjects,
      toUnixTimestamp64Milli(people[2].1) as at
    from firsts
    group by tenant, instance, session_kind, session_id, incarnation
    having subjects > 1 and people[2].1 > {as_of:DateTime64(3)} - interval ${windowDays} day`,
  toSight: (row) => {
    const [life, subjects] = [number(row, 'incarnation'), number(row, 'subjects')]
    const ats = numbers(row, 'ats')
    return {
      tenant: text(row, 'tenant'),
      instance: text(row, 'instance'),
      about: ['subjects', ...(life === 0 ? [] : [String(life)])],
      standing: subjects > 1,
      at: number(row, 'at'),
      subjectRef: text(row, 'subject_ref'),
      sessionKind: text(row, 'session_kind'),
      sessionId: text(row, 'session_id'),
      why: `${subjects} people were seen in one session while it lived.`,
      events: texts(row, 'refs').map((subjectRef, i) => ({ subjectRef, at: ats[i] ?? 0 })),
      facts: { subjects },
    }
  },
  examples: [
    { name: 'somebody else goes on in a session', row: exampleRow(2), stands: true },
    { name: 'one person', row: exampleRow(1), stands: false },
  ],
}

function exampleRow(subjects: number) {
  return {
    tenant: 'acme',
    instance: 'one',
    session_kind: 'online',
    session_id: 'session_1',
    incarnation: 0,
    refs: ['ref', 'other'],
    ats: [1_793_699_000_000, 1_793_700_000_000],
    subject_ref: 'ref',
    subjects,
    at: 1_793_700_000_000,
  }
}
