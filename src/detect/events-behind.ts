import type { Finding } from '../contract/finding.ts'
import { instanceKey } from '../contract/identity.ts'
import { bytesOf, pagesBy } from '../contract/in-pages.ts'
import type { Ask } from '../contract/ports.ts'
import { number, text } from '../contract/read-row.ts'
import type { EventAt } from './sweep.ts'

/** By the order of the table, so that each event is found without a scan. */
const statement = `
select session_id, event_id, subject_ref, toUnixTimestamp64Milli(occurred_at) as at_ms
from events
where tenant = {tenant:String} and instance = {instance:String}
  and subject_ref in {refs:Array(String)} and toUnixTimestamp64Milli(occurred_at) in {ats:Array(Int64)}
  and session_id in {ids:Array(String)}
group by session_id, event_id, subject_ref, at_ms`

/**
 * The findings with the ids of their events, where these are still in the store.
 *
 * @param eventsOf the events of each finding by its id; findings without an entry stay as they are.
 * @throws CurfewError of the store.
 */
export async function nameEvents(
  findings: readonly Finding[],
  eventsOf: ReadonlyMap<string, readonly EventAt[]>,
  ask: Ask,
): Promise<readonly Finding[]> {
  const unnamed = findings.filter(({ findingId }) => eventsOf.has(findingId))
  const idsAt = new Map<string, string[]>()
  const byInstance = Map.groupBy(unnamed, ({ tenant, instance }) => instanceKey(tenant, instance))
  for (const [key, ofInstance] of byInstance) {
    for (const page of pagesBy(ofInstance, bytesOfFinding(eventsOf))) {
      for (const row of await ask(statement, valuesOf(page, eventsOf))) {
        const at = { subjectRef: text(row, 'subject_ref'), at: number(row, 'at_ms') }
        const place = placeOf(key, text(row, 'session_id'), at)
        idsAt.set(place, [...(idsAt.get(place) ?? []), text(row, 'event_id')])
      }
    }
  }
  return findings.map((finding) => {
    const key = instanceKey(finding.tenant, finding.instance)
    const events = eventsOf.get(finding.findingId) ?? []
    const ids = events.flatMap((event) => idsAt.get(placeOf(key, finding.sessionId, event)) ?? [])
    return ids.length === 0 ? finding : { ...finding, eventIds: ids.sort() }
  })
}

function placeOf(instance: string, sessionId: string, { subjectRef, at }: EventAt): string {
  return [instance, sessionId, subjectRef, at].join('\u0000')
}

const instantBytes = 30

const bytesOfFinding =
  (eventsOf: ReadonlyMap<string, readonly EventAt[]>) =>
  ({ findingId, sessionId }: Finding): number => {
    const events = eventsOf.get(findingId) ?? []
    return events.reduce(
      (bytes, { subjectRef }) => bytes + bytesOf(subjectRef) + instantBytes,
      bytesOf(sessionId),
    )
  }

function valuesOf(page: readonly Finding[], eventsOf: ReadonlyMap<string, readonly EventAt[]>) {
  const [first] = page
  const events = page.flatMap(({ findingId }) => eventsOf.get(findingId) ?? [])
  return {
    tenant: first?.tenant ?? '',
    instance: first?.instance ?? '',
    refs: [...new Set(events.map(({ subjectRef }) => subjectRef))],
    ats: [...new Set(events.map(({ at }) => at))],
    ids: [...new Set(page.map(({ sessionId }) => sessionId))],
  }
}
