import type { Ask } from '../contract/ports.ts'
import { text } from './read-row.ts'

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
    const known = [...new Set(refs)].filter((ref) => ref !== '')
    if (known.length === 0) return new Map()
    const rows = await ask(statement, { tenant, instance, refs: known })
    return new Map(rows.map((row) => [text(row, 'subject_ref'), text(row, 'id')]))
  }
}
