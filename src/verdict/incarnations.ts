import { sessionKey } from '../contract/identity.ts'
import { askInPages } from '../contract/in-pages.ts'
import type { Ask } from '../contract/ports.ts'
import { flag, number, numberLists, sessionKindOf, text, texts } from '../contract/read-row.ts'

/** One incarnation of a session id, with its first and last instant, ms since the epoch. */
export interface Incarnation {
  readonly incarnation: number
  readonly from: number
  readonly until: number
  /** Last sign of life at the provider within it, or null. */
  readonly aliveAt: number | null
  /** Its subject: of the sign-in that began it, else the first one reported; '' for none. */
  readonly subjectRef: string
}

/** The incarnation of an id that was never reused: it has all facts. */
export const onlyIncarnation: Omit<Incarnation, 'aliveAt' | 'subjectRef'> = {
  incarnation: 0,
  from: Number.NEGATIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
}

const statement = `
with asked as
(
  select distinct session_key, session_id from session_facts
  where tenant = {tenant:String} and instance = {instance:String} and session_id in {ids:Array(String)}
)
select toString(session_kind) as kind, session_id, toInt64(incarnation) as life,
  toUnixTimestamp64Milli(from_at) as from_ms, toUnixTimestamp64Milli(alive_at) as alive_ms
from session_lives(among = asked)
order by session_kind, session_id, incarnation`

/** When events reported which subject: a reused id may belong to another person. */
const namedSubjects = `
select toString(session_kind) as kind, session_id, fact = 'created' as signed_in,
  groupArray(subject_ref) as refs, [groupArray(toUnixTimestamp64Milli(at))] as ats
from
(
  select session_kind, session_id, fact, subject_ref, occurred_at as at
  from session_facts
  where tenant = {tenant:String} and instance = {instance:String} and session_id in {ids:Array(String)}
    and subject_ref != ''
  group by session_kind, session_id, fact, subject_ref, at
  order by at desc, subject_ref
  limit 1000 by session_kind, session_id, fact = 'created'
)
group by session_kind, session_id, signed_in`

/** So many instants of one session are read at most; where there are more, not all are known. */
export const instantsMax = 10_000

/**
 * Whether the id may have been reused. Only the view is exact, and it costs more than all other
 * facts together.
 */
export function mayBeReused({
  creations,
  ends,
}: {
  readonly creations: readonly number[]
  readonly ends: readonly number[]
}): boolean {
  if (ends.length === 0 || creations.length === 0) return false
  if (ends.length >= instantsMax || creations.length >= instantsMax) return true
  const firstEnd = ends.reduce((a, b) => Math.min(a, b))
  return creations.some((at) => at >= firstEnd)
}

/** The incarnations of reused session ids of one instance, oldest first, by `sessionKey`. */
export async function askIncarnations(
  ask: Ask,
  tenant: string,
  instance: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Incarnation[]>> {
  const incarnations = new Map<string, Incarnation[]>()
  if (ids.length === 0) return incarnations
  for (const row of await askInPages(ask, statement, 'ids', ids, { tenant, instance })) {
    const sessionKind = sessionKindOf(text(row, 'kind'))
    const key = sessionKey({ tenant, instance, sessionKind, sessionId: text(row, 'session_id') })
    const incarnation = number(row, 'life')
    const some = incarnations.get(key) ?? []
    incarnations.set(key, some)
    some.push({
      incarnation,
      from: incarnation === 0 ? onlyIncarnation.from : number(row, 'from_ms'),
      until: onlyIncarnation.until,
      aliveAt: number(row, 'alive_ms') || null,
      subjectRef: '',
    })
  }
  const named =
    incarnations.size === 0 ? undefined : await askNamedSubjects(ask, tenant, instance, ids)
  for (const [key, some] of incarnations) {
    for (const [index, incarnation] of some.entries()) {
      const until = some[index + 1]?.from ?? onlyIncarnation.until
      some[index] = {
        ...incarnation,
        until,
        subjectRef: ownerOf({ ...incarnation, until }, named?.get(key)),
      }
    }
  }
  return incarnations
}

interface Named {
  readonly at: number
  readonly subjectRef: string
  readonly signedIn: boolean
}

async function askNamedSubjects(
  ask: Ask,
  tenant: string,
  instance: string,
  ids: readonly string[],
) {
  const found = new Map<string, Named[]>()
  for (const row of await askInPages(ask, namedSubjects, 'ids', ids, { tenant, instance })) {
    const sessionKind = sessionKindOf(text(row, 'kind'))
    const key = sessionKey({ tenant, instance, sessionKind, sessionId: text(row, 'session_id') })
    const [ats = []] = numberLists(row, 'ats')
    const signedIn = flag(row, 'signed_in')
    const some = texts(row, 'refs').map((subjectRef, index) => {
      return { at: ats[index] ?? 0, subjectRef, signedIn }
    })
    found.set(key, [...(found.get(key) ?? []), ...some])
  }
  return found
}

function ownerOf(
  { from, until }: Pick<Incarnation, 'from' | 'until'>,
  named: readonly Named[] = [],
) {
  // Everything but a sign-in is an end: at the instant at which an incarnation begins, it belongs
  // to the one before.
  const within = named.filter(({ at, signedIn }) =>
    signedIn ? at >= from && at < until : at > from && at <= until,
  )
  const [first] = within.toSorted(
    (one, other) => Number(other.signedIn) - Number(one.signedIn) || one.at - other.at,
  )
  return first?.subjectRef ?? ''
}
