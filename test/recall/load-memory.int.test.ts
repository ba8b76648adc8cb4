import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import type { EventContext, SessionMemory, SubjectMemory } from '../../src/contract/memory.ts'
import type { RecallOptions } from '../../src/recall/recall.ts'
import { makeRecall } from '../../src/recall/recall.ts'
import type { Store } from '../../src/store/store.ts'
import { idleMeter } from '../given.ts'
import { habits, histories } from '../journey/histories.ts'
import { inOrder, tenants, timeout, trials } from '../journey/play.ts'
import { emptyStore } from '../journey/read-store.ts'
import type { Happening, TestIngest, Told } from '../journey/world.ts'
import { bindingOf, minute, openTestIngest, second, start } from '../journey/world.ts'
import { openTestStore } from '../parts/store.ts'
import { eventsOf } from './judge.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const open = (more: Partial<RecallOptions>) =>
  makeRecall({
    ask: store.askRecall,
    meter: idleMeter,
    grace: { endMs: 35 * second, expiryMs: 5 * second },
    subjectsMax: 100,
    sessionsMax: 100,
    storeIsEmpty: false,
    settled: async () => {},
    ...more,
  })

async function momentsOf(recall: ReturnType<typeof open>, events: readonly EnrichedEvent[]) {
  const seen: unknown[] = []
  for (const context of (await recall(events)).inOrder()) seen.push(plain(context))
  return seen
}

/** What detectors may rest on. The store keeps degrees in 32 bits and no session of a first sight. */
function plain({ event, subject, session }: EventContext) {
  return {
    event: event.id,
    subject: subject && plainSubject(subject),
    session: session && {
      ...plainSession(session),
      // Whose it is may be taken from the event that asks.
      subjectRef: session.subjectRef || event.subjectRef,
    },
  }
}

function plainSubject(subject: SubjectMemory) {
  const firsts = (of: SubjectMemory['countries']) => ({
    overflow: of.overflow,
    seen: of.seen.map(({ value, at, eventId }) => `${value} ${at} ${eventId}`).sort(),
  })
  return {
    ref: subject.ref,
    countries: firsts(subject.countries),
    devices: firsts(subject.devices),
    networks: firsts(subject.networks),
    sightings: subject.sightings.map(({ latitude, longitude, ...each }) => ({
      ...each,
      latitude: Math.round((latitude ?? 0) * 1000),
      longitude: Math.round((longitude ?? 0) * 1000),
    })),
    sightingsOverflow: subject.sightingsOverflow,
    journeys: subject.journeys
      .map(({ places, first, lastAt, count }) => ({
        ...{ places, lastAt, count, at: first.at, ends: [first.fromEventId, first.toEventId] },
      }))
      .sort(
        (one, other) => one.at - other.at || (one.places.join() < other.places.join() ? -1 : 1),
      ),
    sessions: subject.sessions.map(({ kind, id }) => `${kind} ${id}`).sort(),
    sessionsOverflow: subject.sessionsOverflow,
  }
}

function plainSession(session: SessionMemory) {
  const use = (of: { readonly at: number; readonly eventId: string } | null) =>
    of && { at: of.at, eventId: of.eventId }
  const { afterEnd } = session
  return {
    id: `${session.kind} ${session.id}`,
    createdAt: session.createdAt,
    firstSeenAt: session.firstSeenAt,
    creations: session.creations,
    ends: session.ends,
    lifecycleOverflow: session.lifecycleOverflow,
    expiresAt: session.expiresAt,
    uses: session.uses,
    usesOverflow: session.usesOverflow,
    lastAccepted: use(session.lastAccepted),
    breach: use(afterEnd.breach),
    exposure: use(afterEnd.exposure),
    attempt: use(afterEnd.attempt),
    afterExpiry: use(session.afterExpiry),
  }
}

/** A use of every session that a history may have told of, some of them with nobody named. */
const probes: readonly Told[] = [
  { session: 's1', kind: 'online', subject: 'ada' },
  { session: 's1', kind: 'offline' },
  { session: 's2', kind: 'online' },
  { session: 's3', kind: 'agent', subject: 'grace' },
  { session: 's4', kind: 'online' },
].map((named, index): Told => {
  const at = 200 * minute + index
  return { type: 'session.used', at, id: `probe ${index}`, ...named } as Told
})

async function record(ingest: TestIngest, tenant: string, told: readonly Told[]) {
  await (await ingest.take(tenant, told)).durable
}

