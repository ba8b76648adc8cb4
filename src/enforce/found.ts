import type { Ask } from '../contract/ports.ts'
import { text } from './read-row.ts'
import type { Regard } from './regard.ts'

/** Causes whose finding does not stand any more: later facts showed that there was nothing. */
const fallen = `
select cause_id
from causes
where cause_id in {ids:Array(String)} and (tenant, event_id) in
(
  select tenant, finding_id
  from findings
  where finding_id in (select event_id from causes where cause_id in {ids:Array(String)})
  group by tenant, finding_id
  having not argMax(standing, (version, row_commit))
)
group by cause_id`

/** The same life without the pairs of findings that were withdrawn after they imposed a curfew. */
export async function withoutFallen(ask: Ask, regarded: Regard): Promise<Regard> {
  const ids = regarded.standing
    .filter(({ pair }) => pair.class === 'finding')
    .map(({ pair }) => pair.causeId)
  if (ids.length === 0) return regarded
  const rows = await ask(fallen, { ids })
  const gone = new Set(rows.map((row) => text(row, 'cause_id')))
  const standing = regarded.standing.filter(({ pair }) => !gone.has(pair.causeId))
  return { ...regarded, standing }
}
