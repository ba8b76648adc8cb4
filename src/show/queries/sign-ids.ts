import type { Ask } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'

/** Selects a proof: the last of its level on a session within a time span. */
export interface Sign {
  readonly instance: string
  readonly session_kind: string
  readonly session_id: string
  /** E2, E3 or E4. */
  readonly level: string
  /** Inclusive, ISO 8601 UTC; null for any before. */
  readonly since: string | null
  readonly until: string
}

const statement = `
select a.place as place, argMax(s.id, (s.at_ms, s.id)) as id
from
(
  select
    arrayJoin(arrayEnumerate({ids:Array(String)})) as place,
    {instances:Array(String)}[place] as instance, {kinds:Array(String)}[place] as session_kind,
    {ids:Array(String)}[place] as session_id, {levels:Array(String)}[place] as level,
    {since_ms:Array(Int64)}[place] as since_ms, {until_ms:Array(Int64)}[place] as until_ms
) as a
inner join
(
  select toString(instance) as instance, toString(session_kind) as session_kind, session_id, 'E2' as level,
    toUnixTimestamp64Milli(at) as at_ms, evidence_id as id
  from evidence
  where tenant = {tenant:String} and session_id in {ids:Array(String)} and level = 'E2'
  union all
  select toString(instance), toString(session_kind), session_id, if(fact = 'refused_dead', 'E4', 'E3'),
    toUnixTimestamp64Milli(occurred_at), event_id
  from session_facts
  where tenant = {tenant:String} and session_id in {ids:Array(String)} and fact != 'created'
) as s
  on a.instance = s.instance and a.session_kind = s.session_kind and a.session_id = s.session_id
    and a.level = s.level
where s.at_ms >= a.since_ms and s.at_ms <= a.until_ms
group by place`

/**
 * The id of each proof, in the order of the request: for E3 and E4 the id of the event, for E2 of the evidence;
 * '' where there is none. A proof may count from later than it was observed, so the last before is selected.
 *
 * @throws CurfewError as `ask`.
 */
export async function readSignIds(
  ask: Ask,
  tenant: string,
  signs: readonly Sign[],
): Promise<readonly string[]> {
  const asked = signs.filter(({ level }) => levels.has(level))
  if (asked.length === 0) return signs.map(() => '')
  const rows = await ask(statement, {
    tenant,
    instances: asked.map(({ instance }) => instance),
    kinds: asked.map(({ session_kind }) => session_kind),
    ids: asked.map(({ session_id }) => session_id),
    levels: asked.map(({ level }) => level),
    since_ms: asked.map(({ since }) => (since === null ? 0 : Date.parse(since))),
    until_ms: asked.map(({ until }) => Date.parse(until)),
  })
  const idOf = new Map(rows.map((row) => [asked[number(row, 'place') - 1], text(row, 'id')]))
  return signs.map((sign) => idOf.get(sign) ?? '')
}

const levels: ReadonlySet<string> = new Set(['E2', 'E3', 'E4'])
