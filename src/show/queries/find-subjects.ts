import { CurfewError } from '../../contract/errors.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { Pseudonym } from '../api/ports.ts'
import type { Principal } from '../api/principal.ts'
import { mayDo } from '../api/principal.ts'

/** A subject at one instance; id and e-mail are '' for callers without the right to names. */
export interface Subject {
  readonly instance: string
  readonly subject_ref: string
  readonly subject_id: string
  readonly email: string
}

const isRef = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)
/** A text rarely matches more than a few subjects; a longer list identifies nobody. */
const subjectsMax = 20

/** Only `identities` holds clear names; an erased person has no row there. */
const identified = `
select
  instance, subject_ref,
  max(i.subject_id) as subject_id,
  max(i.email).2 as email
from identities as i
where tenant = {tenant:String}
  and (instance, subject_ref) in
  (
    select instance, subject_ref
    from identities as i
    where tenant = {tenant:String}
      and (i.subject_ref in {refs:Array(String)}
        or i.subject_id = {name:String}
        or (lowerUTF8(i.email.2) = lowerUTF8({name:String}) and {name:String} != ''))
  )
group by instance, subject_ref
having subject_ref in {refs:Array(String)}
  or subject_id = {name:String}
  or (lowerUTF8(email) = lowerUTF8({name:String}) and {name:String} != '')
order by instance, subject_ref
limit {most:UInt32}`

const sessionSubjects = `
select instance, subject_ref, '' as subject_id, '' as email
from
(
  select instance, session_kind, session_id, max(s.subject_ref) as subject_ref
  from sessions as s
  where tenant = {tenant:String} and (instance, session_kind, session_id) in
  (
    select instance, session_kind, session_id
    from sessions
    where tenant = {tenant:String} and subject_ref in {refs:Array(String)}
  )
  group by instance, session_kind, session_id
  having subject_ref in {refs:Array(String)}
)
group by instance, subject_ref
order by instance, subject_ref
limit {most:UInt32}`

/**
 * Finds subjects by reference, or, for callers with the right to names, also by id or e-mail, at every
 * instance of the tenant. A person without a row in `identities` is found by the reference that
 * the hash of the id gives.
 *
 * @throws CurfewError SHOW_FORBIDDEN for a clear name from a caller without the right to names, since even
 *   "no such person" would tie a name to a reference; SHOW_UNKNOWN without a match.
 */
export async function findSubjects({
  ask,
  pseudonym,
  principal,
  text,
}: {
  readonly ask: Ask
  readonly pseudonym: Pseudonym
  readonly principal: Principal
  readonly text: string
}): Promise<readonly Subject[]> {
  const { tenant } = principal
  const names = mayDo(principal, 'names')
  if (!names && !isRef(text)) {
    throw new CurfewError(
      'SHOW_FORBIDDEN',
      'This token may name people only by reference: 32 hex digits, as in lists.',
    )
  }
  const direct = isRef(text) ? [text] : []
  const name = names ? text : ''
  const most = subjectsMax
  const known = await ask(identified, { tenant, refs: direct, name, most })
  if (known.length > 0) return known.map((row) => toSubject(row, names))
  const refs = names ? [...direct, ...(await refsOf(ask, pseudonym, tenant, text))] : direct
  const found = await ask(sessionSubjects, { tenant, refs, most })
  if (found.length > 0) return found.map((row) => toSubject(row, names))
  throw new CurfewError('SHOW_UNKNOWN', 'No subject has this reference, id or e-mail.')
}

async function refsOf(
  ask: Ask,
  pseudonym: Pseudonym,
  tenant: string,
  id: string,
): Promise<readonly string[]> {
  const sql = 'select distinct instance from sessions where tenant = {tenant:String} limit 1000'
  const rows = await ask(sql, { tenant })
  return rows.map((row) => pseudonym(tenant, text(row, 'instance'), id))
}

function toSubject(row: Row, names: boolean): Subject {
  return {
    instance: text(row, 'instance'),
    subject_ref: text(row, 'subject_ref'),
    subject_id: names ? text(row, 'subject_id') : '',
    email: names ? text(row, 'email') : '',
  }
}
