import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import { askInPages } from '../../contract/in-pages.ts'
import type { Ask, Clock } from '../../contract/ports.ts'
import { instant, text } from '../../contract/read-row.ts'
import type { SubjectKey } from '../orders/outstanding.ts'

/** Causes older than this are not listed for once more; their curfews still are. */
const causeAgeMsMax = 7 * 24 * 60 * 60_000

const lastListed = `
select subject_ref, toUnixTimestamp64Milli(max(started_at)) as listed_ms
from listings
where tenant = {tenant:String} and instance = {instance:String}
  and subject_ref in {refs:Array(String)} and complete
group by subject_ref`

/** A subject, and the instant after which a complete list of its sessions is wanted. */
export interface ListRequest extends SubjectKey {
  readonly at: number
}

/** Whether a list may still show what the cause condemns, and something may be done about it. */
export function isLive({ lane, mayAct, at }: Cause, clock: Clock): boolean {
  return lane === 'live' && mayAct && clock.now() - at <= causeAgeMsMax
}

/**
 * Subjects of live causes without a complete list since: they may have sessions that no event
 * reported. Read from the store, so that a crash between a cause and its list loses nothing.
 */
export async function unlistedSubjects(
  ask: Ask,
  clock: Clock,
  causes: readonly Cause[],
): Promise<readonly SubjectKey[]> {
  const named = causes.filter(
    ({ scopeKind }) => scopeKind === 'subject' || scopeKind === 'subject_organization',
  )
  return await withoutListed(
    ask,
    named.filter((cause) => cause.subjectRef !== '' && isLive(cause, clock)),
  )
}

/** Those that no complete list has shown since. */
export async function withoutListed(
  ask: Ask,
  wishes: readonly ListRequest[],
): Promise<readonly SubjectKey[]> {
  const wanted: SubjectKey[] = []
  const byInstance = Map.groupBy(wishes, (each) => instanceKey(each.tenant, each.instance))
  for (const some of byInstance.values()) {
    const { tenant, instance } = some[0] ?? { tenant: '', instance: '' }
    const refs = some.map(({ subjectRef }) => subjectRef)
    const listed = new Map<string, number>()
    for (const row of await askInPages(ask, lastListed, 'refs', refs, { tenant, instance })) {
      listed.set(text(row, 'subject_ref'), instant(row, 'listed_ms') ?? 0)
    }
    for (const { subjectRef, at } of some) {
      if ((listed.get(subjectRef) ?? 0) <= at) wanted.push({ tenant, instance, subjectRef })
    }
  }
  return wanted
}
