import type { SessionKind } from '../../contract/event-words.ts'
import { leastOf } from '../../contract/extremes.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import type { Ask, AskValues, Row } from '../../contract/ports.ts'
import { flag, instant, number, sessionKindOf, text } from '../../contract/read-row.ts'
import type { PageBounds } from '../paging/change-pages.ts'
import { pageCondition, pageLimit } from '../paging/change-pages.ts'
import type { ReadRows, SessionPosition } from '../paging/session-position.ts'
import type { ChangeSet } from './poll-changes.ts'

/** A recently changed session that a cause or a curfew concerns. */
export interface ChangedSession {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly subjectRef: string
  /** Another subject that events reported, such as after a reuse of the id; otherwise ''. */
  readonly otherRef: string
  /** The principal of an agent session; '' for none. */
  readonly onBehalfOfRef: string
  /** Changes with whatever the store folds of the session. */
  readonly fingerprint: string
  readonly condemned: boolean
}

const name = 'tenant, instance, session_kind, session_id'
const inOrder = 'session_kind, session_id'
const bounds = pageCondition(inOrder, '{kind:String}, {id:String}')

/** Keys of sessions changed since an instant of recording. */
export const changedSessionIds = `
select tenant, instance, toString(session_kind) as kind, session_id
from
(
  select ${name} from sessions where updated_at >= {since:DateTime64(3)} ${bounds}
  union distinct
  select ${name} from session_edges where updated_at >= {since:DateTime64(3)} ${bounds}
)${pageLimit(inOrder)}`

const onFindings = (extra: string) => `
  recorded_at >= {since:DateTime64(3)} and session_kind != '' ${extra}
    and (tenant, instance, session_id) in
      (select tenant, instance, exempt_session_id from causes
        where exempt_session_id != '' and exempt_session_id in
          (select session_id from findings where recorded_at >= {since:DateTime64(3)} and session_kind != ''))`
/**
 * Sessions that a cause exempts and that a finding was recorded on since: they may be suspect. A
 * finding need not name the subject; the session does.
 */
export const suspectSessionIds = `
select tenant, instance, toString(session_kind) as kind, session_id
from findings
where ${onFindings(bounds)}
group by ${name}${pageLimit(inOrder)}`

const ofSome = `tenant in {tenants:Array(String)} and instance in {instances:Array(String)}
  and session_id in {ids:Array(String)}`
/** A tie may be recorded without any other change of its session. */
const tied = `
  select ${name}, toString((max(e.updated_at), count())) as ties
  from session_edges as e
  where ${ofSome} and updated_at >= {since:DateTime64(3)}
  group by ${name}`
/** A list decides who owns a session, whatever events reported. */
const shown = `
  select ${name}, argMax(s.subject_ref, (s.listed_at, s.subject_ref)) as shown_of
  from listed_sessions as s
  where ${ofSome} and recorded_at >= {since:DateTime64(3)}
  group by ${name}`

/** What is known of some sessions, and whether they are under a curfew. */
const facts = `
select t.tenant as tenant, t.instance as instance, toString(t.session_kind) as kind,
  t.session_id as session_id, if(l.shown_of != '', l.shown_of, t.subject) as subject_ref,
  t.other as other_ref, t.principal as on_behalf_of_ref,
  toUnixTimestamp64Milli(t.created) as created_ms, concat(toString(t.fingerprint), ' ', e.ties) as fingerprint,
  (t.tenant, t.instance, t.session_kind, t.session_id) in
    (select ${name} from curfews where ${ofSome}) as condemned
from
(
  select ${name}, max(s.subject_ref) as subject, max(s.on_behalf_of_ref) as principal,
    ifNull(nullIf(min(s.least_subject_ref), subject), '') as other,
    -- Unknown where it is not on record: a session is never younger than what was first seen of it.
    if(isNull(min(s.created_at)), null,
      least(min(s.created_at), ifNull(min(s.first_alive_at), min(s.created_at)))) as created,
    cityHash64(toString((subject, other, principal, created, min(s.first_seen_at), min(s.first_ended_at),
      max(s.last_ended_at), max(s.last_created_at), max(s.idp_accepted_at), max(s.listed_at),
      max(s.updated_at)))) as fingerprint
  from sessions as s
  where ${ofSome}
  group by ${name}
) as t
left join (${tied}) as e on t.tenant = e.tenant and t.instance = e.instance
  and t.session_kind = e.session_kind and t.session_id = e.session_id
left join (${shown}) as l on t.tenant = l.tenant and t.instance = l.instance
  and t.session_kind = l.session_kind and t.session_id = l.session_id
order by tenant, instance, kind, session_id`

