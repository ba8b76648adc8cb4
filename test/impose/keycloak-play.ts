import { defaultPolicy } from '../../src/config/policy.ts'
import type { Cause, ReplacedCause } from '../../src/contract/cause.ts'
import type { Curfew } from '../../src/contract/curfew.ts'
import type { SessionEvent } from '../../src/contract/event.ts'
import { makeDecode } from '../../src/decode/decode.ts'
import { openEnrich } from '../../src/enrich/enrich.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { makeImpose } from '../../src/impose/impose.ts'
import { makeRecall } from '../../src/recall/recall.ts'
import { loadFormats } from '../../src/runtime/ingest.ts'
import { idleMeter } from '../given.ts'
import { bindingOf, evening, pseudonym, second } from '../journey/world.ts'

const decode = makeDecode({
  formats: await loadFormats(),
  envelopes: [],
  pseudonym,
})
const { enrich } = await openEnrich({ now: () => evening, meter: idleMeter })

/** What a realm's events lead to before anything is asked of a store or a provider. */
export interface Led {
  readonly events: readonly SessionEvent[]
  readonly causes: readonly Cause[]
  readonly replaced: readonly ReplacedCause[]
  readonly curfews: readonly Curfew[]
}

/**
 * Takes wrapped events of Keycloak through decode, recall and impose, in batches of that size, or of
 * these sizes.
 */
export async function lead(
  events: readonly object[],
  size: number | readonly number[] = events.length,
): Promise<Led> {
  const recall = makeRecall({
    ask: () => Promise.reject(new Error('memory is whole: nothing is asked')),
    meter: idleMeter,
    grace: { endMs: 35 * second, expiryMs: 5 * second },
    subjectsMax: 100,
    sessionsMax: 100,
    storeIsEmpty: true,
    settled: async () => {},
  })
  const impose = makeImpose({
    condemn: makeCondemn({ policy: defaultPolicy }),
    policy: defaultPolicy,
    now: () => evening,
  })
  const led = {
    events: [] as SessionEvent[],
    causes: [] as Cause[],
    replaced: [] as ReplacedCause[],
    curfews: [] as Curfew[],
  }
  for (const [first, last] of boundsOf(events.length, size)) {
    const { events: told, rejected } = decode({
      source: 'test',
      partition: 0,
      format: 'keycloak',
      binding: { ...bindingOf('acme'), lane: 'historical' },
      messages: events.slice(first, last).map((event, index) => ({
        value: Buffer.from(JSON.stringify(event)),
        offset: first + index,
        receivedAt: evening,
      })),
      redelivered: false,
      commit: async () => {},
    })
    if (rejected[0]) throw new TypeError(`an event was rejected: ${rejected[0].detail}`)
    const recalled = await recall(enrich(told))
    for (const { event } of recalled.inOrder()) led.events.push(event)
    const { causes, replaced, curfews } = impose(recalled.close().contexts, [])
    led.causes.push(...causes)
    led.replaced.push(...replaced)
    led.curfews.push(...curfews)
  }
  return led
}

/** The causes that stand: those whose event tells no other one by now. */
export function standing({ causes, replaced }: Led): readonly Cause[] {
  const inOrder = replaced.toSorted((one, other) => one.at - other.at)
  const last = new Map(inOrder.map(({ eventId, byCauseId }) => [eventId, byCauseId]))
  return causes.filter(({ eventId, causeId }) => (last.get(eventId) ?? causeId) === causeId)
}

function boundsOf(
  count: number,
  size: number | readonly number[],
): readonly (readonly [number, number])[] {
  const sizes = typeof size === 'number' ? Array(Math.ceil(count / size)).fill(size) : size
  let first = 0
  return sizes.map((each: number) => {
    const bounds = [first, first + each] as const
    first += each
    return bounds
  })
}
