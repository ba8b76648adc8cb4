import type { Cause } from '../contract/cause.ts'
import type { Finding } from '../contract/finding.ts'
import { instanceKey } from '../contract/identity.ts'
import { askInPages } from '../contract/in-pages.ts'
import type { Ask } from '../contract/ports.ts'
import { causeOfFinding, isPromoted } from './causes.ts'

const statement = `
select event_id
from events
where tenant = {tenant:String} and instance = {instance:String} and event_id in {ids:Array(String)}
  and may_act and lane = 'live'
group by event_id`

/**
 * The causes of those findings of sweeps that policy promotes, as `makeImpose` makes them of the findings
 * of detectors. A cause may act only where its finding names events, and each of them was read live from
 * a source that may act: history and unverified sources never end a session.
 *
 * @throws CurfewError of the store.
 */
export async function promoteFindings(
  findings: readonly Finding[],
  { ask }: { readonly ask: Ask },
): Promise<readonly Cause[]> {
  const causes: Cause[] = []
  const promoted = findings.filter(isPromoted)
  const byInstance = Map.groupBy(promoted, ({ tenant, instance }) => instanceKey(tenant, instance))
  for (const ofInstance of byInstance.values()) {
    const acting = await actingAmong(ofInstance, ask)
    for (const finding of ofInstance) {
      const { eventIds } = finding
      const mayAct = eventIds.length > 0 && eventIds.every((id) => acting.has(id))
      const cause = causeOfFinding(finding, { lane: 'live', mayAct })
      if (cause) causes.push(cause)
    }
  }
  return causes
}

/** Ids of the events behind findings of one instance that may act. */
async function actingAmong(findings: readonly Finding[], ask: Ask): Promise<ReadonlySet<string>> {
  const [first] = findings
  if (!first) return new Set()
  const { tenant, instance } = first
  const ids = findings.flatMap(({ eventIds }) => eventIds)
  const rows = await askInPages(ask, statement, 'ids', ids, { tenant, instance })
  return new Set(rows.map((row) => String(row.event_id)))
}
