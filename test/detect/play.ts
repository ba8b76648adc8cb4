import { defaultPolicy } from '../../src/config/policy.ts'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import { noDevice, noNetwork, noPlace } from '../../src/contract/enriched-event.ts'
import { blankEvent } from '../../src/contract/event.ts'
import type { Finding } from '../../src/contract/finding.ts'
import type { Policy } from '../../src/contract/policy.ts'
import { makeDetect } from '../../src/detect/detect.ts'
import type { Detector, Happening } from '../../src/detect/detector.ts'
import { examplePlaces } from '../../src/detect/detector.ts'
import { makeRecall } from '../../src/recall/recall.ts'
import { failOnFault, idleMeter } from '../given.ts'

const start = Date.parse('2026-11-03T09:00:00.000Z')

/** The event of one happening; its id says which happening it is. */
export function happen(happening: Happening, index: number): EnrichedEvent {
  const event = blankEvent()
  const minutes = (minute: number) => start + Math.round(minute * 60_000)
  event.tenant = 'acme'
  event.instance = 'one'
  event.id = String(index)
  event.type = happening.type ?? 'session.used'
  event.occurredAt = minutes(happening.minute)
  event.receivedAt = event.occurredAt
  event.sessionId = happening.session ?? 's'
  event.subjectId = 'ada'
  event.subjectRef = 'ada'
  event.ip = happening.ip ?? ''
  event.ipOf = happening.ipOf ?? 'subject'
  event.outcome = happening.outcome ?? (event.type === 'session.used' ? 'accepted' : '')
  event.observer = event.outcome === '' ? '' : (happening.observer ?? 'idp')
  if (happening.expiresMinute !== undefined) event.expiresAt = minutes(happening.expiresMinute)
  if (happening.tokenIssuedMinute !== undefined)
    event.tokenIssuedAt = minutes(happening.tokenIssuedMinute)
  const from = happening.from === undefined ? undefined : examplePlaces[happening.from]
  return {
    event,
    place: { ...noPlace, ...(from && { ...from, state: 'hit', saidBy: 'event' }) },
    network: { ...noNetwork, class: happening.network ?? 'fixed' },
    device: noDevice,
  }
}

/** Plays batches of events through memory and detectors; what stands at the end, by finding id. */
export async function play(
  detectors: readonly Detector[],
  batches: readonly (readonly EnrichedEvent[])[],
  policy: Policy = defaultPolicy,
): Promise<readonly Finding[]> {
  let time = start
  const recall = makeRecall({
    ask: () => Promise.reject(new Error('memory is whole: nothing is asked')),
    meter: idleMeter,
    grace: { endMs: 35_000, expiryMs: 5_000 },
    subjectsMax: 1_000,
    sessionsMax: 1_000,
    storeIsEmpty: true,
    settled: async () => {},
    onFault: failOnFault,
  })
  const detect = makeDetect({
    detectors,
    policy,
    now: () => time++,
    onFault: failOnFault,
    meter: idleMeter,
  })
  const latest = new Map<string, Finding>()
  for (const batch of batches) {
    const recalled = await recall(batch)
    for (const finding of detect(recalled.inOrder())) {
      const known = latest.get(finding.findingId)
      if (!known || known.version < finding.version) latest.set(finding.findingId, finding)
    }
  }
  return [...latest.values()].filter((finding) => finding.standing)
}
