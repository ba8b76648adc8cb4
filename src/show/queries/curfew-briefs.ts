import type { Static } from 'typebox'
import type { Ask, Row } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { CurfewBrief } from './curfews.ts'
import { toBrief } from './curfews.ts'
import { judgeFew } from './judge-few.ts'

type Brief = Static<typeof CurfewBrief>

const byView = `
with asked as
(
  select distinct session_key, session_id from curfews
  where tenant = {tenant:String} and session_id in {ids:Array(String)}
)
select instance, session_kind, session_id, curfew_id, class, mode, deadline_at, verdict
from verdicts(as_of = {now:DateTime64(3)}, among = asked)
order by deadline_at, curfew_id`

/** The key of a session within its tenant, for a row or an entry with these fields. */
export const keyOf = ({ instance, session_kind, session_id }: Row | SessionName): string =>
  JSON.stringify([instance, session_kind, session_id])

interface SessionName {
  readonly instance: string
  readonly session_kind: string
  readonly session_id: string
}

/**
 * The curfews of one page of sessions as judged now (ms since the epoch), by `keyOf`, earliest deadline first.
 *
 * @throws CurfewError as `ask`.
 */
export async function readBriefs(
  ask: Ask,
  tenant: string,
  rows: readonly Row[],
  now: number,
): Promise<ReadonlyMap<string, Brief[]>> {
  const sessions = rows.map((row) => ({
    instance: text(row, 'instance'),
    id: text(row, 'session_id'),
  }))
  const entries = await judgeFew({ ask, tenant, sessions, asOf: now })
  const named: (readonly [string, Brief])[] = []
  for (const entry of entries ?? []) {
    const { curfew_id, class: cause, mode, deadline_at, verdict } = entry
    named.push([keyOf(entry), { curfew_id, class: cause, mode, deadline_at, verdict }])
  }
  if (entries === undefined) {
    const ids = [...new Set(sessions.map(({ id }) => id))]
    const judged = await ask(byView, { tenant, ids, now: new Date(now) })
    for (const row of judged) named.push([keyOf(row), toBrief(row)])
  }
  const grouped = Map.groupBy(named, ([key]) => key)
  return new Map(
    [...grouped].map(([key, some]) => [key, some.map(([, brief]) => brief).sort(dueFirst)]),
  )
}

const dueFirst = (one: Brief, other: Brief): number =>
  Date.parse(one.deadline_at) - Date.parse(other.deadline_at) ||
  (one.curfew_id < other.curfew_id ? -1 : 1)
