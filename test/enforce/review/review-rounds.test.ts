import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../src/config/policy.ts'
import { Tallies } from '../../../src/enforce/orders/counters.ts'
import { Ledger } from '../../../src/enforce/orders/order-log.ts'
import { Changed } from '../../../src/enforce/review/review-queue.ts'
import { makeReviewing } from '../../../src/enforce/review/review-rounds.ts'
import { Apart } from '../../../src/enforce/scheduling/isolate.ts'
import { Pace } from '../../../src/enforce/scheduling/pace.ts'
import { makeTurns } from '../../../src/enforce/scheduling/turns.ts'
import { makeClock, silentLog } from '../../given.ts'

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
