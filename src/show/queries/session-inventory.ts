import type { Static } from 'typebox'
import { Type } from 'typebox'
import { greatestOf } from '../../contract/extremes.ts'
import { subjectsOwn } from '../../contract/placing.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { isoTime, isoTimeOrNull, text } from '../../contract/read-row.ts'
import type { CursorKey } from '../api/cursor.ts'
import { closedObject, Instant, InstantOrNull } from '../api/schemas.ts'
import { keyOf, readBriefs } from './curfew-briefs.ts'
import { CurfewBrief } from './curfews.ts'
import { endFacts, reportedEnd, shownAt } from './end-facts.ts'
import { readSignIds } from './sign-ids.ts'

/** A session of the inventory, with its assumed state and the reason. */
export const SessionEntry = closedObject({
  instance: Type.String(),
  session_kind: Type.String(),
  session_id: Type.String(),
  subject_ref: Type.String(),
  created_at: InstantOrNull,
  last_seen_at: Instant,
  last_used_at: InstantOrNull,
  expires_at: InstantOrNull,
  state: Type.Union([Type.Literal('alive'), Type.Literal('ended'), Type.Literal('unknown')], {
    description:
      'ended: proven dead after its last proof of life, by the proof rules of its provider. alive: no end was reported, and it was observed alive within a day or is before its stated expiry. unknown: neither, for instance after a reported end that is no proof.',
  }),
  state_by: Type.String({
    description:
      'The basis of the state: E2 read back as gone, E3 end event, E4 refused; created, used, listed or read as alive; expiry; or nothing.',
  }),
  state_at: InstantOrNull,
  state_id: Type.String({
    description: 'Id of the event for E3 and E4, of the evidence for E2; empty otherwise.',
  }),
  ip: Type.String({ description: 'Empty for tokens that may not read names.' }),
  country: Type.String(),
  city: Type.String(),
  network: Type.String(),
  browser: Type.String(),
  os: Type.String(),
  device_type: Type.String(),
  user_agent: Type.String({ description: 'As sent; the client chooses it.' }),
  ip_of: Type.String({
    description:
      'Whose client address, place and device are: subject, application, actor or unknown; empty where only a list of the provider gives them.',
  }),
  client_at: InstantOrNull,
  curfews: Type.Array(CurfewBrief),
})
export type SessionEntry = Static<typeof SessionEntry>

const page = `
with
  mine as
  (
    select instance, session_kind, session_id
    from sessions
    where tenant = {tenant:String} and subject_ref in {refs:Array(String)}
  ),
  known as
  (
    select
      instance, session_kind, session_id,
      max(s.subject_ref) as subject_ref,
      min(s.created_at) as first_created_at, max(s.last_created_at) as last_created_at,
      max(s.last_seen_at) as last_seen_at,
      max(s.idp_accepted_at) as idp_at, max(s.app_accepted_at) as app_at,
      max(s.expires_at) as expires_at,
      max(s.listed_at) as listed_at, min(s.first_ended_at) as first_ended_at
    from sessions as s
    where tenant = {tenant:String} and (instance, session_kind, session_id) in mine
    group by instance, session_kind, session_id
    having subject_ref in {refs:Array(String)}
  )
select
  k.instance as instance, k.session_kind as session_kind, k.session_id as session_id,
  k.subject_ref as subject_ref, k.first_created_at as created_at,
  coalesce(k.last_created_at, k.first_created_at) as signed_in_at,
  k.last_seen_at as last_seen_at, toUnixTimestamp64Milli(k.last_seen_at) as last_seen_ms,
  k.idp_at as idp_at, k.app_at as app_at, k.listed_at as listed_at, k.expires_at as expires_at,
  k.last_created_at >= k.first_ended_at as may_have_begun_again
from known as k
where last_seen_ms < {after_ms:Int64}
  or (last_seen_ms = {after_ms:Int64} and
    (k.instance, k.session_kind, k.session_id) >
      ({after_instance:String}, {after_kind:String}, {after_id:String}))
order by last_seen_ms desc, instance, session_kind, session_id
limit {most:UInt32}`

/**
 * Place and device of one and the same event: values from different events could form a pair that never
 * occurred. It is the latest success of the subject's own client, else of any client, else
 * of a refused attempt or of the provider's list.
 */
const traces = `
select
  instance, session_kind, session_id,
  argMax((ip, ip_of, country, city, network, browser, os, device_type, user_agent),
    (rank, at, tie)) as client,
  tupleElement(max((rank, at)), 2) as client_at
from
(
  select
    instance, session_kind, session_id, occurred_at as at, event_id as tie,
    multiIf(
      outcome = 'refused' or type not in ('session.created', 'session.used'), 1,
      ip_of in ('${subjectsOwn}', ''), 3, 2) as rank,
    ip, toString(ip_of) as ip_of, toString(country) as country, toString(city) as city,
    toString(network_name) as network, toString(browser) as browser, toString(os) as os,
    toString(device_type) as device_type, toString(user_agent) as user_agent
  from events
  where tenant = {tenant:String} and subject_ref in {refs:Array(String)}
    and session_id in {ids:Array(String)} and (ip != '' or country != '' or user_agent != '')
  union all
  select
    instance, session_kind, session_id, listed_at, listing_id, 0,
    ip, '', '', '', '', '', '', '', user_agent
  from listed_sessions
  where tenant = {tenant:String} and session_id in {ids:Array(String)}
    and (ip != '' or user_agent != '')
)
group by instance, session_kind, session_id`

/** For an id that was used again: when its last incarnation began. */
const births = `
with asked as
(
  select distinct session_key, session_id from session_facts
  where tenant = {tenant:String} and session_id in {ids:Array(String)}
)
select instance, session_kind, session_id, max(from_at) as created_at
from session_lives(among = asked)
group by instance, session_kind, session_id`

