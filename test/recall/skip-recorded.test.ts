import { describe, expect, test } from 'vitest'
import { blankEvent } from '../../src/contract/event.ts'
import { identify } from '../../src/contract/identity.ts'
import type { Row } from '../../src/contract/ports.ts'
import type { Batch } from '../../src/contract/raw-message.ts'
import type { DecodedBatch } from '../../src/recall/recall.ts'
import { makeSkipRecorded } from '../../src/recall/skip-recorded.ts'

const binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
} as const

/** Messages from one position to another, as a source brings them after an assignment. */
function batchOf(first: number, last: number, given: Partial<Batch> = {}): Batch {
  const messages = Array.from({ length: last - first + 1 }, (_, at) => ({
    value: Buffer.from(String(first + at)),
    offset: first + at,
    receivedAt: 0,
  }))
  const { commit, ...rest } = { commit: async () => {}, ...given }
  const about = { source: 'kafka:events', partition: 0, format: 'v1', redelivered: true }
  return { ...about, binding, messages, commit, ...rest }
}

const idAt = (offset: number) => identify('event', String(offset))

/** What those messages tell: an event each. */
function toldIn({ messages }: Batch): DecodedBatch {
  const events = messages.map(({ offset }) => ({ ...blankEvent(), offset, id: idAt(offset) }))
  return { events, rejected: [] }
}

/** A store that holds some positions and counts how often it is asked. */
function storeWith(positions: readonly number[], nameAt = idAt) {
  const held = new Set(positions)
  const asked: { readonly first: number; readonly next: number }[] = []
  const since: unknown[] = []
  const ask = async (_sql: string, values: Readonly<Record<string, unknown>> = {}) => {
    const [first, next] = [Number(values.first), Number(values.next)]
    asked.push({ first, next })
    since.push(values.since)
    const here = [...held].filter((position) => position >= first)
    const recorded = here.filter((position) => position < next)
    const pairs = recorded.map((position) => [position, nameAt(position).slice(0, 16)])
    const rows: readonly Row[] = [
      { recorded: pairs, goes_on: here.length > recorded.length ? 1 : 0 },
    ]
    return rows
  }
  const skipRecorded = makeSkipRecorded(ask)
  const left = async (batch: Batch) =>
    (await skipRecorded(batch, toldIn(batch))).events.map(({ offset }) => offset)
  return { held, asked, since, left, skipRecorded }
}

const rejection = {
  tenant: 'acme',
  instance: 'main',
  source: 'kafka:events',
  partition: 0,
  receivedAt: 0,
  reason: 'implausible_time',
  detail: '',
  excerpt: '',
  digest: '',
  bytes: 0,
} as const

describe('what was recorded before', () => {
  test('is left out of a batch that may have been recorded', async () => {
    const { left } = storeWith([3, 4, 7])
    expect(await left(batchOf(2, 8))).toEqual([2, 5, 6, 8])
  })

  test('is no other event at the same position: a topic may have been made again', async () => {
    const { left } = storeWith([3, 4, 7], (offset) => identify('another', String(offset)))
    expect(await left(batchOf(2, 8))).toEqual([2, 3, 4, 5, 6, 7, 8])
  })

  test('is known by its position alone where it can be no event any more', async () => {
    const { skipRecorded } = storeWith([3], () => 'as it was told when it was new')
    const rejected = [2, 3, 4].map((offset) => ({ ...rejection, offset }))
    const told = await skipRecorded(batchOf(2, 4), { events: [], rejected })
    expect(told.rejected.map(({ offset }) => offset)).toEqual([2, 4])
  })

  test('is looked for among what was received since a day before the earliest event', async () => {
    const { skipRecorded, since } = storeWith([])
    const day = 24 * 60 * 60_000
    const events = [900 * day, 700 * day, 800 * day].map((occurredAt) => ({
      ...blankEvent(),
      occurredAt,
    }))
    await skipRecorded(batchOf(0, 2), { events, rejected: [] })
    await skipRecorded(batchOf(0, 2), { events: [], rejected: [] })
    expect(since).toEqual([699 * day, 0])
  })

  test('is not asked for when the source knows that the batch is new', async () => {
    const { left, asked } = storeWith([3])
    expect(await left(batchOf(2, 4, { redelivered: false }))).toEqual([2, 3, 4])
    expect(asked).toEqual([])
  })

  test('is asked for once during an assignment, as far as a source may run ahead', async () => {
    const { left, asked } = storeWith([11, 150_000])
    const assignment = {}
    expect(await left(batchOf(10, 12, { assignment }))).toEqual([10, 12])
    expect(await left(batchOf(13, 14, { assignment }))).toEqual([13, 14])
    expect(await left(batchOf(99_999, 100_009, { assignment }))).toHaveLength(11)
    expect(asked).toEqual([{ first: 10, next: 100_010 }])
    expect(await left(batchOf(149_999, 150_001, { assignment }))).toEqual([149_999, 150_001])
    expect(asked).toHaveLength(2)
  })

  test('is never asked for again once the store holds nothing further on', async () => {
    const { left, asked } = storeWith([11])
    const assignment = {}
    await left(batchOf(10, 12, { assignment }))
    expect(await left(batchOf(900_000, 900_001, { assignment }))).toEqual([900_000, 900_001])
    expect(asked).toHaveLength(1)
  })

  test('is asked for anew in another assignment, and for a batch without one', async () => {
    const { left, held } = storeWith([])
    expect(await left(batchOf(0, 1, { assignment: {} }))).toEqual([0, 1])
    held.add(1)
    expect(await left(batchOf(0, 1, { assignment: {} }))).toEqual([0])
    held.add(0)
    expect(await left(batchOf(0, 1))).toEqual([])
  })

  test('is asked for again when a batch begins before what was asked for', async () => {
    const { left, asked } = storeWith([1])
    const assignment = {}
    await left(batchOf(5, 6, { assignment }))
    expect(await left(batchOf(0, 2, { assignment }))).toEqual([0, 2])
    expect(asked).toHaveLength(2)
  })
})
