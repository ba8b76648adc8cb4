import { describe, expect, test } from 'vitest'
import { loadFolders } from '../../src/process/catalog.ts'
import { callable } from './every-connector.ts'
import type { Part, Play } from './provider-play.ts'
import { isListing } from './provider-play.ts'
import type { Answers } from './provider-stage.ts'
import { listOf, openStage } from './provider-stage.ts'

const plays = await loadFolders<Play>(import.meta.dirname, 'play')

const listing = callable.filter(({ id }) => plays.some((play) => play.id === id && isListing(play)))

/** What only describes a session in a list never decides whether the list can be used. */
describe.each(listing)('$title', ({ id, provider }) => {
  const play = plays.find((each) => each.id === id)
  if (play === undefined || !isListing(play)) throw new TypeError(`no play of ${id}`)
  const stage = (answers: { readonly [P in Part]?: Answers }) => openStage(provider, play, answers)
  const { target } = play
  const ids = [target.id, 'session-2']

  test('an endless user agent or address does not hide the other sessions', async () => {
    const long = 'x'.repeat(100_000)
    const { open } = stage({
      list: (url) => {
        const answer = play.list(url, ids.slice(0, 2), target.subjectId)
        const text = answer.text
          .replaceAll('192.0.2.7', long)
          .replaceAll('"user_agent":null', `"user_agent":"${long}"`)
        return { ...answer, text }
      },
    })
    const { sessions, complete } = await listOf(open, target.subjectId)
    expect([sessions.length, complete]).toEqual([2, true])
    for (const { ip, userAgent } of sessions) {
      expect(ip).toHaveLength(45)
      expect(userAgent.length).toBeLessThanOrEqual(1024)
    }
  })

  test('a time out of range or of another type does not hide any session', async () => {
    for (const odd of ['1e300', '8640000000000001', '"next week"', '-5', 'null', '{}']) {
      const { open } = stage({
        list: (url) => {
          const answer = play.list(url, ids.slice(0, 2), target.subjectId)
          const text = answer.text
            .replaceAll(JSON.stringify('2026-11-03T08:00:00.000Z'), odd)
            .replaceAll(String(Date.parse('2026-11-03T08:00:00.000Z')), odd)
          return { ...answer, text }
        },
      })
      const { sessions, complete } = await listOf(open, target.subjectId)
      expect([odd, sessions.length, complete]).toEqual([odd, 2, true])
      for (const { createdAt } of sessions) expect(createdAt).toBeNull()
    }
  })
})
