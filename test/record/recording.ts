import type { Cause } from '../../src/contract/cause.ts'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import type { BatchRows as Batch } from '../../src/record/open-block.ts'
import type { RecordOptions } from '../../src/record/record.ts'
import { openRecorder } from '../../src/record/record.ts'
import { idleMeter, makeClock, settle, silentLog } from '../given.ts'
import { tell } from '../journey/world.ts'
import { eventsOf } from '../recall/judge.ts'
import { makeFakeStore } from './fake-store.ts'

export const flushMs = 200

/** A recorder over a store that `obey` decides for; blocks of ten events. */
export function open(
  obey?: Parameters<typeof makeFakeStore>[0],
  options: Partial<RecordOptions> = {},
) {
  const store = makeFakeStore(obey)
  const time = makeClock()
  const causes: Cause[] = []
  const recorder = openRecorder({
    append: store.append,
    insertBlock: store.insertBlock,
    clock: time.clock,
    log: silentLog,
    meter: idleMeter,
    flushRows: 10,
    flushBytes: 1_000_000,
    flushMs,
    onCauses: (some) => causes.push(...some),
    ...options,
  })
  return { store, time, recorder, causes }
}

let told = 0
/** So many events of one session, each a use of its own. */
export function events(count: number): readonly EnrichedEvent[] {
  const history = Array.from({ length: count }, (_, index) => ({
    at: index,
    type: 'session.used' as const,
    session: 's1',
    subject: 'ada',
  }))
  told += 1
  return eventsOf(
    'acme',
    tell(history).map((each) => ({ ...each, id: `${told} ${each.id}` })),
  )
}

/** The same few over and over: a block does not mind. */
export function many(count: number): readonly EnrichedEvent[] {
  const few = events(10)
  return Array.from({ length: count / few.length }, () => few).flat()
}

export const batch = (count: number, more: Partial<Batch> = {}): Batch => ({
  events: events(count),
  rejected: [],
  findings: [],
  causes: [],
  replaced: [],
  curfews: [],
  derivedFacts: { edges: [], firstSights: [], names: [], signIns: [], entitlements: [] },
  ...more,
})

/** Whether a promise has settled by now, and how. */
export async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'done' | 'failed'> {
  const pending = Symbol('pending')
  await settle()
  try {
    return (await Promise.race([promise, Promise.resolve(pending)])) === pending
      ? 'pending'
      : 'done'
  } catch {
    return 'failed'
  }
}
