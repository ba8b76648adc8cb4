import { askInPages } from '../../contract/in-pages.ts'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'

/** The provider's own ids of subjects of one instance, by reference; a forgotten person has none. */
export type SubjectIds = (
  tenant: string,
  instance: string,
  refs: readonly string[],
) => Promise<ReadonlyMap<string, string>>

const statement = `
select subject_ref, max(i.subject_id) as id
from identities as i
where tenant = {tenant:String} and instance = {instance:String}
  and subject_ref in {refs:Array(String)}
group by subject_ref`

/** Asked each time and never kept: who was forgotten a moment ago must not be named again. */
export function makeSubjectIds(ask: Ask): SubjectIds {
  return async (tenant, instance, refs) => {
    const known = refs.filter((ref) => ref !== '')
    const rows = await askInPages(ask, statement, 'refs', known, { tenant, instance })
    return new Map(rows.map((row) => [text(row, 'subject_ref'), text(row, 'id')]))
  }
}
