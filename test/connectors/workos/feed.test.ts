import { WorkOS } from '@workos-inc/node'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { workosEventTypes } from '../../../src/connectors/workos/event-types.ts'
import { openWorkosFeed } from '../../../src/connectors/workos/feed.ts'
import type { Unread } from '../../../src/contract/unread.ts'
import type { FeedPorts } from '../../../src/source/feeds/feed.ts'
import type { Serve } from '../../source/feeds/feed-play.ts'
import { binding, makeFeedPlay } from '../../source/feeds/feed-play.ts'

const dayMs = 24 * 60 * 60_000

interface Stored {
  readonly id: string
  readonly at: number
}

/** The Events API: one fixed order, the cursor is the id of the last event. */
function makeWorkos() {
  const stored: Stored[] = []
  const given = {
    ...{ pageMax: 100, statuses: [] as number[], retryAfter: '7', forgotten: 0 },
    refuses: [] as string[],
    refusal: 400,
  }
  const serve: Serve = (url, { headers }) => {
    const status = given.statuses.shift()
    if (status !== undefined) return { status, headers: { 'retry-after': given.retryAfter } }
    if (headers?.authorization !== 'Bearer sk_test_only') return { status: 401 }
    const query = url.searchParams
    const unknown = query
      .get('events')
      ?.split(',')
      .find((type) => given.refuses.includes(type))
    if (unknown !== undefined) {
      const message = `Invalid name parameter, received: '${unknown}'. You must pass in valid event names`
      const named = { message, code: 'invalid_events_request' }
      return { status: given.refusal, body: given.refusal === 400 ? named : 'Unprocessable' }
    }
    const after = query.get('after')
    const index = after === null ? -1 : stored.findIndex(({ id }) => id === after)
    if (after !== null && index < given.forgotten) return { status: 400, body: { message: 'gone' } }
    const start = Date.parse(query.get('range_start') ?? '1970-01-01')
    const rest = stored.slice(Math.max(index + 1, given.forgotten)).filter(({ at }) => at >= start)
    const page = rest.slice(0, Math.min(given.pageMax, Number(query.get('limit'))))
    const last = rest.length > page.length ? page.at(-1)?.id : null
    return {
      body: {
        object: 'list',
        data: page.map(({ id, at }) => ({
          object: 'event',
          id,
          event: 'session.created',
          created_at: new Date(at).toISOString(),
          data: {},
        })),
        list_metadata: { after: last ?? null },
      },
    }
  }
  return { stored, given, serve }
}

function makeCase() {
  const workos = makeWorkos()
  const play = makeFeedPlay(workos.serve)
  const settings = { apiKey: 'sk_test_only', everyMs: 1_000, binding }
  const unread: Unread[] = []
  const onUnread = (each: Unread) => void unread.push(each)
  const open = (ports: FeedPorts) => openWorkosFeed(settings, { ...ports, onUnread })
  const store = (id: string, ago = 0) => workos.stored.push({ id, at: play.clock.now() - ago })
  const told = () => play.delivered.map(({ json }) => String(Reflect.get(Object(json), 'id')))
  return { ...play, ...workos, store, told, unread, start: () => play.live(open) }
}

let it: ReturnType<typeof makeCase>
beforeEach(() => {
  it = makeCase()
})
afterEach(() => it.end())

