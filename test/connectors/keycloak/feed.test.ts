import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeycloakFeedSettings } from '../../../src/connectors/keycloak/feed.ts'
import { openKeycloakFeed } from '../../../src/connectors/keycloak/feed.ts'
import type { FeedPorts } from '../../../src/source/feeds/feed.ts'
import { binding, makeFeedPlay } from '../../source/feeds/feed-play.ts'
import { FakeKeycloak } from './fake-keycloak.ts'

const settings: KeycloakFeedSettings = {
  baseUrl: 'https://sso.example.com',
  realm: 'staff of a',
  clientId: 'curfew',
  clientSecret: 'hush',
  everyMs: 1_000,
  overlapMs: 2_000,
  binding,
}

function makeCase(more: Partial<KeycloakFeedSettings> = {}) {
  const later: { now: () => number } = { now: () => 0 }
  const keycloak = new FakeKeycloak(() => later.now())
  const play = makeFeedPlay(keycloak.serve)
  later.now = play.clock.now
  const store = (n: number, more: { ago?: number; lateMs?: number } = {}) =>
    keycloak.stored.events.push({
      n,
      time: keycloak.now - (more.ago ?? 0) - (more.lateMs ?? 0),
      visibleAt: play.clock.now(),
    })
  const open = (ports: FeedPorts) => openKeycloakFeed({ ...settings, ...more }, ports)
  const told = () => play.delivered.map(({ json }) => numberOf(json))
  return { ...play, keycloak, store, told, start: () => play.live(open) }
}

function numberOf(json: unknown): number {
  const event = Reflect.get(Object(json), 'event')
  return Number(Reflect.get(Object(Reflect.get(Object(event), 'details')), 'n'))
}

let it: ReturnType<typeof makeCase>
beforeEach(() => {
  it = makeCase()
})
afterEach(() => it.end())

