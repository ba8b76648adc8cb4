import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Server } from '../../../src/show/route.ts'
import type { Store } from '../../../src/store/store.ts'
import { openTestStore } from '../../parts/store.ts'
import { writeCompany } from '../company.ts'
import { aServer, bearer } from '../server.ts'

let store: Store
let server: Server

beforeAll(async () => {
  store = await openTestStore()
  await writeCompany(store.append, 'acme')
  // The same contents found once more: a repeat is the same row, as it was found first.
  await store.append(
    'conflicts',
    (
      await store.ask('select * replace (toString(content_hash) as content_hash) from conflicts')
    ).map((row) => ({ ...row, found_at: '2026-12-24T00:00:00.000Z' })),
  )
  server = await aServer({ ask: store.ask })
})
afterAll(async () => {
  await server.close()
  await store.close()
})

async function get(query: string) {
  const answer = await server.inject({
    url: `/v1/conflicts${query}`,
    headers: bearer('analyst'),
  })
  const { items, next } = answer.json()
  return {
    next,
    contents: items.map(
      (item: { event_id: string; content_hash: string; stands: boolean }) =>
        `${item.event_id}: ${item.content_hash} ${item.stands ? 'stands' : 'does not'}`,
    ),
  }
}

const all = [
  'acme event 1: 12 stands',
  'acme event 1: 18446744073709551615 does not',
  'acme event 0: 11 does not',
  'acme event 0: 9 stands',
]

it('conflicts are shown youngest first, all contents of an event together, and which one stands', async () => {
  expect(await get('')).toEqual({ next: null, contents: all })
})

it('conflicts read in pages are the conflicts read at once', async () => {
  const contents = []
  for (let cursor = ''; ; ) {
    const page = await get(`?limit=1${cursor}`)
    contents.push(...page.contents)
    if (page.next === null) break
    cursor = `&cursor=${page.next}`
  }
  expect(contents).toEqual(all)
})

it('a content filtered by its source is still held against what came by others', async () => {
  expect((await get('?source=kafka:events')).contents).toEqual([all[1], all[2]])
  expect((await get('?instance=two')).contents).toEqual([])
})
