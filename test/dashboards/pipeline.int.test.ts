import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Choice } from './reckon.ts'
import { bucket, groupBy, inPlace, interpolated } from './reckon.ts'
import type { Stand } from './stand.ts'
import { at, month, openStand, queryAt, situationOf, world, worldEnd } from './stand.ts'
import type { EventRow } from './world.ts'

const hour = 3_600_000

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const panel = (id: number, choice: Choice) =>
  stand.run(queryAt(`curfew-pipeline/${id}`), situationOf(choice, hour))

const isWithin = (choice: Choice, time: string) =>
  at(time) >= choice.fromMs && at(time) <= choice.toMs
const received = (choice: Choice) =>
  inPlace(world.events, choice).filter((row) => isWithin(choice, row.received_at))
const rejected = (choice: Choice) =>
  inPlace(world.rejected, choice).filter((row) => isWithin(choice, row.received_at))
const distinct = (rows: readonly EventRow[]) => new Set(rows.map((row) => row.event_id)).size
const position = (row: (typeof world.rejected)[number]) =>
  [row.tenant, row.instance, row.source, row.partition, row.offset].join(' ')

const choices: readonly (readonly [string, Choice])[] = [
  ['everything', month],
  ['one instance', { ...month, tenant: ['acme'], instance: ['partner'] }],
  ['a tenant with a quote', { ...month, tenant: ["o'brien"] }],
  ['some hours', { ...month, fromMs: worldEnd - 10.5 * hour, toMs: worldEnd - 2 * hour }],
]

describe.each(choices)('the pipeline dashboard, for %s,', (_, choice) => {
  it.each([
    [1, 'source'],
    [2, 'type'],
  ] as const)('counts distinct events per second in panel %i, by %s', async (id, column) => {
    const groups = groupBy(
      received(choice),
      (row) => `${bucket(at(row.received_at), hour)} ${row[column]}`,
    )
    const expected = [...groups].map(([key, rows]) => [key, distinct(rows) / 3_600])
    const rows = await panel(id, choice)
    const told = rows.map((row) => [`${at(row.time)} ${row[column]}`, row.events_per_second])
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected))
  })

  it.each([
    [3, 'occurred_at'],
    [4, 'received_at'],
  ] as const)('shows the delay of live events in panel %i, since %s', async (id, since) => {
    const live = received(choice).filter((row) => row.lane === 'live')
    const groups = groupBy(live, (row) => String(bucket(at(row.recorded_at), hour)))
    const rows = await panel(id, choice)
    expect(rows.map((row) => at(row.time))).toEqual([...groups.keys()].map(Number).sort())
    for (const row of rows) {
      const delays = (groups.get(String(at(row.time))) ?? []).map(
        (event) => at(event.recorded_at) - at(event[since]),
      )
      expect(row.p50).toBeCloseTo(interpolated(delays, 0.5), 6)
      expect(row.p95).toBeCloseTo(interpolated(delays, 0.95), 6)
      expect(row.p99).toBeCloseTo(interpolated(delays, 0.99), 6)
    }
  })

  it('counts rejected messages, and their share of all', async () => {
    const positions = new Map(rejected(choice).map((row) => [position(row), row]))
    const groups = groupBy(
      [...positions.values()],
      (row) => `${bucket(at(row.received_at), hour)} ${row.reason}`,
    )
    const rows = await panel(5, choice)
    const told = rows.map((row) => [`${at(row.time)} ${row.reason}`, row.messages])
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries([...groups].map(([key, some]) => [key, some.length])),
    )
    const accepted = distinct(received(choice))
    expect(await panel(6, choice)).toEqual([
      { rejected_share: positions.size / (positions.size + accepted) },
    ])
  })

  it('keeps hit, miss and not evaluable apart', async () => {
    const events = received(choice)
    const count = (column: 'place_state' | 'network_state' | 'device_state', state: string) =>
      distinct(events.filter((row) => row[column] === state))
    const expected = (['device', 'network', 'place'] as const).map((lookUp) => ({
      look_up: lookUp,
      hit: count(`${lookUp}_state`, 'hit'),
      miss: count(`${lookUp}_state`, 'miss'),
      not_evaluable: count(`${lookUp}_state`, 'not_evaluable'),
      not_evaluable_share: count(`${lookUp}_state`, 'not_evaluable') / distinct(events),
    }))
    expect(await panel(20, choice)).toEqual(expected)
    const unknown = (await panel(21, choice)).reduce((sum, row) => sum + Number(row.events), 0)
    expect(unknown).toBe(
      expected.reduce((sum, { miss, not_evaluable }) => sum + miss + not_evaluable, 0),
    )
  })

  it('counts listings once, complete and not', async () => {
    const listings = inPlace(world.listings, choice).filter((row) =>
      isWithin(choice, row.finished_at),
    )
    const ids = (rows: readonly { readonly listing_id: string }[]) =>
      new Set(rows.map((row) => row.listing_id)).size
    const groups = groupBy(
      listings,
      (row) => `${bucket(at(row.finished_at), hour)} ${row.complete ? 'complete' : 'not complete'}`,
    )
    const rows = await panel(22, choice)
    expect(
      Object.fromEntries(rows.map((row) => [`${at(row.time)} ${row.completeness}`, row.listings])),
    ).toEqual(Object.fromEntries([...groups].map(([key, some]) => [key, ids(some)])))
    for (const row of await panel(23, choice)) {
      const own = listings.filter(
        (each) => each.tenant === row.tenant && each.instance === row.instance,
      )
      const complete = own.filter((each) => each.complete)
      expect(row.complete_listings).toBe(ids(complete))
      expect(row.incomplete_listings).toBe(ids(own) - ids(complete))
      expect(at(row.last_complete_at)).toBe(
        Math.max(...complete.map((each) => at(each.finished_at))),
      )
    }
  })

  it('finds events with two contents, and fields that nobody knows', async () => {
    const events = received(choice)
    const contents = groupBy(events, (row) => row.event_id)
    const conflicting = [...contents.values()].filter(
      (rows) => new Set(rows.map((row) => row.occurred_at)).size > 1,
    )
    const conflicts = await panel(30, choice)
    expect(conflicts.reduce((sum, row) => sum + Number(row.conflicts), 0)).toBe(conflicting.length)
    expect(conflicting.length).toBeGreaterThan(0)
    const unknown = events.filter((row) => row.unknown_fields > 0)
    const told = await panel(31, choice)
    expect(told.reduce((sum, row) => sum + Number(row.events), 0)).toBe(distinct(unknown))
    expect(Math.max(...told.map((row) => Number(row.unknown_fields_max)))).toBe(3)
  })
})
