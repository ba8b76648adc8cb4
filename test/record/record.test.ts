import { describe, expect, it } from 'vitest'
import type { Cause } from '../../src/contract/cause.ts'
import type { Finding } from '../../src/contract/finding.ts'
import type { WorkDone } from '../../src/contract/work.ts'
import type { BatchRows as Batch } from '../../src/record/open-block.ts'
import { minute } from '../journey/world.ts'
import type { Write } from './fake-store.ts'
import { away, refused } from './fake-store.ts'
import { batch, events, flushMs, many, open, stateOf } from './recording.ts'

describe('a block', () => {
  it('is written once it has its rows, without waiting for its time', async () => {
    const { store, recorder } = open()
    const first = await recorder.record(batch(9))
    expect(await stateOf(first.durable)).toBe('pending')
    const second = await recorder.record(batch(1))
    expect(await stateOf(Promise.all([first.durable, second.durable]))).toBe('done')
    expect(store.count('events')).toBe(10)
  })

  it('is written once its events take so many bytes, however few they are', async () => {
    const { store, recorder } = open(undefined, { flushBytes: 4_000 })
    const long = events(2).map((each) => ({
      ...each,
      event: { ...each.event, userAgent: `${each.event.id} ${'long '.repeat(300)}` },
    }))
    const first = await recorder.record(batch(2))
    expect(await stateOf(first.durable)).toBe('pending')
    const second = await recorder.record(batch(0, { events: long }))
    expect(await stateOf(Promise.all([first.durable, second.durable]))).toBe('done')
    expect(store.count('events')).toBe(4)
  })

  it('takes no more while it has twice its bytes and the one before it is being written', async () => {
    const writing: (() => void)[] = []
    const hold = () => new Promise<void>((resolve) => writing.push(resolve))
    const { store, recorder } = open(hold, { flushRows: 60_000, flushBytes: 2_000 })
    await recorder.record(batch(20))
    await recorder.record(batch(40))
    const waiting = recorder.record(batch(1))
    expect(await stateOf(waiting)).toBe('pending')
    expect(store.writes).toEqual([])
    writing[0]?.()
    expect(await stateOf(waiting)).toBe('done')
    expect(store.count('events')).toBe(20)
  })

  it('is written once its time has come, counted from its first batch', async () => {
    const { store, time, recorder } = open()
    const { durable } = await recorder.record(batch(1))
    await time.advance(flushMs - 1)
    await recorder.record(batch(1))
    expect(store.writes).toEqual([])
    await time.advance(1)
    expect(await stateOf(durable)).toBe('done')
    expect(store.count('events')).toBe(2)
    await time.advance(10 * flushMs)
    expect(store.count('events')).toBe(2)
  })

  it('fills while the one before it is being written, and follows it at once when it is due', async () => {
    const writing: (() => void)[] = []
    const { store, time, recorder } = open(() => new Promise((resolve) => writing.push(resolve)))
    const first = await recorder.record(batch(10))
    const second = await recorder.record(batch(3))
    await time.advance(flushMs)
    expect(writing).toHaveLength(1)
    expect(store.writes).toEqual([])
    writing[0]?.()
    expect(await stateOf(first.durable)).toBe('done')
    // Its time ran out meanwhile, so nothing is waited for.
    expect(writing).toHaveLength(2)
    writing[1]?.()
    expect(await stateOf(second.durable)).toBe('done')
    expect(store.writes.map(({ count }) => count)).toEqual([10, 3])
  })

  it('has room for so many rows; with another one on its way the next batch waits', async () => {
    let letGo = () => {}
    const hold = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const { store, recorder } = open(() => hold, { flushRows: 60_000 })
    await recorder.record(batch(0, { events: many(60_000) }))
    await recorder.record(batch(0, { events: many(50_000) }))
    const third = recorder.record(batch(0, { events: many(20_000) }))
    expect(await stateOf(third)).toBe('pending')
    letGo()
    expect(await stateOf(third)).toBe('done')
    await recorder.close()
    expect(store.writes.map(({ count }) => count)).toEqual([60_000, 50_000, 20_000])
  })

  it('holds any batch, however large: what does not fit one insert goes in two', async () => {
    const { store, recorder } = open(undefined, { flushRows: 60_000 })
    const { durable } = await recorder.record(batch(0, { events: many(70_000) }))
    expect(await stateOf(durable)).toBe('done')
    expect(store.writes.map(({ count }) => count)).toEqual([65_535, 4_465])
  })

  it('is cut at the end of a month, since an insert is whole only within one', async () => {
    const { store, recorder } = open()
    const received = [
      '2026-10-31T23:59:59.999Z',
      '2026-11-01T00:00:00.000Z',
      '2026-10-31T12:00:00Z',
    ]
    const some = events(3).map((each, index) => ({
      ...each,
      event: { ...each.event, receivedAt: Date.parse(received[index] ?? '') },
    }))
    const { durable } = await recorder.record(batch(0, { events: some }))
    await recorder.close()
    await durable
    expect(store.writes).toEqual([
      { table: 'events', rows: [], count: 2 },
      { table: 'events', rows: [], count: 1 },
    ])
  })

  it('brings findings, causes and curfews before all that memory is fed by, and events last', async () => {
    const { store, recorder, causes } = open()
    const [event] = events(1)
    if (!event) throw new TypeError('there is an event')
    // Only the order is looked at here, so the nouns need not be whole.
    const finding = { findingId: 'f', at: 0, receivedAt: 0, facts: {}, asOf: null } as Finding
    const cause = { causeId: 'c', at: 0, receivedAt: 0 } as Cause
    const replaced = { causeId: 'c', at: 0 } as Batch['replaced'][number]
    const curfew = { causeAt: 0, deadlineAt: 0, detectedAt: 0 } as Batch['curfews'][number]
    const rejected = { receivedAt: 0 } as Batch['rejected'][number]
    const first = { ...event.event, subjectRef: 'ref', attribute: 'country', value: 'PL', at: 0 }
    const firstSight = { ...first, eventId: 'e' } as Batch['derivedFacts']['firstSights'][number]
    await recorder.record({
      events: [event],
      rejected: [rejected],
      findings: [finding],
      causes: [cause],
      replaced: [replaced],
      curfews: [curfew],
      derivedFacts: {
        edges: [{ ...event.event, edge: 'device', value: 'd1', at: 0 }],
        firstSights: [firstSight],
        names: [{ ...event.event, at: 0 }],
        signIns: [{ ...event.event, eventId: 'e', at: 0 }],
        entitlements: [
          { ...event.event, kind: 'roles', eventId: 'e', at: 0, held: ['admin'], begins: true },
        ],
      },
    })
    expect(causes).toEqual([])
    await recorder.close()
    expect(store.tables()).toEqual([
      'findings',
      'causes',
      'replaced_causes',
      'curfews',
      'identities',
      'subject_firsts',
      'session_edges',
      'sign_ins',
      'entitlements',
      'rejected',
      'events',
    ])
    expect(causes).toEqual([cause])
  })
})