const since = 'at >= {from:DateTime64(3)}'
const ofThem = 'tenant in {tenants:Array(String)} and instance in {instances:Array(String)}'
const wide = "scope_kind in ('organization', 'connection', 'device', 'grant') and scope_id != ''"
/** In the scope of which causes some sessions and subjects are: the youngest of each subject; of sessions whether. */
const inScope = `
select tenant, instance, 'subject' as of, subject_ref as name, toUnixTimestamp64Milli(max(c.at)) as last_ms
from causes as c
where ${ofThem} and ${since} and scope_kind in ('subject', 'subject_organization')
  and subject_ref in {refs:Array(String)}
group by tenant, instance, subject_ref
union all
select tenant, instance, 'session' as of, session_id as name, toInt64(0) as last_ms
from causes
where ${ofThem} and scope_kind = 'session' and session_id in {ids:Array(String)}
group by tenant, instance, session_id
union all
select tenant, instance, toString(session_kind) as of, session_id as name, toInt64(0) as last_ms
from session_edges
where ${ofSome} and (tenant, instance, edge, value) in
  (select tenant, instance, toString(scope_kind), scope_id from causes where ${ofThem} and ${wide})
group by ${name}`
/** How much older than a session a cause may be and still reach it, for clock differences, ms. */
const slackMs = 120_000

/**
 * Of the sessions of a page of names those that are in the scope of some cause that is not clearly older than
 * they are, and those under a curfew: all others have nothing to fear. Nothing is read of other sessions.
 */
export async function askChangedSessions(
  ask: Ask,
  names: readonly Row[],
  { since: recordedSince }: SessionPosition & PageBounds,
  read: ReadRows,
): Promise<readonly ChangedSession[]> {
  const found: ChangedSession[] = []
  for (const page of pagesBy(names, bytes)) {
    const about = aboutOf(page)
    const mine = new Set(page.map(keyOf))
    const known = await ask(facts, { ...about, since: recordedSince })
    const some = read(
      known.filter((row) => mine.has(keyOf(row))),
      candidateOf,
    )
    const mayReach = await askInScope(ask, about, some)
    for (const { touched } of some.filter((each) => each.touched.condemned || mayReach(each))) {
      found.push(touched)
    }
  }
  return found
}

/** What is asked for names; subjects come to it in a second statement. */
function aboutOf(names: readonly Row[]): AskValues {
  const every = (column: string) => [...new Set(names.map((row) => text(row, column)))]
  return { tenants: every('tenant'), instances: every('instance'), ids: every('session_id') }
}

interface Candidate {
  readonly touched: ChangedSession
  /** The earliest that is known of it, ms since the epoch; null for unknown. */
  readonly createdAt: number | null
}

const candidateOf = (row: Row): Candidate => ({
  touched: changedSessionOf(row),
  createdAt: instant(row, 'created_ms'),
})

/** Returns whether a cause may reach a session. */
async function askInScope(
  ask: Ask,
  about: AskValues,
  some: readonly Candidate[],
): Promise<(candidate: Candidate) => boolean> {
  if (some.length === 0) return () => false
  const earliest = leastOf(some.map(({ createdAt }) => createdAt ?? 0)) ?? 0
  const from = Math.max(0, earliest - slackMs)
  const refs = [...new Set(some.flatMap(({ touched }) => refsOf(touched)))]
  const last = new Map<string, number>()
  // Sessions may be in the scope of a cause without anybody's name.
  const pages = refs.length === 0 ? [[]] : pagesBy(refs, bytesOf)
  for (const named of pages) {
    for (const row of await ask(inScope, { ...about, from, refs: named })) {
      const key = ['tenant', 'instance', 'of', 'name'].map((each) => text(row, each))
      last.set(JSON.stringify(key), number(row, 'last_ms'))
    }
  }
  return ({ touched, createdAt }) => {
    const { tenant, instance, sessionKind, sessionId } = touched
    const lastOf = (of: string, named: string) =>
      last.get(JSON.stringify([tenant, instance, of, named]))
    const own = lastOf('session', sessionId) ?? lastOf(sessionKind, sessionId)
    const isYoung = (lastAt: number | undefined): boolean =>
      lastAt !== undefined && (createdAt === null || createdAt <= lastAt + slackMs)
    return own !== undefined || refsOf(touched).some((ref) => isYoung(lastOf('subject', ref)))
  }
}

