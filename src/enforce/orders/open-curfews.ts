import { replacedIds } from '../../contract/cause.ts'
import type { SessionKind } from '../../contract/event-words.ts'
import type { SessionName } from '../../contract/identity.ts'
import { sessionKey } from '../../contract/identity.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { sessionKindOf, text } from '../../contract/read-row.ts'
import { pageCondition, pageLimit } from '../paging/change-pages.ts'
import type { ReadRows, SessionPosition } from '../paging/session-position.ts'
import { nextSession } from '../paging/session-position.ts'

/** A session under some curfew. */
export interface Condemned extends SessionName {
  readonly sessionKind: SessionKind
  /** Changes with its curfew pairs. */
  readonly fingerprint: string
}

const name = 'tenant, instance, session_kind, session_id'
const place =
  '(tenant, instance, session_kind, session_id) > ({tenant:String}, {instance:String}, {kind:String}, {id:String})'
/** Sessions of one page. */
export const condemnedMax = 5_000
const inOrder = 'session_kind, session_id'

const underCurfew = (which: string) => `
select tenant, instance, toString(session_kind) as kind, session_id,
  toString(cityHash64(arraySort(groupUniqArray(
    (curfew_id, cause_id, may_act, subject_ref, cause_id in (${replacedIds('true')})))))) as fingerprint
from curfews
where ${which} ${pageCondition(inOrder, '{kind:String}, {id:String}')}
group by ${name}${pageLimit(inOrder)}`

/** Sessions with pairs recorded since an instant of the store. */
export const changedPairs = underCurfew('recorded_at >= {since:DateTime64(3)}')

/** The same of sessions with pairs of causes that were replaced since. */
export const replacedPairs = underCurfew(`cause_id in
  (select arrayJoin([cause_id, by_cause_id]) from replaced_causes where recorded_at >= {since:DateTime64(3)})`)

const reversible = `
select tenant, instance from proof_rules
group by tenant, instance
having argMax(apart_ms, (at, recorded_at)) > 0`

/**
 * Sessions whose last sign of life or last cause is younger than every proof of death. Those that
 * nothing may act on are settled once they have an order. Those whose order ended without proof
 * are included: late proof may have been recorded.
 */
const outstanding = `
select tenant, instance, toString(session_kind) as kind, session_id, '' as fingerprint
from
(
  select ${name}, max(c.cause_at) as last_cause, max(c.may_act) as acting
  from curfews as c
  where ${place}
  group by ${name}
) as c
left join
(
  -- Where an end can be undone unseen, only what was seen once nothing was left to end counts.
  select ${name}, if((tenant, instance) in (${reversible}), least(max(p.at), maxIf(p.at, p.left)), max(p.at)) as dead
  from
  (
    select ${name}, at, level = 'E1' as left from evidence
    where level = 'E2' or (level = 'E1' and means = 'nothing_left')
    union all
    select ${name}, occurred_at as at, false as left from session_facts where fact != 'created'
  ) as p
  group by ${name}
) as d using (${name})
left join
(
  select ${name}, max(greatest(ifNull(s.idp_accepted_at, toDateTime64(0, 3, 'UTC')),
    ifNull(s.last_created_at, toDateTime64(0, 3, 'UTC')),
    ifNull(s.listed_at, toDateTime64(0, 3, 'UTC')))) as alive
  from sessions as s
  group by ${name}
) as a using (${name})
where (d.dead <= greatest(c.last_cause, a.alive)
    and (c.acting or (${name}) not in (select ${name} from order_steps)))
  or (${name}) in
    (select ${name} from order_steps group by ${name}
      having argMax(state, (epoch, at, seq)) in ('unverified', 'rejected', 'dead'))
order by ${name}
limit ${condemnedMax}`

/** A page of sessions in the order of their names, and where the next one begins, if there is one. */
export interface CondemnedPage {
  readonly found: readonly Condemned[]
  readonly next: SessionPosition | undefined
}

/** Sessions that may still have to die, of all time; for the start and the daily check. */
export async function askOutstanding(
  ask: Ask,
  after: SessionPosition,
  read: ReadRows,
): Promise<CondemnedPage> {
  const rows = await ask(outstanding, after)
  return { found: read(rows, condemnedOf), next: nextSession(rows, condemnedMax) }
}

/** A row of `lately` or `replaced`. */
export function condemnedOf(row: Row): Condemned {
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    sessionKind: sessionKindOf(text(row, 'kind')),
    sessionId: text(row, 'session_id'),
    fingerprint: text(row, 'fingerprint'),
  }
}

/** Names what was seen of a session and its pairs. */
export function fingerprintKey(condemned: Condemned): string {
  return `${sessionKey(condemned)}\u0000${condemned.fingerprint}`
}
