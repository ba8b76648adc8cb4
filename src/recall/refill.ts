import {
  countriesMax,
  devicesMax,
  networksMax,
  sightingsMax,
  subjectSessionsMax,
  usesMax,
} from '../contract/memory.ts'
import type { Ask, Row } from '../contract/ports.ts'

/** Keys per statement: 5,000 names of 32 digits stay well below the largest query. */
export const keysMax = 5_000

/**
 * Copies of one event that no merge has folded yet count once in memory and more than once here, so
 * twice as many rows are read as are kept.
 */

/** What the store knows about missed subjects and sessions, one row a fact. */
export interface Fact {
  readonly part: 'first' | 'sighting' | 'session' | 'use'
  readonly ref: string
  readonly text: readonly string[]
  /** Milliseconds and degrees; null where unknown. */
  readonly number: readonly (number | null)[]
}

const firsts = `
select 'first' as part, subject_ref as ref, [toString(attribute), value, tupleElement(first_seen, 2)] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(tupleElement(first_seen, 1))))] as number
from
(
  select subject_ref, attribute, value, min(f.first) as first_seen
  from subject_firsts as f
  where tenant = {tenant:String} and instance = {instance:String} and subject_ref in {refs:Array(String)}
  group by subject_ref, attribute, value
  order by first_seen
  limit ${Math.max(countriesMax, devicesMax, networksMax) + 1} by subject_ref, attribute
)`

const sightings = `
select 'sighting' as part, subject_ref as ref,
  [event_id, toString(session_kind), session_id, ip, toString(country), toString(city), toString(place_said_by)] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(occurred_at))), toFloat64(latitude), toFloat64(longitude), toFloat64(accuracy_km)] as number
from events
where tenant = {tenant:String} and instance = {instance:String} and subject_ref in {refs:Array(String)}
  and place_state = 'hit' and isNotNull(latitude) and isNotNull(longitude) and isNotNull(accuracy_km)
  and network_class not in ('relay', 'vpn', 'tor', 'private', 'mobile')
  and (type in ('session.created', 'authentication.succeeded') or (type = 'session.used' and outcome = 'accepted'))
order by occurred_at desc, event_id desc
limit ${2 * sightingsMax} by subject_ref`

const sessions = `
select 'session' as part, max(s.subject_ref) as ref, [toString(session_kind), session_id] as text,
  [toFloat64(toUnixTimestamp64Milli(min(s.created_at))),
   toFloat64(toUnixTimestamp64Milli(max(s.last_created_at))),
   toNullable(toFloat64(toUnixTimestamp64Milli(min(s.first_seen_at)))),
   toFloat64(toUnixTimestamp64Milli(min(s.first_ended_at))),
   toFloat64(toUnixTimestamp64Milli(max(s.last_ended_at))),
   toFloat64(toUnixTimestamp64Milli(max(s.expires_at)))] as number
from sessions as s
where tenant = {tenant:String} and instance = {instance:String}
  and (session_id in {sessions:Array(String)} or subject_ref in {refs:Array(String)})
group by session_kind, session_id
order by max(s.last_seen_at) desc
limit ${subjectSessionsMax + 1} by ref`

const uses = `
select 'use' as part, toString(session_kind) as ref,
  [session_id, event_id, toString(outcome), toString(observer), toString(refusal_reason)] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(occurred_at))), toFloat64(toUnixTimestamp64Milli(token_issued_at))] as number
from events
where tenant = {tenant:String} and instance = {instance:String}
  and session_id in {sessions:Array(String)} and type = 'session.used' and outcome != ''
  and occurred_at >= {since:DateTime64(3)}
order by occurred_at desc, event_id desc
limit ${2 * usesMax} by session_kind, session_id`

const whole = [firsts, sightings, sessions, uses]
  .map((part) => `select * from (${part})`)
  .join('\nunion all\n')

/**
 * Everything the store knows about a batch's missed subjects and sessions, in one statement per
 * (tenant, instance) and 5,000 keys: a query costs the same fixed time whatever it asks for.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function askFacts(
  ask: Ask,
  asked: {
    readonly tenant: string
    readonly instance: string
    readonly refs: readonly string[]
    readonly sessions: readonly string[]
    readonly since: number
  },
): Promise<readonly Fact[]> {
  const facts: Fact[] = []
  const pages = Math.ceil(Math.max(asked.refs.length, asked.sessions.length) / keysMax)
  for (let page = 0; page < pages; page += 1) {
    const cut = (keys: readonly string[]) => keys.slice(page * keysMax, (page + 1) * keysMax)
    const rows = await ask(whole, {
      tenant: asked.tenant,
      instance: asked.instance,
      refs: cut(asked.refs),
      sessions: cut(asked.sessions),
      since: asked.since,
    })
    for (const row of rows) facts.push(factOf(row))
  }
  return facts
}

function factOf(row: Row): Fact {
  const { part, ref, text, number } = row
  const known = part === 'first' || part === 'sighting' || part === 'session' || part === 'use'
  if (!known || typeof ref !== 'string' || !Array.isArray(text) || !Array.isArray(number)) {
    throw new TypeError(
      `refill expected (part, ref, text, number), found ${Object.keys(row).join()}`,
    )
  }
  return {
    part,
    ref,
    text: text.map(String),
    number: number.map((value) => (value === null ? null : Number(value))),
  }
}
