import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import type { Batch } from '../../src/contract/raw-message.ts'
import { makeDecode } from '../../src/decode/decode.ts'
import { openEnrich } from '../../src/enrich/enrich.ts'
import { loadFormats } from '../../src/runtime/ingest.ts'
import { idleMeter } from '../given.ts'
import type { Told } from '../journey/world.ts'
import { bindingOf, evening, messageOf, pseudonym } from '../journey/world.ts'

const decode = makeDecode({
  formats: await loadFormats(),
  envelopes: [],
  pseudonym,
})
const { enrich } = await openEnrich({ now: () => evening, meter: idleMeter })

/** What happened as the events that memory gets: decoded and enriched, without source or store. */
export function eventsOf(tenant: string, told: readonly Told[]): readonly EnrichedEvent[] {
  const batch: Batch = {
    source: 'test',
    partition: 0,
    format: 'session-event-v1',
    binding: bindingOf(tenant),
    messages: told.map((each, offset) => ({
      value: Buffer.from(JSON.stringify(messageOf(each))),
      offset,
      receivedAt: evening,
    })),
    redelivered: false,
    commit: async () => {},
  }
  const { events, rejected } = decode(batch)
  if (rejected.length > 0)
    throw new TypeError(`a test message was rejected: ${rejected[0]?.detail}`)
  return enrich(events)
}