describe('a store that is away', () => {
  it('is tried again for ever, in the same order, and nothing is lost', async () => {
    let fails = 25
    const works: WorkDone[] = []
    const onWork = (done: WorkDone) => void works.push(done)
    const obey = ({ table }: Write) => {
      if (table === 'events' && fails-- > 0) throw away
    }
    const { store, time, recorder } = open(obey, { onWork })
    const { durable } = await recorder.record(batch(10))
    const later = await recorder.record(batch(2))
    await time.advance(minute)
    expect(await stateOf(durable)).toBe('pending')
    const said = works.filter(({ isUnderway }) => !isUnderway)
    expect(said.map(({ work, error }) => [work, error])).toContainEqual(['recording', away])
    expect(said.at(-1)?.error).toBe(away)
    await time.advance(5 * minute)
    expect(works.at(-1)).toEqual({ work: 'recording', of: '' })
    expect(await stateOf(Promise.all([durable, later.durable]))).toBe('done')
    expect(store.writes.map(({ count }) => count)).toEqual([10, 2])
  })

  it('does not keep a process from ending, and then nothing counts as written', async () => {
    const { store, time, recorder } = open(() => {
      throw away
    })
    const { durable } = await recorder.record(batch(10))
    const { durable: behind } = await recorder.record(batch(1))
    const closed = recorder.close()
    expect(await stateOf(closed)).toBe('pending')
    await time.advance(5_000)
    expect(await stateOf(closed)).toBe('done')
    expect([await stateOf(durable), await stateOf(behind)]).toEqual(['failed', 'failed'])
    expect(store.writes).toEqual([])
  })
})

describe('a row that the store refuses', () => {
  it('is found and set aside, and all others are stored', async () => {
    const bad = new Set<string>()
    const { store, recorder } = open((write, block) => {
      const text = block?.toString('latin1') ?? ''
      if (write.table === 'events' && [...bad].some((id) => text.includes(id))) throw refused
    })
    const some = events(40)
    for (const at of [0, 17, 39]) bad.add(some[at]?.event.id ?? '')
    const { durable } = await recorder.record(batch(0, { events: some }))
    expect(await stateOf(durable)).toBe('done')
    expect(store.count('events')).toBe(37)
    const aside = store.writes
      .filter(({ table }) => table === 'rejected')
      .flatMap(({ rows }) => rows)
    expect(aside).toMatchObject([
      { reason: 'refused_by_store', offset: 0, tenant: 'acme', source: 'test' },
      { reason: 'refused_by_store', offset: 17 },
      { reason: 'refused_by_store', offset: 39 },
    ])
  })

  it('stops everything when no evidence is taken at all, since a position beyond it must not be committed', async () => {
    let refuses = true
    const { store, recorder } = open(({ table }: Write) => {
      if (table === 'findings' && refuses) throw refused
    })
    // The store is a fake that refuses it by its table, so it need not be whole.
    const finding = { findingId: 'f', at: 0, receivedAt: 0, facts: {}, asOf: null } as Finding
    const first = await recorder.record(batch(10, { findings: Array(8).fill(finding) }))
    const second = await recorder.record(batch(1))
    expect([await stateOf(first.durable), await stateOf(second.durable)]).toEqual([
      'failed',
      'failed',
    ])
    refuses = false
    await expect(recorder.record(batch(1))).rejects.toBe(refused)
    await expect(recorder.failed).rejects.toBe(refused)
    expect(store.writes).toEqual([])
  })
})

describe('what is settled', () => {
  it('is all that was recorded before it was asked, whether it was written or given up', async () => {
    const { time, recorder } = open()
    await recorder.settled()
    await recorder.record(batch(1))
    const settled = recorder.settled()
    expect(await stateOf(settled)).toBe('pending')
    await time.advance(flushMs)
    expect(await stateOf(settled)).toBe('done')
  })
})
