import { askInPages } from '../../contract/in-pages.ts'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { Assessment } from '../../verdict/assess.ts'

/** Causes whose finding was withdrawn by later facts. */
const withdrawn = `
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
 * The assessments without the pairs of withdrawn findings. Queries only where there are pairs of
 * findings.
 */
export async function withoutWithdrawn(
  ask: Ask,
  assessments: readonly Assessment[],
): Promise<readonly Assessment[]> {
  const pairs = assessments.flatMap(({ active }) => active.map(({ pair }) => pair))
  const found = pairs.filter((pair) => pair.class === 'finding').map(({ causeId }) => causeId)
  const rows = await askInPages(ask, withdrawn, 'ids', found)
  const gone = new Set(rows.map((row) => text(row, 'cause_id')))
  if (gone.size === 0) return assessments
  return assessments.map(
    (assessment): Assessment => ({
      ...assessment,
      active: assessment.active.filter(({ pair }) => !gone.has(pair.causeId)),
    }),
  )
}
