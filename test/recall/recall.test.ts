import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import type { EventContext } from '../../src/contract/memory.ts'
import {
  countriesMax,
  lifecycleEventsMax,
  sightingsMax,
  usesMax,
} from '../../src/contract/memory.ts'
import type { AskValues } from '../../src/contract/ports.ts'
import { detector as impossibleTravel } from '../../src/detect/detectors/impossible-travel.ts'
import { detector as newCountry } from '../../src/detect/detectors/new-country.ts'
import { detector as usedAfterRevoked } from '../../src/detect/detectors/used-after-revoked.ts'
import type { Recall, RecallOptions } from '../../src/recall/recall.ts'
import { makeRecall } from '../../src/recall/recall.ts'
import { idleMeter, settle } from '../given.ts'
import type { Happening } from '../journey/world.ts'
import { minute, refOf, second } from '../journey/world.ts'
import { eventsOf } from './judge.ts'

const whole: RecallOptions = {
  ask: () => Promise.reject(new Error('memory is whole: nothing is asked')),
  meter: idleMeter,
  grace: { endMs: 35 * second, expiryMs: 5 * second },
  subjectsMax: 100,
  sessionsMax: 100,
  storeIsEmpty: true,
  settled: async () => {},
}

/** A store that knows nothing, and what it was asked. */
function makeEmptyStore() {
  const asked: AskValues[] = []
  const ask: RecallOptions['ask'] = async (_, values = {}) => {
    asked.push(values)
    return []
  }
  return { asked, options: { ...whole, ask, storeIsEmpty: false } }
}

let batches = 0
const batchOf = (told: readonly Happening[], tenant = 'acme'): readonly EnrichedEvent[] => {
  batches += 1
  const named = told.map((each, index) => ({ ...each, id: `${batches} ${index}` }))
  return eventsOf(tenant, named)
}

/** What is seen of each event as it is shown, before memory learns it. */
async function hear<T>(
  recall: Recall,
  events: readonly EnrichedEvent[],
  look: (context: EventContext) => T,
): Promise<readonly T[]> {
  const seen: T[] = []
  for (const context of (await recall(events)).inOrder()) seen.push(look(context))
  return seen
}

const use = (at: number, more: Partial<Happening> = {}): Happening => ({
  at,
  type: 'session.used',
  session: 's1',
  subject: 'ada',
  ...more,
})

/** The same event seen from another place. */
const from = (event: EnrichedEvent | undefined, more: Partial<EnrichedEvent['place']>) => {
  if (!event) throw new TypeError('there is no such event')
  return { ...event, place: { ...event.place, ...more } }
}

