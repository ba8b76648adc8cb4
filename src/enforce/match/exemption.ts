import type { Cause } from '../../contract/cause.ts'
import { greatestOf } from '../../contract/extremes.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import { subjectsOwn } from '../../contract/placing.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'
import type { SessionFacts } from '../../verdict/session-facts.ts'

/** A session that a cause exempts, unless it is suspect. */
export interface Exemption {
  readonly session: SessionFacts
  readonly cause: Cause
}

/** Those of the exempted (of one instance) that are suspect. */
export type VoidExemptions = (exempted: readonly Exemption[]) => Promise<ReadonlySet<Exemption>>

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

/**
 * When the subject first showed each device and network that its session has shown, and since when it
 * is known to show any: with which of them it usually comes is then known.
 */
const firstSightings = `
select
  t.session_id as session_id, f.subject_ref as subject_ref,
  toUnixTimestamp64Milli(tupleElement(min(f.first), 1)) as first_at,
  toUnixTimestamp64Milli(min(k.since)) as known_since
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
    and ip_of = '${subjectsOwn}'
) as t
inner join
(
  select subject_ref, toString(attribute) as attribute, value, first
  from subject_firsts
  where tenant = {tenant:String} and instance = {instance:String}
    and subject_ref in {refs:Array(String)}
) as f on t.attribute = f.attribute and t.value = f.value
inner join
(
  select subject_ref, toString(attribute) as attribute, min(tupleElement(f.first, 1)) as since
  from subject_firsts as f
  where tenant = {tenant:String} and instance = {instance:String}
    and subject_ref in {refs:Array(String)}
  group by subject_ref, attribute
) as k on f.subject_ref = k.subject_ref and f.attribute = k.attribute
group by session_id, t.attribute, t.value, subject_ref`

/** The youngest event before each instant that showed its subject. */
const lastShown = `
select a.ref as subject_ref, a.at as first_at,
  toUnixTimestamp64Milli(max(e.occurred_at)) as last_at
from
(
  select ref, at
  from (select {refs:Array(String)} as refs, {ats:Array(Int64)} as ats)
  array join refs as ref, ats as at
) as a
inner join
(
  select subject_ref, occurred_at
  from events
  where tenant = {tenant:String} and instance = {instance:String}
    and subject_ref in {refs:Array(String)} and ip_of = '${subjectsOwn}'
    and occurred_at < fromUnixTimestamp64Milli({before:Int64})
    and (type in ('session.created', 'authentication.succeeded')
      or (type = 'session.used' and outcome = 'accepted'))
) as e on a.ref = e.subject_ref
where toUnixTimestamp64Milli(e.occurred_at) < a.at
group by subject_ref, first_at`

/** A device or network of a session that its subject had not long shown before a change. */
interface Fresh {
  readonly each: Exemption
  readonly subjectRef: string
  readonly firstAt: number
}

/**
 * Finds the exemptions that do not hold: a thief changes the password from the stolen session
 * first. That is a session with an open finding, or with a device or network that its subject had
 * first used shortly before the change. First uses in a subject's first days or after a long
 * silence do not count: otherwise a person could not change a password in a new installation
 * without being signed out.
 */
export function makeVoidExemptions({
  ask,
  policy,
}: {
  readonly ask: Ask
  readonly policy: Policy
}): VoidExemptions {
  const bytes = ({ session: { sessionId, subjectRef } }: Exemption): number =>
    2 * (bytesOf(sessionId) + bytesOf(subjectRef))
  return async (exempted) => {
    const suspects = new Set<Exemption>()
    for (const page of pagesBy(exempted, bytes)) {
      for (const each of await voidAmong(page, ask, policy)) suspects.add(each)
    }
    return suspects
  }
}

/** Of one page of the exempted. */
async function voidAmong(
  exempted: readonly Exemption[],
  ask: Ask,
  policy: Policy,
): Promise<readonly Exemption[]> {
  const { tenant, instance } = exempted[0]?.session ?? { tenant: '', instance: '' }
  const ids = [...new Set(exempted.map(({ session }) => session.sessionId))]
  const refs = [...new Set(exempted.map(({ session }) => session.subjectRef))]
  const found = await ask(withFinding, { tenant, instance, ids })
  const named = new Set(found.map((row) => `${text(row, 'kind')} ${text(row, 'session_id')}`))
  // A finding may lack the kind of its session.
  const accused = exempted.filter(
    ({ session: { sessionId, sessionKind } }) =>
      named.has(`${sessionKind} ${sessionId}`) || named.has(` ${sessionId}`),
  )
  const sights = await ask(firstSightings, { tenant, instance, ids, refs })
  const fresh = freshOf(exempted, sights, policy)
  const settled = await withoutSilent(fresh, { ask, policy, tenant, instance })
  return [...accused, ...settled.map(({ each }) => each)]
}

/** Those first seen shortly before the change, of subjects known for long enough before that. */
function freshOf(
  exempted: readonly Exemption[],
  sights: readonly Row[],
  { timing: { clockUncertaintyMs, freshMs, settlingMs } }: Policy,
): readonly Fresh[] {
  if (freshMs <= 0) return []
  const bySession = Map.groupBy(sights, (row) => text(row, 'session_id'))
  return exempted.flatMap((each) =>
    (bySession.get(each.session.sessionId) ?? []).flatMap((row) => {
      const firstAt = number(row, 'first_at')
      const before = each.cause.at - firstAt
      const isKnown = firstAt - number(row, 'known_since') >= Math.max(1, settlingMs)
      if (!isKnown || before > freshMs || before < -clockUncertaintyMs) return []
      return [{ each, subjectRef: text(row, 'subject_ref'), firstAt }]
    }),
  )
}

/** Drops those whose subject was silent for long before: what it used meanwhile is unknown. */
async function withoutSilent(
  fresh: readonly Fresh[],
  {
    ask,
    policy,
    tenant,
    instance,
  }: {
    readonly ask: Ask
    readonly policy: Policy
    readonly tenant: string
    readonly instance: string
  },
): Promise<readonly Fresh[]> {
  const { settlingMs } = policy.timing
  if (fresh.length === 0 || settlingMs === 0) return fresh
  const silent = new Set<string>()
  const once = [...new Map(fresh.map((each) => [nameOf(each), each])).values()]
  for (const page of pagesBy(once, ({ subjectRef }) => 2 * bytesOf(subjectRef) + instantBytes)) {
    const ats = page.map(({ firstAt }) => firstAt)
    const refs = page.map(({ subjectRef }) => subjectRef)
    const before = greatestOf(ats) ?? 0
    for (const row of await ask(lastShown, { tenant, instance, refs, ats, before })) {
      const [subjectRef, firstAt] = [text(row, 'subject_ref'), number(row, 'first_at')]
      if (firstAt - number(row, 'last_at') > settlingMs) silent.add(nameOf({ subjectRef, firstAt }))
    }
  }
  return fresh.filter((each) => !silent.has(nameOf(each)))
}

/** Bytes of an instant in a statement. */
const instantBytes = 24

function nameOf({ subjectRef, firstAt }: Pick<Fresh, 'subjectRef' | 'firstAt'>): string {
  return `${firstAt} ${subjectRef}`
}