/** The position before the first session: before all instants. */
export const sessionsStart: CursorKey = [Number.MAX_SAFE_INTEGER, '', '', '']

/** Sort key of an entry, for the cursor. */
export const sessionPlace = (entry: SessionEntry): CursorKey => [
  Date.parse(entry.last_seen_at),
  entry.instance,
  entry.session_kind,
  entry.session_id,
]

/**
 * The sessions of some references of one tenant, latest activity first. Nothing is left out: sessions
 * without recent activity have the state `unknown`.
 */
export async function readSessions({
  ask,
  tenant,
  refs,
  names,
  now,
  after,
  most,
}: {
  readonly ask: Ask
  readonly tenant: string
  readonly refs: readonly string[]
  readonly names: boolean
  /** ms since the epoch. */
  readonly now: number
  readonly after: CursorKey
  readonly most: number
}): Promise<readonly SessionEntry[]> {
  const [afterMs = 0, instance = '', kind = '', id = ''] = after
  const found = await ask(page, {
    tenant,
    refs,
    after_ms: Number(afterMs),
    after_instance: String(instance),
    after_kind: String(kind),
    after_id: String(id),
    most,
  })
  if (found.length === 0) return []
  const ids = [...new Set(found.map((row) => text(row, 'session_id')))]
  // The view of incarnations costs more than everything else here, and only matters for reused ids.
  const again = found.flatMap((row) =>
    row.may_have_begun_again === 1 ? [text(row, 'session_id')] : [],
  )
  const [traced, born, ends, curfews] = await Promise.all([
    ask(traces, { tenant, refs: [...refs, ''], ids }),
    again.length === 0 ? [] : ask(births, { tenant, ids: again }),
    ask(endFacts, { tenant, ids, now: new Date(now) }),
    readBriefs(ask, tenant, found, now),
  ])
  const birthOf = new Map(born.map((row) => [keyOf(row), isoTimeOrNull(row, 'created_at')]))
  const traceOf = new Map(traced.map((row) => [keyOf(row), row]))
  const endsOf = new Map(ends.map((row) => [keyOf(row), row]))
  const entries = found.map((row) => ({
    ...toEntry(row),
    ...believed(row, endsOf.get(keyOf(row)), birthOf.get(keyOf(row)) ?? null, now),
    created_at: birthOf.get(keyOf(row)) ?? isoTimeOrNull(row, 'created_at'),
    ...toTrace(traceOf.get(keyOf(row)), names),
    curfews: curfews.get(keyOf(row)) ?? [],
  }))
  const signs = entries.map((entry) => ({
    ...{ ...entry, level: entry.state_at === null ? '' : entry.state_by },
    ...{ since: null, until: entry.state_at ?? '' },
  }))
  const signIds = await readSignIds(ask, tenant, signs)
  return entries.map((entry, at) => ({ ...entry, state_id: signIds[at] ?? '' }))
}

function toEntry(row: Row) {
  return {
    instance: text(row, 'instance'),
    session_kind: text(row, 'session_kind'),
    session_id: text(row, 'session_id'),
    subject_ref: text(row, 'subject_ref'),
    last_seen_at: isoTime(row, 'last_seen_at'),
    last_used_at: isoOrNull(greatestOf([msOf(row, 'idp_at'), msOf(row, 'app_at')]) || null),
    expires_at: isoTimeOrNull(row, 'expires_at'),
  }
}

/** ms since the epoch, 0 where there is no such instant. */
function msOf(row: Row, column: string): number {
  const at = isoTimeOrNull(row, column)
  return at === null ? 0 : Date.parse(at)
}

const isoOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())

const dayMs = 24 * 60 * 60_000

type Believed = Pick<SessionEntry, 'state' | 'state_by' | 'state_at'>

/** The state of a session, from its last proof of life and the end that was reported after it. */
function believed(row: Row, ends: Row | undefined, birth: string | null, now: number): Believed {
  const expiresAt = msOf(row, 'expires_at')
  const [usedAt, listedAt] = [msOf(row, 'idp_at'), msOf(row, 'listed_at')]
  const signs = [
    { at: msOf(row, 'signed_in_at'), by: 'created' },
    { at: listedAt, by: 'listed' },
    { at: shownAt(ends), by: 'read' },
    { at: usedAt, by: 'used' },
  ]
  const life = signs.toSorted((one, other) => one.at - other.at).at(-1) ?? { at: 0, by: '' }
  const bornAt = birth === null ? 0 : Date.parse(birth)
  const end = reportedEnd(ends, { bornAt, aliveAt: life.at, usedAt, listedAt })
  const as = (state: Believed['state'], state_by: string, at: number): Believed => ({
    ...{ state, state_by, state_at: isoOrNull(at || null) },
  })
  if (end) return as(end.isProof ? 'ended' : 'unknown', end.level, end.at)
  const isPast = expiresAt > 0 && expiresAt <= now
  if (isPast && life.at <= expiresAt) return as('unknown', 'expiry', expiresAt)
  if (life.at === 0) return as('unknown', 'nothing', 0)
  const isAlive = expiresAt > now || life.at >= now - dayMs
  return as(isAlive ? 'alive' : 'unknown', life.by, life.at)
}

function toTrace(row: Row | undefined, names: boolean) {
  const cells = Array.isArray(row?.client) ? row.client.map(String) : []
  const [ip = '', ip_of = '', country = '', city = '', network = '', ...device] = cells
  const [browser = '', os = '', device_type = '', user_agent = ''] = device
  const client_at = row === undefined ? null : isoTimeOrNull(row, 'client_at')
  const place = { ip: names ? ip : '', ip_of, country, city, network }
  return { ...place, browser, os, device_type, user_agent, client_at }
}
