import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Ask, Row } from '../../contract/ports.ts'
import { isoTime, text } from '../../contract/read-row.ts'
import { closedObject, Instant } from '../api/schemas.ts'

export const EvidenceEntry = closedObject({
  evidence_id: Type.String({
    description: 'Id of the evidence; for E3 and E4 the id of the event.',
  }),
  level: Type.String({
    description:
      'E0 about to call, E1 acknowledged, E2 read back as gone, E3 end event, E4 refused use; alive: observed alive.',
  }),
  means: Type.String({
    description: 'How it was established; for an event: revoked, ended, refused.',
  }),
  at: Instant,
  received_at: Instant,
  source: Type.String({ description: "The event's source; 'curfew' for its own calls." }),
  event_id: Type.String({ description: 'The event, of E3 and E4; empty otherwise.' }),
  detail: Type.String(),
})
export type EvidenceEntry = Static<typeof EvidenceEntry>

const ofSession = `tenant = {tenant:String} and instance = {instance:String}
    and session_kind = {kind:String} and session_id = {id:String}`

/** The oldest and newest rows kept per level; a session listed every 15 s has thousands. */
const perLevelMax = 100

/**
 * Evidence of one incarnation of a session. The last of each level before the death is always included,
 * so that the proof of a curfew is there however many rows came before or after it.
 */
const statement = `
with
  asked as (select distinct session_key, session_id from session_facts where ${ofSession}),
  -- A session id that was used once has one incarnation without bounds, and no row here.
  (
    select if(count() = 0, (toDateTime64(0, 3, 'UTC'), toDateTime64('2200-01-01 00:00:00', 3, 'UTC')), any((from_at, until_at)))
    from session_lives(among = asked)
    where incarnation = {incarnation:UInt32}
  ) as life
select evidence_id, level, means, at, received_at, source, event_id, detail
from
(
  select
    *,
    row_number() over (partition by level order by at, evidence_id) as oldest,
    row_number() over (partition by level order by at desc, evidence_id desc) as newest,
    row_number() over (partition by level, at <= {until:DateTime64(3)} order by at desc) as before
  from
  (
    select evidence_id, toString(level) as level, toString(means) as means, at,
      recorded_at as received_at, 'curfew' as source, '' as event_id, detail
    from evidence
    where ${ofSession}
    union all
    select event_id, if(fact = 'refused_dead', 'E4', 'E3'),
      if(fact = 'refused_dead', 'refused', toString(fact)), occurred_at,
      received_at, toString(source), event_id, toString(reason)
    from session_facts
    where ${ofSession} and fact != 'created'
  )
  -- An end at the begin of an incarnation belongs to the one before, as in the view verdicts.
  where if(level in ('E2', 'E3', 'E4'), at > life.1 and at <= life.2, at >= life.1 and at < life.2)
  order by received_at
  limit 1 by evidence_id, at
)
where oldest <= ${perLevelMax} or newest <= ${perLevelMax} or before = 1
order by at, evidence_id`

/** @returns the evidence of one incarnation, oldest first; at most some hundreds of each level. */
export async function readEvidence(
  ask: Ask,
  session: {
    readonly tenant: string
    readonly instance: string
    readonly kind: string
    readonly id: string
    readonly incarnation: number
    /** Proofs count until this instant: the death, or the time of the request. */
    readonly until: Date
  },
): Promise<EvidenceEntry[]> {
  return (await ask(statement, { ...session })).map(toEvidence)
}

/** Id of the evidence that proves a death; '' without any. A proof may count from later than it was observed. */
export function proofIdOf(
  evidence: readonly EvidenceEntry[],
  curfew: { readonly dead_by: string; readonly dead_at: string | null; readonly cause_at: string },
): string {
  const { dead_by, dead_at, cause_at } = curfew
  if (dead_at === null) return ''
  const proof = evidence.findLast(
    ({ level, at }) => level === dead_by && at <= dead_at && at >= cause_at,
  )
  return proof?.evidence_id ?? ''
}

function toEvidence(row: Row): EvidenceEntry {
  return {
    evidence_id: text(row, 'evidence_id'),
    level: text(row, 'level'),
    means: text(row, 'means'),
    at: isoTime(row, 'at'),
    received_at: isoTime(row, 'received_at'),
    source: text(row, 'source'),
    event_id: text(row, 'event_id'),
    detail: text(row, 'detail'),
  }
}
