import type { Append, Ask, Log, Row } from '../contract/ports.ts'
import { number, text, texts } from './read-row.ts'
import { makeSeen } from './seen.ts'

/** Joins sign-ins told since an instant of recording; gives back how many sessions were tied. */
export type JoinSignIns = (since: number) => Promise<number>

/**
 * How long before its session a sign-in may lie: as long as the code that an application exchanges
 * for the session is good. And how long after, for clocks and the order of writing.
 */
const beforeMs = 600_000
const afterMs = 5_000
const subjectsMax = 2_000
const seenMax = 50_000

const touched = `
select tenant, instance, subject_ref
from sign_ins
where recorded_at >= {since:DateTime64(3)}
  and (tenant, instance, subject_ref) > ({tenant:String}, {instance:String}, {ref:String})
group by tenant, instance, subject_ref
order by tenant, instance, subject_ref
limit ${subjectsMax}`

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
  toUnixTimestamp64Milli(min(born)) as born_ms
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

const last = `
select tenant, instance, subject_ref from (${touched})
order by tenant desc, instance desc, subject_ref desc
limit 1`

const known = `
select tenant, instance, toString(session_kind) as session_kind, session_id, value
from session_edges
where tenant in {tenants:Array(String)} and instance in {instances:Array(String)}
  and edge = 'connection' and value in {values:Array(String)} and session_id in {ids:Array(String)}
group by tenant, instance, session_kind, session_id, value`

/**
 * Ties sessions to the connection they were signed in through, where the provider tells the sign-in
 * and the session in two events. What is not clear is never guessed: the log says of how many.
 */
export function makeJoinSignIns({
  ask,
  append,
  log,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly log: Log
}): JoinSignIns {
  const seen = makeSeen(seenMax)
  const isNew = (row: Row): boolean => {
    const mark = JSON.stringify(row)
    if (seen.has(mark)) return false
    seen.add(mark)
    return true
  }
  return async (since) => {
    let tied = 0
    for (let place = { tenant: '', instance: '', ref: '' }; ; ) {
      const [end] = await ask(last, { since, ...place })
      if (!end) return tied
      const rows = await ask(joined, { since, ...place })
      const clear = rows.filter((row) => texts(row, 'connections').length === 1)
      const unclear = rows.filter((row) => !clear.includes(row)).filter(isNew)
      if (unclear.length > 0) {
        const text =
          'sessions were begun after sign-ins through several connections: by which is not clear, so they hang on none'
        log.warn({ sessions: unclear.length }, text)
      }
      tied += await tie({ ask, append }, clear)
      place = {
        tenant: text(end, 'tenant'),
        instance: text(end, 'instance'),
        ref: text(end, 'subject_ref'),
      }
    }
  }
}

const nameOf = (row: Row, connection: string): string =>
  JSON.stringify([
    ...['tenant', 'instance', 'session_kind', 'session_id'].map((column) => text(row, column)),
    connection,
  ])

/** Writes the ties that the store does not hold: one that is written again would be news for ever. */
async function tie(
  { ask, append }: { readonly ask: Ask; readonly append: Append },
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0
  const every = (column: string) => [...new Set(rows.map((row) => text(row, column)))]
  const held = await ask(known, {
    tenants: every('tenant'),
    instances: every('instance'),
    ids: every('session_id'),
    values: [...new Set(rows.flatMap((row) => texts(row, 'connections')))],
  })
  const names = new Set(held.map((row) => nameOf(row, text(row, 'value'))))
  const fresh = rows.filter((row) => !names.has(nameOf(row, texts(row, 'connections')[0] ?? '')))
  await append(
    'session_edges',
    fresh.map((row) => ({
      tenant: text(row, 'tenant'),
      instance: text(row, 'instance'),
      edge: 'connection',
      value: texts(row, 'connections')[0] ?? '',
      session_kind: text(row, 'session_kind'),
      session_id: text(row, 'session_id'),
      first_seen_at: new Date(number(row, 'born_ms')).toISOString(),
    })),
  )
  return fresh.length
}
