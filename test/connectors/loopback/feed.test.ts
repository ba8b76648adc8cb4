import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLoopbackFeed } from '../../../src/connectors/loopback/feed.ts'
import type { FeedPorts } from '../../../src/source/feeds/feed.ts'
import type { Serve } from '../../source/feeds/feed-play.ts'
import { binding, makeFeedPlay } from '../../source/feeds/feed-play.ts'

/** A provider that tells the events it has, in pages of two; it forgets all when it is restarted. */
function makeProvider() {
  const provider = { ids: [] as string[] }
  const serve: Serve = ({ pathname, searchParams }, { headers }) => {
    if (headers?.authorization !== 'Bearer token') return { status: 401 }
    if (pathname !== '/idp/events') return { status: 404 }
    const after = searchParams.get('after')
    const index = after === null ? -1 : provider.ids.indexOf(after)
    if (after !== null && index === -1) return { status: 400, body: { error: 'invalid_cursor' } }
    const events = provider.ids.slice(index + 1, index + 3).map((id) => ({ version: 1, id }))
    return { body: { events, next: events.at(-1)?.id ?? after } }
  }
  return { provider, serve }
}

const open = (ports: FeedPorts) =>
  openLoopbackFeed({ baseUrl: 'http://127.0.0.1:4100/idp', token: 'token', binding }, ports)

let it: ReturnType<typeof makeProvider> & ReturnType<typeof makeFeedPlay>
beforeEach(() => {
  const made = makeProvider()
  it = { ...made, ...makeFeedPlay(made.serve) }
})
afterEach(() => it.end())
const told = () => it.delivered.map(({ json }) => String(Reflect.get(Object(json), 'id')))

test('tells every event once, in order, as soon as it is there', async () => {
  it.provider.ids = ['a', 'b', 'c']
  await it.live(open)
  expect(told()).toEqual(['a', 'b', 'c'])
  it.provider.ids.push('d')
  await it.advance(1_000)
  expect(told()).toEqual(['a', 'b', 'c', 'd'])
  expect(it.batches[0]).toMatchObject({ source: 'feed:main', format: 'session-event-v1' })
})

test('reads on after a restart of ours where it was', async () => {
  it.provider.ids = ['a', 'b']
  await it.live(open)
  it.provider.ids.push('c')
  await it.live(open)
  expect(it.delivered.map(({ known }) => known)).toEqual([true, true, true])
  expect(told()).toEqual(['a', 'b', 'c'])
})

test('reads anew, marked, what a provider tells that was restarted', async () => {
  it.provider.ids = ['a', 'b']
  await it.live(open)
  it.provider.ids = ['x']
  await it.advance(1_000)
  it.provider.ids = ['x', 'y']
  await it.advance(1_000)
  expect(told()).toEqual(['a', 'b', 'x', 'y'])
  expect(it.delivered.slice(2).map(({ known }) => known)).toEqual([true, false])
})