describe('memory and its bounds', () => {
  it('keeps so many countries, says once that there were more, and is then no ground to judge', async () => {
    const recall = makeRecall(whole)
    const letters = 'ABCDEFGHIJKLMNOPQ'
    expect(letters.length).toBe(countriesMax + 1)
    const abroad = [...letters].map((letter, index) =>
      from(batchOf([use(index * minute, { from: 'warsaw' })])[0], { country: `A${letter}` }),
    )
    await hear(recall, abroad, () => undefined)
    const later = batchOf([
      use(60 * minute, { from: 'tokyo' }),
      use(61 * minute, { from: 'warsaw' }),
    ])
    const seen = await hear(recall, later, (context) => ({
      overflow: context.subject?.countries.overflow,
      sights: newCountry.inspect(context, defaultPolicy),
    }))
    expect(seen).toEqual([
      { overflow: true, sights: [] },
      { overflow: true, sights: [] },
    ])
  })

  it('judges a journey only where it knows the neighbours of an event', async () => {
    const recall = makeRecall(whole)
    const journeys = Array.from({ length: sightingsMax + 4 }, (_, index) =>
      use(index * 30 * minute, { from: index % 2 === 0 ? 'warsaw' : 'krakow' }),
    )
    await hear(recall, batchOf(journeys), () => undefined)
    const look = (context: EventContext) => ({
      overflow: context.subject?.sightingsOverflow,
      about: impossibleTravel.inspect(context, defaultPolicy).length,
    })
    const late = batchOf([use(15 * minute, { from: 'tokyo' })])
    expect(await hear(recall, late, look)).toEqual([{ overflow: true, about: 0 }])
    const now = batchOf([use(8 * 60 * minute, { from: 'tokyo' })])
    expect(await hear(recall, now, look)).toEqual([{ overflow: true, about: 1 }])
  })

  it('never takes back what came after the first end, however often the end is told', async () => {
    const recall = makeRecall(whole)
    const ends = Array.from({ length: lifecycleEventsMax + 3 }, (_, index) => ({
      ...use((20 + index) * minute),
      type: 'session.revoked' as const,
    }))
    const told = [
      { ...use(0), type: 'session.created' as const },
      { ...use(10 * minute), type: 'session.revoked' as const },
      use(12 * minute),
      ...ends,
      use(90 * minute),
    ]
    const seen = await hear(recall, batchOf(told), (context) =>
      usedAfterRevoked
        .inspect(context, defaultPolicy)
        .map(({ standing, at }) => ({ standing, at })),
    )
    expect(seen.flat().map(({ standing }) => standing)).toEqual([true])
    const [last] = await hear(recall, batchOf([use(91 * minute)]), ({ session }) => session)
    expect(last).toMatchObject({ lifecycleOverflow: true })
    expect(last?.ends).toHaveLength(lifecycleEventsMax)
  })

  it('keeps the last use of each outcome when there are too many of one', async () => {
    const recall = makeRecall(whole)
    const many = Array.from({ length: 3 * usesMax }, (_, index) =>
      use(10 * minute + index * second, { observer: 'application' }),
    )
    const told = [use(9 * minute, { outcome: 'refused' }), ...many, use(11 * minute)]
    const session = (await hear(recall, batchOf(told), (context) => context.session)).at(-1)
    expect(session?.uses).toHaveLength(usesMax)
    expect(session?.usesOverflow).toBe(true)
    expect(new Set(session?.uses.map(({ outcome }) => outcome))).toEqual(
      new Set(['accepted', 'refused']),
    )
  })
})

describe('an event that names no subject', () => {
  it('is its session’s: it is judged and kept as if it had said so', async () => {
    const recall = makeRecall(whole)
    const told = [
      use(0, { from: 'warsaw' }),
      use(minute, { subject: undefined, from: 'tokyo' }),
      use(2 * minute, { session: 's2', subject: undefined }),
      use(3 * minute),
    ]
    const seen = await hear(recall, batchOf(told), ({ event, subject }) => ({
      ref: event.subjectRef,
      countries: subject?.countries.seen.map(({ value }) => value),
    }))
    const ada = refOf('acme', 'ada')
    expect(seen).toEqual([
      { ref: ada, countries: [] },
      { ref: ada, countries: ['PL'] },
      { ref: '', countries: undefined },
      { ref: ada, countries: ['PL', 'JP'] },
    ])
  })

  it('finds its subject once anybody has named it', async () => {
    const recall = makeRecall(whole)
    const told = [
      use(0, { subject: undefined }),
      use(minute),
      use(2 * minute, { subject: undefined }),
    ]
    const refs = await hear(recall, batchOf(told), ({ event }) => event.subjectRef)
    expect(refs).toEqual(['', refOf('acme', 'ada'), refOf('acme', 'ada')])
  })

  it('does not take the subject of a session with the same id at another kind, instance or tenant', async () => {
    const recall = makeRecall(whole)
    await hear(recall, batchOf([use(0)]), () => undefined)
    const nameless = [use(minute, { kind: 'offline', subject: undefined })]
    const refs = [
      ...(await hear(recall, batchOf(nameless), ({ event }) => event.subjectRef)),
      ...(await hear(
        recall,
        batchOf([use(minute, { subject: undefined })], 'globex'),
        ({ event }) => event.subjectRef,
      )),
    ]
    expect(refs).toEqual(['', ''])
  })
})