describe('memory that is rebuilt from the store', () => {
  it(
    'is the same as memory that never forgot',
    async () => {
      const any: fc.Arbitrary<readonly Happening[]> = fc.oneof(habits, histories)
      const all = fc.array(any, { minLength: tenants, maxLength: tenants })
      const law = fc.asyncProperty(all, async (each) => {
        await emptyStore(store)
        const ingest = await openTestIngest({ store })
        const whole = open({ storeIsEmpty: true })
        const expected: unknown[] = []
        for (const [index, history] of each.entries()) {
          const told = inOrder(history)
          await record(ingest, `acme${index}`, told)
          await momentsOf(whole, eventsOf(`acme${index}`, told))
          expected.push(...(await momentsOf(whole, eventsOf(`acme${index}`, probes))))
        }
        await ingest.close()
        const rebuilt = open({})
        // All tenants in one batch: each is asked about with one statement.
        const events = each.flatMap((_, index) => eventsOf(`acme${index}`, probes))
        expect(await momentsOf(rebuilt, events)).toEqual(expected)
      })
      await fc.assert(law, trials(4))
    },
    timeout,
  )

  it('holds no session that only a list told of: memory that never forgot had not heard of it', async () => {
    await emptyStore(store)
    const told = (id: string, at: number): Told => ({
      ...{ id, at, type: 'session.used', session: 's1', subject: 'ada' },
    })
    const ingest = await openTestIngest({ store })
    await record(ingest, 'acme', [told('first', 0)])
    await ingest.close()
    const [probe] = eventsOf('acme', [told('probe', minute)])
    const { instance = '', subjectRef: subject_ref = '' } = probe?.event ?? {}
    const named = { tenant: 'acme', instance, session_kind: 'online', session_id: 'listed' }
    const listed_at = new Date(start + minute).toISOString()
    await store.append('listed_sessions', [{ ...named, subject_ref, listing_id: 'l', listed_at }])
    const recalled = await open({})(eventsOf('acme', [told('probe', minute)]))
    const [context] = [...recalled.inOrder()]
    expect(context?.subject?.sessions.map(({ id }) => id)).toEqual(['s1'])
  })

  it('leaves sightings unread that no live event can be held against any more', async () => {
    await emptyStore(store)
    const day = 24 * 60 * minute
    const told = (id: string, at: number): Told => ({
      ...{ id, at, type: 'session.used', session: 's1', subject: 'ada', from: 'warsaw' },
    })
    const ingest = await openTestIngest({ store })
    const binding = bindingOf('acme', { lane: 'historical', mayAct: false })
    const past = [told('old', -33 * day), told('young', -31 * day)]
    await (await ingest.take('acme', past, { binding })).durable
    await ingest.close()
    const probe = eventsOf('acme', [told('probe', 0)])
    const history = probe.map((each) => ({
      ...each,
      event: { ...each.event, lane: 'historical' as const },
    }))
    const seenBy = async (events: readonly EnrichedEvent[]) => {
      const days: number[] = []
      for (const { subject } of (await open({})(events)).inOrder()) {
        days.push(...(subject?.sightings ?? []).map(({ at }) => Math.round((at - start) / day)))
      }
      return days
    }
    expect(await seenBy(probe)).toEqual([-31])
    expect(await seenBy(history)).toEqual([-33, -31])
  })

  it('knows when a session began that is older than what is folded of it', async () => {
    await emptyStore(store)
    const told = (id: string, at: number, type: Told['type']): Told => ({
      ...{ id, at, type, session: 's1', subject: 'ada' },
    })
    const ingest = await openTestIngest({ store })
    await record(ingest, 'acme', [told('born', 0, 'session.created')])
    await store.askControl('truncate table sessions')
    await record(ingest, 'acme', [told('used', minute, 'session.used')])
    await ingest.close()
    const probe = eventsOf('acme', [told('probe', 2 * minute, 'session.used')])
    const [context] = [...(await open({})(probe)).inOrder()]
    const born = eventsOf('acme', [told('born', 0, 'session.created')])[0]?.event.occurredAt
    expect(context?.session?.createdAt).toBe(born)
  })

  it('keeps in the store for another year what its people showed first', async () => {
    await emptyStore(store)
    const probe: Told = { id: 'p', at: 0, type: 'session.used', session: 's1', subject: 'ada' }
    const { instance = '', subjectRef = '' } = eventsOf('acme', [probe])[0]?.event ?? {}
    const ages = { AA: 199, BB: 201, CC: 399 }
    await store.append(
      'subject_firsts',
      Object.entries(ages).map(([value, days]) => ({
        ...{ tenant: 'acme', instance, subject_ref: subjectRef, attribute: 'country', value },
        first: ['2025-11-01 00:00:00.000', `first in ${value}`],
        updated_at: new Date(Date.now() - days * 24 * 60 * minute).toISOString(),
      })),
    )
    const ingest = await openTestIngest({ store })
    await record(ingest, 'acme', [probe])
    await ingest.close()
    const rows = await store.ask(
      `select value, toString(tupleElement(min(f.first), 2)) as first,
         max(f.updated_at) > now64(3) - interval 1 hour as is_fresh
       from subject_firsts as f where value in ('AA', 'BB', 'CC') group by value order by value`,
    )
    expect(rows).toEqual([
      { value: 'AA', first: 'first in AA', is_fresh: 0 },
      { value: 'BB', first: 'first in BB', is_fresh: 1 },
      { value: 'CC', first: 'first in CC', is_fresh: 1 },
    ])
  })

  it('is the same for more sessions of a batch than any subject may keep', async () => {
    await emptyStore(store)
    const many = Array.from(
      { length: 100 },
      (_, index): Told => ({
        id: `e${index}`,
        at: index * second,
        type: 'session.ended',
        session: `s${index}`,
      }),
    )
    const ingest = await openTestIngest({ store })
    await record(ingest, 'acme', many)
    await ingest.close()
    const again = many.map(
      (each): Told => ({
        ...each,
        id: `later ${each.id}`,
        type: 'session.used',
        at: each.at + minute,
      }),
    )
    const recalled = await open({})(eventsOf('acme', again))
    const ends = [...recalled.inOrder()].map(({ session }) => session?.ends.length)
    expect(ends).toEqual(many.map(() => 1))
  })

  it('takes in one statement what a whole batch of strangers brings', async () => {
    const people = Array.from(
      { length: 2_000 },
      (_, index): Told => ({
        id: `e${index}`,
        at: index,
        type: 'session.used',
        session: `0b0d3d6e-4f5a-4c7b-9a43-${String(index).padStart(12, '0')}`,
        subject: `person ${index}`,
      }),
    )
    let asked = 0
    const recall = open({
      ask: (sql, values) => {
        asked += 1
        return store.askRecall(sql, values)
      },
    })
    await recall(eventsOf('acme', people))
    expect(asked).toBe(1)
  })
})
