import type { Ask } from '../contract/ports.ts'
import { text } from './read-row.ts'
import type { Regard } from './regard.ts'

const idsMax = 2_000

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

/**
 * The same lives without the pairs of findings that were withdrawn after they imposed a curfew. Asks
 * only where there are such pairs.
 */
export async function withoutFallen(
  ask: Ask,
  regards: readonly Regard[],
): Promise<readonly Regard[]> {
  const pairs = regards.flatMap(({ standing }) => standing.map(({ pair }) => pair))
  const found = pairs.filter((pair) => pair.class === 'finding').map(({ causeId }) => causeId)
  const ids = [...new Set(found)]
  const gone = new Set<string>()
  for (let from = 0; from < ids.length; from += idsMax) {
    const rows = await ask(fallen, { ids: ids.slice(from, from + idsMax) })
    for (const row of rows) gone.add(text(row, 'cause_id'))
  }
  if (gone.size === 0) return regards
  return regards.map((regarded) => ({
    ...regarded,
    standing: regarded.standing.filter(({ pair }) => !gone.has(pair.causeId)),
  }))
}
