import { describe, expect, it } from 'vitest'
import { Feed } from '../../../src/simulate/idp/feed.ts'

const aFeed = (events: number, eventsMax: number) => {
  const feed = new Feed('f', eventsMax)
  const ids = Array.from(
    { length: events },
    (_, n) => feed.add({ occurredAt: n, type: 'session.used', session: { id: `s${n}` } }).id,
  )
  return { feed, ids }
}

describe('the feed', () => {
  it('can be read to its end in pages of any size, each event once and in order', () => {
    const { feed, ids } = aFeed(23, 100)
    for (const limit of [1, 5, 23, 100]) {
      const read: string[] = []
      for (;;) {
        const page = feed.after(read.at(-1) ?? '', limit) ?? []
        if (page.length === 0) break
        read.push(...page.map(({ id }) => id))
      }
      expect(read).toEqual(ids)
    }
  })

  it('keeps the youngest events, and their names, when it must forget', () => {
    const { feed, ids } = aFeed(95, 10)
    const kept = feed.after('', 100)?.map(({ id }) => id) ?? []

    expect(kept.length).toBeGreaterThanOrEqual(10)
    expect(kept.length).toBeLessThanOrEqual(20)
    expect(kept).toEqual(ids.slice(-kept.length))
    expect(feed.after(ids[90] ?? '', 100)?.map(({ id }) => id)).toEqual(ids.slice(91))
    expect(feed.after(ids[0] ?? '', 100)?.map(({ id }) => id)).toEqual(kept)
  })

  it('refuses a cursor that it never gave', () => {
    const { feed } = aFeed(3, 10)
    for (const cursor of ['evt_g_0000000001', 'evt_f_0000000003', 'evt_f_1', 'nonsense']) {
      expect(feed.after(cursor, 10)).toBeUndefined()
    }
  })
})
