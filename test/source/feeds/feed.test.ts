import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { FeedPage, FeedPlace, FeedPorts } from '../../../src/source/feeds/feed.ts'
import { openFeed } from '../../../src/source/feeds/feed.ts'
import { idleMeter, settle } from '../../given.ts'
import { binding, makeFeedPlay } from './feed-play.ts'

/** A stream of numbers, in pages of two; `to` says how many there are. */
function makeNumbers() {
  const numbers = { to: 0, failure: undefined as Error | undefined, asked: 0 }
  async function* pages(place: FeedPlace | null): AsyncGenerator<FeedPage> {
    for (let at = Number(place?.at ?? 0); ; at += 2) {
      numbers.asked += 1
      if (numbers.failure !== undefined) throw numbers.failure
      const count = Math.min(2, numbers.to - at)
      if (count <= 0) return
      const events = Array.from({ length: count }, (_, i) => ({ n: at + i }))
      yield { events, place: { at: at + count } }
    }
  }
  return { ...{ numbers }, pages }
}

let play: ReturnType<typeof makeFeedPlay>
let stream: ReturnType<typeof makeNumbers>
beforeEach(() => {
  play = makeFeedPlay(() => ({}))
  stream = makeNumbers()
})
afterEach(() => play.end())

const open = (ports: FeedPorts) =>
  openFeed({ id: 'feed:main', format: 'v1', binding, everyMs: 1_000, streams: [stream] }, ports)
const told = () => play.delivered.map(({ json }) => Reflect.get(Object(json), 'n'))

