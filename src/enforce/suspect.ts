import type { Cause } from '../contract/cause.ts'
import type { Policy } from '../contract/policy.ts'
import type { Ask } from '../contract/ports.ts'
import type { Known } from './known.ts'
import { number, text } from './read-row.ts'

/** A session that a cause exempts, unless it is suspect. */
export interface Exempted {
  readonly session: Known
  readonly cause: Cause
}

/** Those of the exempted (of one instance) that are suspect. */
export type Suspect = (exempted: readonly Exempted[]) => Promise<ReadonlySet<Exempted>>

const withFinding = `
select session_id, toString(session_kind) as kind
from
(
  select argMax((standing, toString(mode), toString(session_kind), session_id), (version, row_commit)) as last
  from findings
  where tenant = {tenant:String} and instance = {instance:String} and session_id in {ids:Array(String)}
  group by finding_id
)
array join [last.3] as session_kind, [last.4] as session_id
where last.1 and last.2 in ('inform', 'propose', 'act')`

/** When the subject first showed each device and network that its session has shown. */
const firstSights = `
select t.session_id as session_id, toUnixTimestamp64Milli(tupleElement(min(f.first), 1)) as first_at
from
(
  select session_id, 'device' as attribute, value
  from session_edges
  where tenant = {tenant:String} and instance = {instance:String} and edge = 'device'
    and session_id in {ids:Array(String)}
  union distinct
  select session_id, 'network' as attribute, toString(asn) as value
  from events
  where tenant = {tenant:String} and instance = {instance:String}
    and subject_ref in {refs:Array(String)} and session_id in {ids:Array(String)} and asn != 0
    and ip_of = 'subject'
) as t
inner join
(
  select subject_ref, toString(attribute) as attribute, value, first
  from subject_firsts
  where tenant = {tenant:String} and instance = {instance:String}
    and subject_ref in {refs:Array(String)}
) as f on t.attribute = f.attribute and t.value = f.value
group by session_id, t.attribute, t.value, f.subject_ref`

/**
 * Whether the exemption of an authenticated change does not hold: a thief changes the password from
 * the stolen session first. Suspect is a session with an open finding that somebody is shown, or
 * with a device or network that its subject had not long shown before the change.
 */
export function makeSuspect({
  ask,
  policy,
}: {
  readonly ask: Ask
  readonly policy: Policy
}): Suspect {
  const { clockUncertaintyMs, freshMs } = policy.timing
  return async (exempted) => {
    const first = exempted[0]
    const suspects = new Set<Exempted>()
    if (!first) return suspects
    const { tenant, instance } = first.session
    const ids = [...new Set(exempted.map(({ session }) => session.sessionId))]
    const refs = [...new Set(exempted.map(({ session }) => session.subjectRef))]
    const found = await ask(withFinding, { tenant, instance, ids })
    const sights = await ask(firstSights, { tenant, instance, ids, refs })
    for (const each of exempted) {
      const { sessionId, sessionKind } = each.session
      const accused = found.some(
        (row) =>
          text(row, 'session_id') === sessionId && ['', sessionKind].includes(text(row, 'kind')),
      )
      const fresh = sights.some((row) => {
        const before = each.cause.at - number(row, 'first_at')
        return (
          text(row, 'session_id') === sessionId &&
          freshMs > 0 &&
          before <= freshMs &&
          before >= -clockUncertaintyMs
        )
      })
      if (accused || fresh) suspects.add(each)
    }
    return suspects
  }
}
