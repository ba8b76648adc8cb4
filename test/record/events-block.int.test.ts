import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import { eventColumns, makeEventsBlock } from '../../src/record/events-block.ts'
import { eventRow } from '../../src/record/rows.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'
import { enrichedEvents } from './event-arbitrary.ts'

let store: Store

beforeAll(async () => {
  store = await openTestStore()
  for (const twin of ['by_block', 'by_rows']) {
    const unordered = 'engine = MergeTree primary key tuple() order by tuple()'
    await store.askControl(`create table ${twin} as events ${unordered}`)
  }
})

afterAll(() => store.close())

const columns = [...eventColumns, 'content_hash', 'row_version'].join(', ')
const read = (table: string) => store.ask(`select ${columns} from ${table} order by ${columns}`)

async function bothWays(
  events: readonly EnrichedEvent[],
  block: ReturnType<typeof makeEventsBlock>,
) {
  for (const twin of ['by_block', 'by_rows']) await store.askControl(`truncate table ${twin}`)
  for (const event of events) block.push(event)
  expect(block.rows()).toBe(events.length)
  const middle = Math.floor(events.length / 2)
  if (middle > 0) await store.insertBlock('by_block', eventColumns, block.bytes(0, middle))
  await store.insertBlock('by_block', eventColumns, block.bytes(middle, events.length))
  block.clear()
  await store.append('by_rows', events.map(eventRow))
}

describe('the column block', () => {
  it('stores exactly what plain rows of the same events store', async () => {
    const block = makeEventsBlock()
    await fc.assert(
      fc.asyncProperty(enrichedEvents, async (events) => {
        await bothWays(events, block)
        expect(await read('by_block')).toEqual(await read('by_rows'))
      }),
      { numRuns: process.env.CURFEW_SOAK === undefined ? 40 : 1_000 },
    )
  })

  it('names every column of the table that has no default of its own', async () => {
    const rows = await store.ask(
      "select name from system.columns where table = 'events' and database = currentDatabase() and default_kind = '' order by name",
    )
    expect(rows.map((row) => row.name)).toEqual([...eventColumns].sort())
  })
})
