import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../src/config/policy.ts'
import { Counters } from '../../../src/enforce/orders/counters.ts'
import { OrderLog } from '../../../src/enforce/orders/order-log.ts'
import { ReviewQueue } from '../../../src/enforce/review/review-queue.ts'
import { makeReviewRounds } from '../../../src/enforce/review/review-rounds.ts'
import { Isolation } from '../../../src/enforce/scheduling/isolate.ts'
import { makeMutex } from '../../../src/enforce/scheduling/mutex.ts'
import { Pace } from '../../../src/enforce/scheduling/pace.ts'
import { makeClock, silentLog } from '../../given.ts'

const name = { tenant: 'acme', instance: 'idp', sessionKind: 'online' } as const

/** Reviews of so many changed sessions, by a process whose term ends after so many pages. */
function given(sessions: number, pagesOfTerm: number) {
  const { clock } = makeClock()
  const ask = async () => []
  const isolation = new Isolation({ ask, clock, log: silentLog, onWork: () => {} })
  const pages: number[] = []
  const reviewQueue = new ReviewQueue()
  for (let at = 0; at < sessions; at += 1) reviewQueue.add({ ...name, sessionId: `s${at}` })
  const review = makeReviewRounds({
    ...{ clock, policy: defaultPolicy, reviewQueue, notify: async () => {} },
    isElected: () => pages.length < pagesOfTerm,
    orderLog: new OrderLog({
      ...{ ask, append: async () => {}, clock },
      counters: new Counters({ ask, clock }),
      isolation,
    }),
    review: async (_tenant, _instance, some) => {
      pages.push(some.length)
      return []
    },
    isolation,
    pace: new Pace({ clock }),
    orderMutex: makeMutex(),
  })
  return { review, pages, reviewQueue }
}

describe('a round of reviews', () => {
  it('begins no page once its process has lost its term, and keeps what it has not come to', async () => {
    const { review, pages, reviewQueue } = given(1_200, 1)
    expect(await review()).toEqual({ reviewed: 500, more: true, left: 700 })
    expect(pages).toEqual([500])
    expect(reviewQueue.size).toBe(700)
  })

  it('goes through all that changed otherwise', async () => {
    const { review, pages } = given(1_200, 9)
    expect(await review()).toEqual({ reviewed: 1_200, more: false, left: 0 })
    expect(pages).toEqual([500, 500, 200])
  })
})