describe('a recalled batch', () => {
  it('is closed only once its events were run through, and gives completed events and leaves its own as they were', async () => {
    const recall = makeRecall(whole)
    const events = batchOf([use(0), use(minute, { subject: undefined })])
    const recalled = await recall(events)
    expect(recalled.close).toThrow('every event to be run through')
    for (const _ of recalled.inOrder()) expect(recalled.close).toThrow(TypeError)
    const closed = recalled.close()
    const ada = refOf('acme', 'ada')
    expect(closed.events.map(({ event }) => event.subjectRef)).toEqual([ada, ada])
    expect(closed.contexts.map(({ subject }) => subject?.ref)).toEqual([ada, ada])
    expect(events.map(({ event }) => event.subjectRef)).toEqual([ada, ''])
  })
})

describe('what memory does not hold', () => {
  it('is asked with one query per tenant and batch, and never again', async () => {
    const store = makeEmptyStore()
    const recall = makeRecall(store.options)
    const events = ['acme', 'globex'].flatMap((tenant) =>
      batchOf(
        [use(0), use(1, { session: 's2' }), use(2, { subject: 'grace', session: 's3' })],
        tenant,
      ),
    )
    await hear(recall, events, () => undefined)
    expect(store.asked.map(({ tenant }) => tenant)).toEqual(['acme', 'globex'])
    expect(store.asked[0]).toMatchObject({ sessions: ['s1', 's2', 's3'] })
    await hear(
      recall,
      batchOf([use(3), use(4, { session: 's3', subject: 'grace' })]),
      () => undefined,
    )
    expect(store.asked).toHaveLength(2)
  })

  it('is asked in statements that are never longer than the engine takes', async () => {
    const store = makeEmptyStore()
    const recall = makeRecall(store.options)
    const long = Array.from({ length: 400 }, (_, index) =>
      use(index, { session: `${index}`.padEnd(250, '\u017c'), subject: `person ${index}` }),
    )
    await hear(recall, batchOf(long), () => undefined)
    const sizes = store.asked.map((values) => Buffer.byteLength(JSON.stringify(values)))
    expect(Math.max(...sizes)).toBeLessThan(240 * 1024)
    expect(store.asked.flatMap(({ sessions }) => sessions)).toHaveLength(400)
  })

  it('is not taken for nothing when the store could not be asked', async () => {
    const store = makeEmptyStore()
    let fails = true
    const away = new CurfewError('STORE_UNREACHABLE', 'away', { retry: true })
    const recall = makeRecall({
      ...store.options,
      ask: (sql, values) => (fails ? Promise.reject(away) : store.options.ask(sql, values)),
    })
    const events = batchOf([use(0)])
    await expect(recall(events)).rejects.toBe(away)
    fails = false
    await hear(recall, events, () => undefined)
    expect(store.asked).toHaveLength(1)
  })

  it('is only asked once the store can tell what memory has forgotten', async () => {
    const store = makeEmptyStore()
    const written = Promise.withResolvers<void>()
    const recall = makeRecall({
      ...store.options,
      subjectsMax: 1,
      sessionsMax: 1,
      storeIsEmpty: true,
      settled: () => written.promise,
    })
    const hearOf = (subject: string) =>
      hear(recall, batchOf([use(0, { subject, session: subject })]), () => undefined)
    await hearOf('ada')
    await hearOf('grace')
    // Now the first makes room, and what was told of her need not be in the store yet.
    const third = hearOf('edith')
    await settle()
    expect(store.asked).toEqual([])
    written.resolve()
    await third
    expect(store.asked).toHaveLength(1)
  })

  it('is never forgotten in the middle of the batch that needs it', async () => {
    const recall = makeRecall({ ...whole, subjectsMax: 1, sessionsMax: 1 })
    const people = ['ada', 'grace', 'edith', 'ada', 'grace', 'edith']
    const events = batchOf(people.map((subject, at) => use(at, { subject, session: subject })))
    const seen = await hear(recall, events, ({ session }) => session?.uses.length)
    expect(seen).toEqual([0, 0, 0, 1, 1, 1])
  })
})
