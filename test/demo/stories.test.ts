import { describe, expect, it } from 'vitest'
import { CauseClass } from '../../src/contract/cause.ts'
import type { FoundCurfew } from '../../src/demo/evaluation.ts'
import { storiesOf } from '../../src/demo/stories.ts'

const names = new Map([
  ['ada', 'ada.grun41@example.com'],
  ['evil', 'eve\x1b[2J\nmallory@example.com'],
])

const curfew = (session: string, more: Partial<FoundCurfew> = {}): FoundCurfew => ({
  ...{ class: 'credential_reset', session, certain: true, verdict: 'kept', dead: true },
  ...{ diedAfterMs: 600, deadBy: 'E2', endedByUs: true, acknowledgedAt: 1_000 },
  ...{ subjectRef: 'ada', causeAt: 1_000 },
  ...more,
})

describe('the stories of a demo', () => {
  it('tell what happened to a person, how many sessions had to die, and when all were dead', () => {
    const own = [
      curfew('a'),
      curfew('b', { diedAfterMs: 1_250 }),
      curfew('c', { endedByUs: false }),
    ]
    expect(storiesOf(own, names, 5)).toEqual([
      "ada.grun41's password was reset; 3 sessions had to die, all dead in 1.3 s",
    ])
  })

  it('are told once all are dead, and of what Curfew ended', () => {
    expect(storiesOf([curfew('a'), curfew('b', { dead: false })], names, 5)).toEqual([])
    expect(storiesOf([curfew('a', { endedByUs: false })], names, 5)).toEqual([])
  })

  it('come newest first, no more than there is room for', () => {
    const own = [1, 3, 2].map((at) =>
      curfew(`s${at}`, { causeAt: at * 10_000, diedAfterMs: at * 100 }),
    )
    expect(storiesOf(own, names, 2).map((each) => each.slice(-5))).toEqual(['0.3 s', '0.2 s'])
  })

  it('have words for every class of causes, short enough for a terminal', () => {
    for (const { const: cause } of CauseClass.anyOf) {
      const own = [1, 2].map((at) => curfew(`s${at}`, { class: cause, subjectRef: 'long' }))
      const [story = ''] = storiesOf(own, new Map([['long', 'june.brook176@example.com']]), 1)
      expect(story).not.toContain(cause)
      expect(story.length).toBeLessThanOrEqual(78)
    }
  })

  it('show a name that came from outside as text that only shows itself', () => {
    const [story = ''] = storiesOf([curfew('a', { subjectRef: 'evil' })], names, 1)
    expect(story).toMatch(/^eve\[2J /)
  })
})
