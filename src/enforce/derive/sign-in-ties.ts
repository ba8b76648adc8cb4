import type { Append, Ask, Clock, Log, Meter, Row } from '../../contract/ports.ts'
import { flag, number, text, texts } from '../../contract/read-row.ts'
import { RecentIds } from '../../process/recent-ids.ts'
import type { PageBounds } from '../paging/change-pages.ts'
import { ChangePages, pageLimit } from '../paging/change-pages.ts'
import type { SubjectPosition } from '../paging/subject-position.ts'
import { bySubject, subjectPageCondition } from '../paging/subject-position.ts'

/** Joins recorded sign-ins with sessions. */
export interface JoinSignIns {
  /** The pages left to read. */
  readonly pages: ChangePages<SubjectPosition>
  /** Reads the next pages. Returns the number of ties changed. */
  readonly work: () => Promise<number>
}

/**
 * How long before its session a sign-in may lie: as long as the code that an application exchanges
 * for the session is good. And how long after, for clocks and the order of writing.
 */
const beforeMs = 600_000
const afterMs = 5_000
const share = 500
const most = 2_000
const seenMax = 50_000

const touched = `
select tenant, instance, subject_ref
from sign_ins
where recorded_at >= {since:DateTime64(3)} ${subjectPageCondition}
group by tenant, instance, subject_ref${pageLimit('subject_ref')}`

const alike = (column: string) =>
  `(s.${column} = b.${column} or s.${column} = '' or b.${column} = '')`

/**
 * A sign-in belongs to the first session of its subject that begins after it with nothing that
 * contradicts it: another address, user agent or organization. A session is tied by the sign-ins that
 * belong to it, when they all name one connection.
 */
const joined = `
with some as (
  select distinct tenant, instance, subject_ref, at, event_id, session_kind, session_id,
    connection_id, organization_id, ip, user_agent
  from sign_ins
  where (tenant, instance, subject_ref) in (${touched})
)
select tenant, instance, session_kind, session_id, groupUniqArray(3)(connection) as connections,
  toUnixTimestamp64Milli(min(born)) as born_ms,
  toUnixTimestamp64Milli(now64(3)) as looked_ms
from
(
  select s.tenant as tenant, s.instance as instance, s.event_id as sign_in,
    any(s.connection_id) as connection,
    argMin((toString(b.session_kind), b.session_id, b.at), (b.at, b.session_id)) as first,
    first.1 as session_kind, first.2 as session_id, first.3 as born
  from some as s
  inner join some as b
    on s.tenant = b.tenant and s.instance = b.instance and s.subject_ref = b.subject_ref
  where s.connection_id != '' and s.session_id = '' and b.session_id != ''
    and b.at >= s.at - interval ${afterMs} millisecond
    and b.at <= s.at + interval ${beforeMs} millisecond
    and ${alike('ip')} and ${alike('user_agent')} and ${alike('organization_id')}
  group by s.tenant, s.instance, s.event_id
)
group by tenant, instance, session_kind, session_id
order by tenant, instance, session_kind, session_id`

/** One side of a pair expires a day before the other; older ties are left unchanged. */
const heldDays = 29

/**
 * The ties of the sessions of a page to the connections of its sign-ins, and whether they are
 * valid; `own` ties come from an event or a list.
 */
const currentTies = `
with some as (
  select tenant, instance, session_kind, session_id, connection_id, recorded_at
  from sign_ins
  where (tenant, instance, subject_ref) in (${touched})
)
select tenant, instance, toString(session_kind) as session_kind, session_id, value,
  tupleElement(max(e.joined), 2) as stands,
  tupleElement(max(e.joined), 1) > toDateTime64('2299-01-01 00:00:00', 3, 'UTC') as own,
  toUnixTimestamp64Milli(min(e.first_seen_at)) as born_ms,
  toUnixTimestamp64Milli(now64(3)) as looked_ms
from session_edges as e
where edge = 'connection'
  and (tenant, instance, value) in (select tenant, instance, connection_id from some)
  and (tenant, instance, session_kind, session_id) in
    (select tenant, instance, session_kind, session_id from some
      where session_id != '' and recorded_at > now64(3) - interval ${heldDays} day)
group by tenant, instance, session_kind, session_id, value
order by tenant, instance, session_kind, session_id, value`

/**
 * Ties sessions to the connection of their sign-in, where the provider reports the sign-in and the
 * session in two events. Ambiguous pairs get no tie and are counted in the log. A tie that becomes
 * ambiguous by a later event is withdrawn, so the result does not depend on the order of events.
 */
export function makeJoinSignIns({
  ask,
  append,
  log,
  meter,
  clock,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
}): JoinSignIns {
  const seen = new RecentIds(seenMax)
  const isNew = (row: Row): boolean => {
    const mark = nameOf(row, '')
    if (seen.has(mark)) return false
    seen.add(mark)
    return true
  }
  const pages = new ChangePages<SubjectPosition>({ ...bySubject, clock, share, most })
  const joinPage = async (values: SubjectPosition & PageBounds): Promise<number> => {
    const rows = await ask(joined, values)
    const isClear = (row: Row): boolean => texts(row, 'connections').length === 1
    const unclear = rows.filter((row) => !isClear(row)).filter(isNew)
    if (unclear.length > 0) {
      const text =
        'sessions were begun after sign-ins through several connections: by which is not clear, so they hang on none'
      log.warn({ sessions: unclear.length }, text)
      const why = 'several_connections'
      meter.count('curfew_enforce_unfollowed_causes_total', { why }, unclear.length)
    }
    const changes = changesOf(rows.filter(isClear), await ask(currentTies, values))
    await append('session_edges', changes)
    return changes.length
  }
  const work = async (): Promise<number> => {
    let tied = 0
    await pages.read(
      (values) => ask(touched, values),
      async (some, values) => {
        if (some.length > 0) tied += await joinPage(values)
      },
    )
    return tied
  }
  return { pages, work }
}

/**
 * The ties to write: clear ones that are not valid yet, and valid ones that are no longer clear.
 */
function changesOf(clear: readonly Row[], heldNow: readonly Row[]): readonly object[] {
  const standing = new Map(heldNow.map((row) => [nameOf(row, text(row, 'value')), row]))
  const ties = new Map(clear.map((row) => [nameOf(row, texts(row, 'connections')[0] ?? ''), row]))
  const fresh = [...ties].filter(([name]) => {
    const known = standing.get(name)
    return known === undefined || !flag(known, 'stands')
  })
  const over = [...standing].filter(
    ([name, row]) => flag(row, 'stands') && !flag(row, 'own') && !ties.has(name),
  )
  return [
    ...fresh.map(([, row]) => tieRow(row, texts(row, 'connections')[0] ?? '', true)),
    ...over.map(([, row]) => tieRow(row, text(row, 'value'), false)),
  ]
}

const nameOf = (row: Row, connection: string): string =>
  JSON.stringify([
    ...['tenant', 'instance', 'session_kind', 'session_id'].map((column) => text(row, column)),
    connection,
  ])

/** Stamped with the store's time, by which the later of two joins wins. */
function tieRow(row: Row, value: string, stands: boolean): object {
  const iso = (column: string) => new Date(number(row, column)).toISOString()
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    edge: 'connection',
    value,
    session_kind: text(row, 'session_kind'),
    session_id: text(row, 'session_id'),
    first_seen_at: iso('born_ms'),
    joined: [iso('looked_ms'), stands],
  }
}