const refsOf = ({ subjectRef, otherRef, onBehalfOfRef }: ChangedSession): readonly string[] =>
  [subjectRef, otherRef, onBehalfOfRef].filter((ref) => ref !== '')

const keyOf = (row: Row): string =>
  JSON.stringify(['tenant', 'instance', 'kind', 'session_id'].map((each) => text(row, each)))

/** The facts name a session four times. */
const bytes = (row: Row): number =>
  2 * bytesOf(text(row, 'session_id')) + bytesOf(text(row, 'tenant'))

/** A key of a session and its state. */
export function fingerprintKey({
  tenant,
  instance,
  sessionKind,
  sessionId,
  fingerprint,
}: ChangedSession): string {
  return JSON.stringify([tenant, instance, sessionKind, sessionId, fingerprint])
}

/** Whether any session changed. */
export function haveSessionsChanged({ news }: ChangeSet): boolean {
  return news.has('sessions') || news.has('session_edges')
}

function changedSessionOf(row: Row): ChangedSession {
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    sessionKind: sessionKindOf(text(row, 'kind')),
    sessionId: text(row, 'session_id'),
    subjectRef: text(row, 'subject_ref'),
    otherRef: text(row, 'other_ref'),
    onBehalfOfRef: text(row, 'on_behalf_of_ref'),
    fingerprint: text(row, 'fingerprint'),
    condemned: flag(row, 'condemned'),
  }
}

const suspectSessions = `
select s.tenant as tenant, s.instance as instance, toString(s.session_kind) as kind,
  s.session_id as session_id, s.subject as subject_ref, '' as other_ref, s.principal as on_behalf_of_ref,
  f.fingerprint as fingerprint, false as condemned
from
(
  select ${name}, max(s.subject_ref) as subject, max(s.on_behalf_of_ref) as principal
  from sessions as s
  where ${ofSome}
  group by ${name}
) as s
inner join
(
  select ${name}, toString(arraySort(groupUniqArray((finding_id, version)))) as fingerprint
  from findings
  where ${onFindings(`and ${ofSome}`)}
  group by ${name}
) as f on f.tenant = s.tenant and f.instance = s.instance
  and f.session_kind = s.session_kind and f.session_id = s.session_id`

/** The accused of a page of their names. */
export async function askSuspectSessions(
  ask: Ask,
  names: readonly Row[],
  { since: recordedSince }: SessionPosition & PageBounds,
  read: ReadRows,
): Promise<readonly ChangedSession[]> {
  const found: ChangedSession[] = []
  for (const page of pagesBy(names, bytes)) {
    const rows = await ask(suspectSessions, { ...aboutOf(page), since: recordedSince })
    for (const each of read(rows, changedSessionOf)) found.push(each)
  }
  return found
}

/** Causes whose scope may include some of these sessions of one instance. */
export const causesInScope = `
  tenant = {tenant:String} and instance = {instance:String} and
  ((scope_kind in ('subject', 'subject_organization') and subject_ref in {refs:Array(String)})
    or (scope_kind = 'session' and session_id in {ids:Array(String)})
    or (scope_kind in ('organization', 'connection', 'device', 'grant') and (toString(scope_kind), scope_id) in
      (select toString(edge), value from session_edges
        where tenant = {tenant:String} and instance = {instance:String}
          and session_id in {ids:Array(String)} and (edge, value) in
          (select toString(scope_kind), scope_id from causes
            where tenant = {tenant:String} and instance = {instance:String}
              and scope_kind in ('organization', 'connection', 'device', 'grant') and scope_id != ''))))`