describe('the feed of Keycloak', () => {
  test('tells what administrators did before what users did, each wrapped and in a partition of its own', async () => {
    it.store(1)
    it.keycloak.stored['admin-events'].push({ n: 2, time: it.keycloak.now, visibleAt: 0 })
    await it.start()
    const event = { time: it.keycloak.now, type: 'LOGIN' }
    expect(it.delivered).toMatchObject([
      { partition: 1, json: { kind: 'admin_event', realm: 'staff of a', event } },
      { partition: 0, json: { kind: 'user_event', realm: 'staff of a', event } },
    ])
    expect(it.batches[0]).toMatchObject({ source: 'feed:main', format: 'keycloak' })
  })

  test('begins a day back, and never tells what it told', async () => {
    it.store(1, { ago: 24 * 60 * 60_000 + 1 })
    it.store(2, { ago: 24 * 60 * 60_000 })
    await it.start()
    await it.advance(10_000)
    expect(it.told()).toEqual([2])
  })

  test('tells an event that shows up late, within the overlap and not beyond', async () => {
    await it.start()
    it.store(1)
    await it.advance(1_000)
    it.store(2, { lateMs: 3_000 })
    it.store(3, { lateMs: 4_001 })
    await it.advance(1_000)
    expect(it.told()).toEqual([1, 2])
  })

  test('takes the time from Keycloak alone, however wrong either clock is', async () => {
    for (const skewMs of [-6 * 60 * 60_000, 6 * 60 * 60_000]) {
      const off = makeCase()
      off.keycloak.skewMs = skewMs
      off.store(1)
      await off.start()
      for (const n of [2, 3, 4]) {
        off.store(n)
        await off.advance(1_000)
      }
      expect(off.told()).toEqual([1, 2, 3, 4])
      await off.end()
    }
  })

  test.each([5_000, 10 * 60_000])(
    'misses nothing when the clock of Keycloak is set back by %d ms, and marks what it tells again',
    async (byMs) => {
      await it.start()
      for (let n = 0; n < 40; n += 1) {
        if (n === 36) it.keycloak.skewMs -= byMs
        it.store(n)
        await it.advance(n < 35 ? 20_000 : 1_000)
      }
      expect([...new Set(it.told())]).toEqual(Array.from({ length: 40 }, (_, n) => n))
      const again = it.delivered.filter(({ json }, at) => it.told().indexOf(numberOf(json)) < at)
      expect(again.every(({ known }) => known)).toBe(true)
      expect(again.length).toBeLessThan(40)
    },
  )

  test('fetches a new token before the old one ends, and at once when it is refused', async () => {
    await it.start()
    await it.advance(45_000)
    expect(it.keycloak.tokens).toBe(1)
    await it.advance(15_000)
    expect(it.keycloak.tokens).toBe(2)
    it.keycloak.revokeTokens()
    it.store(1)
    await it.advance(1_000)
    expect([it.keycloak.tokens, ...it.told()]).toEqual([3, 1])
  })

  test('asks for fewer events when an answer is too large to be taken', async () => {
    for (let n = 0; n < 20; n += 1) it.store(n, { ago: 20 - n })
    it.keycloak.bodyEventsMax = 7
    await it.start()
    await it.advance(5_000)
    expect(it.told()).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  test('tells events in the same millisecond, even more of them than a page holds', async () => {
    it.keycloak.pageMax = 2
    for (let n = 0; n < 7; n += 1) it.store(n)
    await it.start()
    expect(it.told()).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})

describe('a Keycloak that cannot be read', () => {
  const reasons: string[] = []
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (fields: object) => void reasons.push(String(Reflect.get(fields, 'reason'))),
  }
  const reasonOf = async (more: Partial<KeycloakFeedSettings> = {}) => {
    reasons.length = 0
    await it.live((ports) => openKeycloakFeed({ ...settings, ...more }, { ...ports, log }))
    return reasons.join()
  }

  test('because the secret is wrong is told without the secret', async () => {
    const reason = await reasonOf({ clientSecret: 'wrong-secret' })
    expect(reason).toContain('Check the id and secret')
    expect(reason).not.toContain('wrong-secret')
  })

  test('because the realm or a role is missing is told so', async () => {
    expect(await reasonOf({ realm: 'other' })).toContain('name of the realm')
    it.keycloak.statuses = [200, 403, 200, 403]
    expect(await reasonOf()).toContain('view-events')
  })

  test('because it is too old to sort ascending is told so, and nothing is taken', async () => {
    it.keycloak.ignoresDirection = true
    it.store(1, { ago: 5 })
    it.store(2)
    expect(await reasonOf()).toContain('26.2 or later')
    expect(it.told()).toEqual([])
  })

  test('because its answer has another shape is told so', async () => {
    const odd = makeFeedPlay(() => ({ body: '<html>' }))
    reasons.length = 0
    await odd.live((ports) => openKeycloakFeed(settings, { ...ports, log }))
    expect(reasons.join()).toContain('another shape')
    await odd.end()
  })
})

/** What happens in one second of a realm. */
const second = fc.record({
  events: fc.array(
    fc.record({
      // Several may share a millisecond, and none need come in order.
      atMs: fc.constantFrom(0, 1, 500, 500, 999),
      lateShare: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 6 },
  ),
  fails: fc.integer({ min: 0, max: 9 }).map((n) => (n === 0 ? 1 : 0)),
  crashes: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
})

test('no event is lost, and none is told twice in one life or unmarked in the next', async () => {
  const shape = fc.record({
    seconds: fc.array(second, { minLength: 3, maxLength: 15 }),
    pageMax: fc.integer({ min: 1, max: 7 }),
    everyMs: fc.constantFrom(300, 1_000, 3_700),
    overlapMs: fc.constantFrom(1, 700, 5_000),
    skewMs: fc.constantFrom(0, -90_000, 90_000),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ seconds, pageMax, everyMs, overlapMs, skewMs }) => {
      const run = makeCase({ everyMs, overlapMs })
      run.keycloak.pageMax = pageMax
      run.keycloak.skewMs = skewMs
      const { events } = run.keycloak.stored
      await run.start()
      for (const { events: happening, fails, crashes } of seconds) {
        const now = run.clock.now()
        for (const { atMs, lateShare } of happening) {
          const visibleAt = now + atMs + Math.floor(lateShare * overlapMs)
          events.push({ n: events.length, time: now + atMs + skewMs, visibleAt })
        }
        run.faults.unreachable = fails
        if (crashes) await run.start()
        await run.advance(1_000)
      }
      run.faults.unreachable = 0
      await run.advance(overlapMs + 130_000)
      await run.end()
      expect(new Set(run.told())).toEqual(new Set(events.map(({ n }) => n)))
      const lives = new Map<number, number>()
      for (const { json, life, known } of run.delivered) {
        const before = lives.get(numberOf(json))
        expect(before).not.toBe(life)
        expect(before === undefined || known).toBe(true)
        lives.set(numberOf(json), life)
      }
    }),
    { numRuns: 60 },
  )
})