describe('the feed of WorkOS', () => {
  test('tells events as a webhook would, with the same ids, page after page', async () => {
    it.given.pageMax = 2
    for (let n = 0; n < 5; n += 1) it.store(`event_${n}`)
    await it.start()
    expect(it.told()).toEqual(['event_0', 'event_1', 'event_2', 'event_3', 'event_4'])
    expect(it.batches.map(({ messages }) => messages.length)).toEqual([2, 2, 1])
    expect(it.batches[0]).toMatchObject({ source: 'feed:main', partition: 0, format: 'workos' })
  })

  test('asks for what the format reads, oldest first, and begins a day back', async () => {
    it.store('event_0', dayMs + 1)
    it.store('event_1', dayMs)
    await it.start()
    expect(it.told()).toEqual(['event_1'])
    const [first = ''] = it.urls
    const query = new URL(first).searchParams
    expect(query.get('events')?.split(',')).toEqual(workosEventTypes.read)
    expect([query.get('limit'), query.get('order'), query.get('after')]).toEqual([
      '100',
      'asc',
      null,
    ])
  })

  test('reads on behind the last event it told, also after a restart', async () => {
    it.store('event_0')
    await it.start()
    it.store('event_1')
    await it.advance(1_000)
    it.store('event_2')
    await it.start()
    expect(it.told()).toEqual(['event_0', 'event_1', 'event_2'])
    expect(it.urls.at(-1)).toContain('after=event_1')
    expect(it.urls.at(-1)).not.toContain('range_start')
  })

  test('reads on by time, marked, when WorkOS does not know the last event any more', async () => {
    it.store('event_0')
    await it.start()
    it.store('event_1')
    it.given.forgotten = 1
    await it.advance(1_000)
    expect(it.delivered.slice(1)).toMatchObject([{ json: { id: 'event_1' }, known: true }])
  })

  test.each([
    [400, 'names', 'agent.instance.session.created'],
    [422, 'does not name', 'agent.instance.session.created'],
    [400, 'names', 'session.created'],
  ])('answered %d reads on without the type that WorkOS %s, %s, and says so', async (...row) => {
    const [status, , type] = row
    it.given.refuses = [type, 'api_key.revoked']
    it.given.refusal = status
    it.store('event_0')
    await it.start()
    it.store('event_1')
    await it.advance(1_000)
    expect(it.told()).toEqual(['event_0', 'event_1'])
    const asked = new URL(it.urls.at(-1) ?? '').searchParams.get('events')?.split(',')
    expect(asked).toEqual(workosEventTypes.read.filter((each) => !it.given.refuses.includes(each)))
    const said = it.unread.map(({ name, why, lack, source }) => [name, why, lack, source])
    const each = (name: string) => [name, 'incomplete', 'event_types', 'feed:main']
    expect(said.sort()).toEqual([each(type), each('api_key.revoked')].sort())
  })

  test('reads on where a type is refused that was known before', async () => {
    it.store('event_0')
    await it.start()
    it.given.refuses = ['user.deleted']
    it.given.refusal = 422
    it.store('event_1')
    await it.advance(1_000)
    expect(it.told()).toEqual(['event_0', 'event_1'])
    expect(it.unread.map(({ name }) => name)).toEqual(['user.deleted'])
  })

  test('waits as long as WorkOS asks when it is too busy', async () => {
    it.given.statuses = [429]
    it.store('event_0')
    await it.start()
    await it.advance(6_999)
    expect(it.told()).toEqual([])
    await it.advance(1)
    expect(it.told()).toEqual(['event_0'])
    it.given.statuses = [429]
    it.given.retryAfter = new Date(it.clock.now() + 20_000).toUTCString()
    it.store('event_1')
    await it.advance(19_000)
    expect(it.told()).toHaveLength(1)
    await it.advance(2_000)
    expect(it.told()).toHaveLength(2)
  })

  test('loses and repeats nothing, whatever the pages, faults and crashes', async () => {
    const second = fc.record({
      events: fc.integer({ min: 0, max: 5 }),
      status: fc.constantFrom(undefined, undefined, undefined, 500, 429),
      crashes: fc.integer({ min: 0, max: 6 }).map((n) => n === 0),
    })
    const pageMax = fc.integer({ min: 1, max: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(second, { maxLength: 15 }), pageMax, async (seconds, pageMax) => {
        const run = makeCase()
        run.given.pageMax = pageMax
        run.given.retryAfter = '1'
        await run.start()
        for (const { events, status, crashes } of seconds) {
          for (let n = 0; n < events; n += 1) run.store(`event_${run.stored.length}`)
          run.given.statuses = status === undefined ? [] : [status]
          if (crashes) await run.start()
          await run.advance(1_000)
        }
        await run.advance(130_000)
        await run.end()
        expect(run.told()).toEqual(run.stored.map(({ id }) => id))
      }),
      { numRuns: 40 },
    )
  })
})

test("WorkOS's own library asks for events as we do", async () => {
  let asked = ''
  const fetchFn: typeof fetch = async (input) => {
    asked = String(input instanceof Request ? input.url : input)
    return Response.json({ object: 'list', data: [], list_metadata: {} })
  }
  const workos = new WorkOS('sk_test_only', { fetchFn })
  await workos.events.listEvents({ events: ['session.created', 'user.deleted'], after: 'event_0' })
  const query = new URL(asked).searchParams
  expect([query.get('events'), query.get('after')]).toEqual([
    'session.created,user.deleted',
    'event_0',
  ])
})
