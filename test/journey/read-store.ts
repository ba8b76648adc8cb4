import { replacedIds } from '../../src/contract/cause.ts'
import type { Row } from '../../src/contract/ports.ts'
import type { Store } from '../../src/store/store.ts'
import { evening } from './world.ts'

/** What the store says in the end, folded as its readers fold it and sorted, so that two tellings can be compared. */

const tables = [
  'events',
  'rejected',
  'identities',
  'session_facts',
  'session_uses',
  'sessions',
  'session_edges',
  'sign_ins',
  'entitlements',
  'subject_firsts',
  'causes',
  'replaced_causes',
  'findings',
  'curfews',
] as const

/** Forgets all rows: the same history can then be told anew under the same names. */
export async function emptyStore(store: Store): Promise<void> {
  for (const table of tables) await store.askControl(`truncate table ${table}`)
}

/** The findings that stand, each in its last version, by name. */
export function standingFindings(store: Store): Promise<readonly Row[]> {
  return store.ask(`
    select tenant, finding_id, last.2 as detector, last.3 as severity, last.4 as at,
      last.5 as session_kind, last.6 as session_id, last.7 as event_ids
    from
    (
      select tenant, finding_id, argMax(
          (standing, toString(detector), toString(severity), at, toString(session_kind), session_id, event_ids),
          (version, row_commit)) as last
      from findings
      group by tenant, finding_id
    )
    where last.1
    order by tenant, finding_id`)
}

/** The curfews that stand with their verdicts, by name. */
export function standingCurfews(store: Store, asOf = evening): Promise<readonly Row[]> {
  return store.ask(
    `select tenant, session_kind, session_id, incarnation, curfew_id, class,
       arraySort(cause_ids) as causes, toUnixTimestamp64Milli(cause_at) as cause_ms,
       toUnixTimestamp64Milli(deadline_at) as deadline_ms, certainty, created_at, alive_at,
       dead_at, dead_by, accepted_after, verdict, outcome
     from verdicts(as_of = {as_of:DateTime64(3)})
     order by tenant, curfew_id`,
    { as_of: asOf },
  )
}

/** Facts, sessions and ties: everything about the lives of sessions that outlives the events. */
export async function sessionsState(store: Store) {
  const facts = await store.ask(`
    select distinct tenant, session_kind, session_id, fact, occurred_at, event_id
    from session_facts
    order by all`)
  const sessions = await store.ask(`
    select tenant, session_kind, session_id, max(s.subject_ref) as subject_ref,
      max(s.subject_kind) as subject_kind, min(s.created_at) as created_at,
      max(s.last_created_at) as last_created_at, min(s.first_seen_at) as first_seen_at,
      max(s.last_seen_at) as last_seen_at, max(s.idp_accepted_at) as idp_accepted_at,
      max(s.app_accepted_at) as app_accepted_at, min(s.first_ended_at) as first_ended_at,
      max(s.last_ended_at) as last_ended_at, min(s.first_refused_dead_at) as first_refused_dead_at,
      max(s.expires_at) as expires_at
    from sessions as s
    group by tenant, session_kind, session_id
    order by all`)
  const edges = await store.ask(`
    select tenant, edge, value, session_kind, session_id
    from session_edges as e
    group by all
    having tupleElement(max(e.joined), 2)
    order by all`)
  return { facts, sessions, edges }
}

/** When each subject first showed each value. */
export function firstSights(store: Store): Promise<readonly Row[]> {
  return store.ask(`
    select tenant, subject_ref, attribute, value, min(f.first) as first_seen
    from subject_firsts as f
    group by tenant, subject_ref, attribute, value
    order by all`)
}

/** Causes that stand, by what they say; who told them again and when they were heard is left out. */
export function causesTold(store: Store): Promise<readonly Row[]> {
  return store.ask(`
    select distinct tenant, cause_id, class, at, scope_kind, scope_id, session_id, exempt_session_id,
      max(may_act and lane = 'live') over (partition by cause_id) as acts
    from causes
    where cause_id not in (${replacedIds('true')})
    order by all`)
}

/** How many rows each table holds, copies included. */
export async function rowCounts(store: Store): Promise<{ readonly [table: string]: unknown }> {
  const counts: { [table: string]: unknown } = {}
  for (const table of ['events', 'findings', 'causes', 'curfews', 'rejected']) {
    counts[table] = (await store.ask(`select count() as n from ${table}`))[0]?.n
  }
  return counts
}