describe('a feed', () => {
  test('delivers what there is, then asks again every so often', async () => {
    stream.numbers.to = 3
    await play.live(open)
    expect(told()).toEqual([0, 1, 2])
    stream.numbers.to = 4
    await play.advance(999)
    expect(told()).toEqual([0, 1, 2])
    await play.advance(1)
    expect(told()).toEqual([0, 1, 2, 3])
    expect(play.batches[0]).toMatchObject({ source: 'feed:main', partition: 0, format: 'v1' })
  })

  test('asks for the next page only once the last is durable, and keeps its place only then', async () => {
    stream.numbers.to = 9
    play.faults.durable = false
    const begunAt = play.clock.now()
    await play.live(open)
    await play.advance(60_000)
    expect(told()).toEqual([0, 1])
    const kept = JSON.parse(play.cursors.get('acme/feed:main/0') ?? '')
    expect(kept).toEqual({ next: begunAt * 1_000, place: null })
  })

  test('after a crash goes on from what was durable, with everything marked until it caught up', async () => {
    stream.numbers.to = 4
    await play.live(open)
    play.faults.durable = false
    stream.numbers.to = 6
    await play.advance(1_000)
    play.faults.durable = true
    stream.numbers.to = 9
    await play.live(open)
    stream.numbers.to = 10
    await play.advance(1_000)
    expect(told()).toEqual([0, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9])
    const marked = play.delivered.filter(({ known }) => known).map(({ json }) => json)
    expect(marked).toMatchObject([0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ n })))
  })

  test('never gives one position to two events, however often it crashes', async () => {
    stream.numbers.to = 2
    play.faults.durable = false
    for (let crash = 0; crash < 4; crash += 1) await play.live(open)
    const positions = play.delivered.map(({ offset }) => offset)
    expect(positions).toHaveLength(8)
    expect(new Set(positions).size).toBe(8)
    expect([...positions].sort((a, b) => a - b)).toEqual(positions)
  })

  test('never gives a position again, even when its place was lost', async () => {
    stream.numbers.to = 3
    await play.live(open)
    await play.advance(1_000)
    play.cursors.clear()
    await play.live(open)
    play.cursors.set('acme/feed:main/0', 'unreadable')
    await play.advance(1_000)
    await play.live(open)
    const positions = play.delivered.map(({ offset }) => offset)
    expect(positions.length).toBeGreaterThanOrEqual(6)
    expect(new Set(positions).size).toBe(positions.length)
  })

  test('keeps its place again every day, so that it is not forgotten while nothing happens', async () => {
    const hour = 60 * 60_000
    stream.numbers.to = 1
    await play.live((ports) =>
      openFeed({ id: 'feed:main', format: 'v1', binding, everyMs: hour, streams: [stream] }, ports),
    )
    const kept = play.cursors.get('acme/feed:main/0')
    play.cursors.clear()
    await play.advance(23 * hour)
    expect(play.cursors.size).toBe(0)
    await play.advance(hour)
    expect(play.cursors.get('acme/feed:main/0')).toBe(kept)
  })

  test('delivers nothing more while its place cannot be kept', async () => {
    await play.live(open)
    play.faults.cursor = true
    stream.numbers.to = 9
    await play.advance(30_000)
    expect(told()).toEqual([0, 1])
    play.faults.cursor = false
    await play.advance(60_000)
    expect(told()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('whose cursor is unreadable is read anew, marked', async () => {
    stream.numbers.to = 1
    play.cursors.set('acme/feed:main/0', '{"next":-1}')
    await play.live(open)
    expect(play.delivered).toMatchObject([{ json: { n: 0 }, known: true }])
  })

  test('that fails is asked ever more slowly, up to once a minute, and goes on where it was', async () => {
    stream.numbers.failure = new Error('no answer')
    await play.live(open)
    await play.advance(1_000 + 2_000 + 4_000)
    expect(stream.numbers.asked).toBe(4)
    await play.advance(600_000)
    const { asked } = stream.numbers
    await play.advance(60_000)
    expect(stream.numbers.asked - asked).toBe(1)
    stream.numbers.failure = undefined
    stream.numbers.to = 1
    await play.advance(60_000)
    expect(told()).toEqual([0])
  })

  test('waits as long as it is asked to, but no longer than five minutes', async () => {
    const failWith = (retryAfterMs: number) => {
      stream.numbers.failure = new CurfewError('SOURCE_UNREACHABLE', 'busy', { retryAfterMs })
      stream.numbers.asked = 0
    }
    failWith(30_000)
    await play.live(open)
    await play.advance(29_999)
    expect(stream.numbers.asked).toBe(1)
    failWith(10 ** 9)
    await play.advance(1)
    await play.advance(299_999)
    expect(stream.numbers.asked).toBe(1)
    await play.advance(1)
    expect(stream.numbers.asked).toBe(2)
  })

  test('tells of its failure once a minute, and of its end', async () => {
    const lines: string[] = []
    const log = {
      debug() {},
      error() {},
      info: (_: object, text: string) => void lines.push(text),
      warn: (_: object, text: string) => void lines.push(text),
    }
    const stood: unknown[] = []
    const onIntakeHealth = (standing: object) => stood.push(standing)
    stream.numbers.failure = new Error('no answer')
    await play.live((ports) => open({ ...ports, log, onIntakeHealth }))
    await play.advance(125_000)
    expect(lines).toHaveLength(3)
    expect(stood.length).toBeGreaterThan(3)
    const error = stream.numbers.failure
    for (const each of stood) {
      expect(each).toEqual({ source: 'feed:main', isUp: false, binding, error })
    }
    stream.numbers.failure = undefined
    await play.advance(60_000)
    expect(lines.at(-1)).toBe('the feed is read again')
    expect(stood.at(-1)).toMatchObject({ source: 'feed:main', isUp: true, binding })
  })

  test('says with each page that it gets on, so that one that hangs is known by its silence', async () => {
    const words: string[] = []
    stream.numbers.to = 2
    await play.live((ports) =>
      open({
        ...ports,
        onReading: ({ withinMs }) => words.push(`reads, again within ${withinMs}`),
        onIntakeHealth: ({ isUp, withinMs }) => words.push(`up: ${isUp}, again within ${withinMs}`),
      }),
    )
    expect(words[0]).toBe('reads, again within 120000')
    expect(words.filter((word) => word.startsWith('reads')).length).toBeGreaterThan(1)
    expect(words.at(-1)).toBe('up: true, again within 121000')
  })

  test('goes on reading its other streams when one fails', async () => {
    const broken = makeNumbers()
    broken.numbers.failure = new Error('forbidden')
    stream.numbers.to = 2
    const ups: number[] = []
    const meter = { ...idleMeter, gauge: (_: string, value: number) => void ups.push(value) }
    await play.live((ports) =>
      openFeed(
        { id: 'feed:main', format: 'v1', binding, everyMs: 1_000, streams: [broken, stream] },
        { ...ports, meter },
      ),
    )
    expect(play.delivered).toMatchObject([{ partition: 1 }, { partition: 1 }])
    expect(ups).toEqual([0])
  })
})

describe('the end of a feed', () => {
  test('waits for the page that is underway, and keeps its place', async () => {
    stream.numbers.to = 9
    const begun = play.clock.now() * 1_000
    const durable = Promise.withResolvers<void>()
    const source = open(play.ports)
    const run = source.run(async () => ({ durable: durable.promise }))
    await settle()
    const closed = source.close()
    durable.resolve()
    await Promise.all([closed, run])
    expect(JSON.parse(play.cursors.get('acme/feed:main/0') ?? '')).toEqual({
      next: begun + 2,
      place: { at: 2 },
    })
  })

  test('does not come when a batch may be delivered again: it is, marked', async () => {
    stream.numbers.to = 1
    const source = await play.live(open)
    expect(play.delivered).toMatchObject([{ known: true }])
    await source.close()
    const known: boolean[] = []
    const away = new CurfewError('SOURCE_UNREACHABLE', 'the broker is away', { retry: true })
    const again = open(play.ports)
    const run = again.run(async (batch) => {
      known.push(batch.redelivered)
      return { durable: known.length === 1 ? Promise.reject(away) : batch.commit() }
    })
    await settle()
    stream.numbers.to = 2
    await play.advance(2_000)
    stream.numbers.to = 3
    await play.advance(1_000)
    await again.close()
    await run
    expect(known).toEqual([false, true, false])
  })

  test('comes when a batch fails for good, with that failure', async () => {
    stream.numbers.to = 1
    const failure = new Error('the store refused it')
    const run = open(play.ports).run(async () => ({ durable: Promise.reject(failure) }))
    await expect(run).rejects.toBe(failure)
  })
})
