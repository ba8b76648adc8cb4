import { describe, expect, it } from 'vitest'
import { Apart } from '../../src/enforce/apart.ts'
import { Changed } from '../../src/enforce/changed.ts'
import { Ledger } from '../../src/enforce/ledger.ts'
import { Pace } from '../../src/enforce/pace.ts'
import { makeReviewing } from '../../src/enforce/reviewing.ts'
import { Tallies } from '../../src/enforce/tally.ts'
import { makeTurns } from '../../src/enforce/turns.ts'
import { defaultPolicy } from '../../src/policy.ts'
import { makeClock, silentLog } from '../given.ts'

const name = { tenant: 'acme', instance: 'idp', sessionKind: 'online' } as const

/** Reviews of so many changed sessions, by a process whose term ends after so many pages. */
function given(sessions: number, pagesOfTerm: number) {
  const { clock } = makeClock()
  const ask = async () => []
  const apart = new Apart({ ask, clock, log: silentLog, onWork: () => {} })
  const pages: number[] = []
  const changed = new Changed()
  for (let at = 0; at < sessions; at += 1) changed.add({ ...name, sessionId: `s${at}` })
  const review = makeReviewing({
    ...{ clock, policy: defaultPolicy, changed, tell: async () => {} },
    isElected: () => pages.length < pagesOfTerm,
    ledger: new Ledger({
      ...{ ask, append: async () => {}, clock },
      tallies: new Tallies({ ask, clock }),
      apart,
    }),
    review: async (_tenant, _instance, some) => {
      pages.push(some.length)
      return []
    },
    apart,
    pace: new Pace({ clock }),
    orderTurns: makeTurns(),
  })
  return { review, pages, changed }
}

describe('a round of reviews', () => {
  it('begins no page once its process has lost its term, and keeps what it has not come to', async () => {
    const { review, pages, changed } = given(1_200, 1)
    expect(await review()).toEqual({ reviewed: 500, more: true, left: 700 })
    expect(pages).toEqual([500])
    expect(changed.size).toBe(700)
  })

  it('goes through all that changed otherwise', async () => {
    const { review, pages } = given(1_200, 9)
    expect(await review()).toEqual({ reviewed: 1_200, more: false, left: 0 })
    expect(pages).toEqual([500, 500, 200])
  })
})
