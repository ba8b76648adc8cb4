import type { SessionKind } from '../contract/event-words.ts'
import type { Ask, Row } from '../contract/ports.ts'
import { flag, sessionKindOf, text } from '../verdict/read-row.ts'
import type { NamePlace, ReadRows } from './name-place.ts'
import { nextPlace } from './name-place.ts'

/** A session that something was told of lately, and that a cause or a curfew is about. */
export interface Touched {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly subjectRef: string
  /** Another subject whom events named, as where its id was used again by somebody else; else ''. */
  readonly otherRef: string
  /** For whom an agent acts in it, '' when for nobody. */
  readonly onBehalfOfRef: string
  /** Changes with whatever the store folds of the session. */
  readonly print: string
  readonly condemned: boolean
}

const name = 'tenant, instance, session_kind, session_id'
const recent = `
  select ${name} from sessions where updated_at >= {since:DateTime64(3)}
  union distinct
  select ${name} from session_edges where updated_at >= {since:DateTime64(3)}`
/** A tie may come without anything else being told of its session. */
const tied = `
  select ${name}, toString((max(e.updated_at), count())) as ties
  from session_edges as e
  where updated_at >= {since:DateTime64(3)}
  group by ${name}`
/** A list says whose a session is, whatever events said. */
const shown = `
  select ${name}, argMax(s.subject_ref, (s.listed_at, s.subject_ref)) as shown_of
  from listed_sessions as s
  where recorded_at >= {since:DateTime64(3)}
  group by ${name}`
/** Most sessions of one statement. */
const touchedMax = 2_000

/**
 * Sessions told of since an instant of recording, but only those in the scope of some cause that is
 * not clearly older than they are, and those under a curfew: all others have nothing to fear.
 */
const statement = `
with told as
(
  select tenant, instance, subject_ref, max(c.at) as last_at
  from causes as c
  where scope_kind in ('subject', 'subject_organization') and subject_ref != ''
  group by tenant, instance, subject_ref
)
select t.tenant as tenant, t.instance as instance, toString(t.session_kind) as kind,
  t.session_id as session_id, if(l.shown_of != '', l.shown_of, t.subject) as subject_ref,
  t.other as other_ref, t.principal as on_behalf_of_ref,
  concat(toString(t.print), ' ', e.ties) as print,
  (t.tenant, t.instance, t.session_kind, t.session_id) in
    (select ${name} from curfews where (${name}) in (${recent})) as condemned
from
(
  select ${name}, max(s.subject_ref) as subject, max(s.on_behalf_of_ref) as principal,
    ifNull(nullIf(min(s.least_subject_ref), subject), '') as other,
    least(min(s.created_at), ifNull(min(s.first_alive_at), min(s.created_at))) as created,
    cityHash64(toString((subject, other, principal, created, min(s.first_seen_at), min(s.first_ended_at),
      max(s.last_ended_at), max(s.last_created_at), max(s.idp_accepted_at), max(s.listed_at),
      max(s.updated_at)))) as print
  from sessions as s
  where (${name}) in (${recent})
    and (tenant, instance, session_kind, session_id) > ({tenant:String}, {instance:String}, {kind:String}, {id:String})
  group by ${name}
) as t
left join (${tied}) as e on t.tenant = e.tenant and t.instance = e.instance
  and t.session_kind = e.session_kind and t.session_id = e.session_id
left join (${shown}) as l on t.tenant = l.tenant and t.instance = l.instance
  and t.session_kind = l.session_kind and t.session_id = l.session_id
left join told as c on t.tenant = c.tenant and t.instance = c.instance
  and if(l.shown_of != '', l.shown_of, t.subject) = c.subject_ref
left join told as o on t.tenant = o.tenant and t.instance = o.instance and t.other = o.subject_ref
left join told as p on t.tenant = p.tenant and t.instance = p.instance and t.principal = p.subject_ref
where condemned
  or (c.subject_ref != '' and (isNull(t.created) or t.created <= c.last_at + interval 120 second))
  or (o.subject_ref != '' and (isNull(t.created) or t.created <= o.last_at + interval 120 second))
  or (p.subject_ref != '' and (isNull(t.created) or t.created <= p.last_at + interval 120 second))
  or (t.tenant, t.instance, t.session_id) in
    (select tenant, instance, session_id from causes where scope_kind = 'session')
  or (t.tenant, t.instance, t.session_kind, t.session_id) in
    (select ${name} from session_edges where (tenant, instance, edge, value) in
      (select tenant, instance, toString(scope_kind), scope_id from causes
        where scope_kind in ('organization', 'connection', 'device', 'grant') and scope_id != ''))
order by t.tenant, t.instance, t.session_kind, t.session_id
limit ${touchedMax}`

/** One page of touched sessions in the order of their names, and where the next one begins. */
export async function askTouched(
  ask: Ask,
  since: number,
  after: NamePlace,
  read: ReadRows,
): Promise<{ readonly found: readonly Touched[]; readonly next: NamePlace | undefined }> {
  const rows = await ask(statement, { since, ...after })
  return { found: read(rows, touchedOf), next: nextPlace(rows, touchedMax) }
}

function touchedOf(row: Row): Touched {
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    sessionKind: sessionKindOf(text(row, 'kind')),
    sessionId: text(row, 'session_id'),
    subjectRef: text(row, 'subject_ref'),
    otherRef: text(row, 'other_ref'),
    onBehalfOfRef: text(row, 'on_behalf_of_ref'),
    print: text(row, 'print'),
    condemned: flag(row, 'condemned'),
  }
}

/**
 * Sessions that a cause exempts and that a finding was recorded on since: they may be suspect. A
 * finding need not name the subject; the session does.
 */
const accusedNames = `
  recorded_at >= {since:DateTime64(3)} and session_kind != ''
    and (tenant, instance, session_id) in
      (select tenant, instance, exempt_session_id from causes where exempt_session_id != '')`
const accused = `
select s.tenant as tenant, s.instance as instance, toString(s.session_kind) as kind,
  s.session_id as session_id, s.subject as subject_ref, '' as other_ref, s.principal as on_behalf_of_ref,
  f.print as print, false as condemned
from
(
  select ${name}, max(s.subject_ref) as subject, max(s.on_behalf_of_ref) as principal
  from sessions as s
  where (${name}) in (select ${name} from findings where ${accusedNames})
  group by ${name}
) as s
inner join
(
  select ${name}, toString(arraySort(groupUniqArray((finding_id, version)))) as print
  from findings
  where ${accusedNames}
  group by ${name}
) as f on f.tenant = s.tenant and f.instance = s.instance
  and f.session_kind = s.session_kind and f.session_id = s.session_id
limit ${touchedMax}`

export async function askAccused(
  ask: Ask,
  since: number,
  read: ReadRows,
): Promise<readonly Touched[]> {
  return read(await ask(accused, { since }), touchedOf)
}

/** Causes whose scope may hold some of these sessions of one instance. */
export const reaching = `
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
