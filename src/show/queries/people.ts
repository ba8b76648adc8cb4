import { Type } from 'typebox'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { Principal } from '../api/principal.ts'
import { mayDo } from '../api/principal.ts'

/** Identity of a subject; both are '' for callers without the right to names, and for an erased person. */
export const personFields = {
  subject_id: Type.String({ description: 'Empty for tokens that may not read names.' }),
  email: Type.String({ description: 'Empty for tokens that may not read names.' }),
}

interface OfSubject {
  readonly instance: string
  readonly subject_ref: string
}
type Person = { readonly [Field in keyof typeof personFields]: string }

const identitiesSql = `
select instance, subject_ref, max(i.subject_id) as subject_id, max(i.email).2 as email
from identities as i
where tenant = {tenant:String} and instance in {instances:Array(String)}
  and subject_ref in {refs:Array(String)}
group by instance, subject_ref`

const unknownPerson: Person = { subject_id: '', email: '' }

/** The entries of one page, each with its person as far as the caller may read names. */
export async function withPeople<Entry extends OfSubject>(
  ask: Ask,
  principal: Principal,
  entries: readonly Entry[],
): Promise<(Entry & Person)[]> {
  const of = entries.filter(({ subject_ref }) => subject_ref !== '')
  const known = new Map<string, Person>()
  if (mayDo(principal, 'names') && of.length > 0) {
    const rows = await ask(identitiesSql, {
      tenant: principal.tenant,
      instances: [...new Set(of.map(({ instance }) => instance))],
      refs: [...new Set(of.map(({ subject_ref }) => subject_ref))],
    })
    for (const row of rows) {
      const whose = { instance: text(row, 'instance'), subject_ref: text(row, 'subject_ref') }
      const person = { subject_id: text(row, 'subject_id'), email: text(row, 'email') }
      known.set(keyOf(whose), person)
    }
  }
  return entries.map((entry) => ({ ...entry, ...(known.get(keyOf(entry)) ?? unknownPerson) }))
}

const keyOf = ({ instance, subject_ref }: OfSubject): string => `${instance}\u0000${subject_ref}`

const containsText = (column: string): string =>
  `positionCaseInsensitiveUTF8(toString(${column}), {q:String}) > 0`

/**
 * A condition: one of the columns contains the text `q`, or one of the `clear` columns, which name people,
 * or the identity of the person. Without the right to names (`by_name` 0) no name is searched: even an
 * empty result would tie a name to a reference.
 */
export const matchesText = (
  columns: readonly string[],
  clear: readonly string[] = [],
): string => `({q:String} = ''
    or ${columns.map(containsText).join('\n    or ')}
    or ({by_name:UInt8} = 1 and (${clear.map((column) => `${containsText(column)} or `).join('')}(instance, subject_ref) in (
      select instance, subject_ref from identities
      where tenant = {tenant:String}
        and (positionCaseInsensitiveUTF8(subject_id, {q:String}) > 0
          or positionCaseInsensitiveUTF8(identities.email.2, {q:String}) > 0)))))`

/** Parameters of `matchesText`. */
export const textFilter = (principal: Principal, q: string | undefined) => ({
  q: q ?? '',
  by_name: mayDo(principal, 'names') ? 1 : 0,
})
