import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { Row } from '../../../src/contract/ports.ts'
import { makeAnswerRequests } from '../../../src/enforce/orders/operator-requests.ts'
import { fold, open } from '../../../src/enforce/orders/order.ts'
import type { Transition } from '../../../src/enforce/orders/order-log.ts'
import { Isolation } from '../../../src/enforce/scheduling/isolate.ts'
import { makeMutex } from '../../../src/enforce/scheduling/mutex.ts'
import { makeClock, silentLog } from '../../given.ts'
import { noon } from '../given-orders.ts'

const name = { tenant: 'acme', instance: 'idp', sessionKind: 'online', sessionId: 's1' } as const
const opened = fold(
  undefined,
  open(
    { ...name, incarnation: 0, orderId: 'o1', subjectRef: '', provider: 'idp' },
    { curfewIds: [], causeIds: [], reason: '' },
    { epoch: 1, at: noon },
  ),
)
const waiting = { ...opened, last: { ...opened.last, state: 'awaiting_approval' as const } }

const decision = (requestId: string, kind: string, at: number): Row => ({
  ...{ tenant: 'acme', instance: 'idp', request_id: requestId, kind, order_id: 'o1' },
  ...{ subject_ref: '', session_kind: '', session_id: '', principal: requestId },
  ...{ role: 'responder', reason: '', at_ms: at },
})

/** An order that waits for a person, in a ledger that refuses its first step. */
function given(order = waiting) {
  const time = makeClock()
  const moved: (string | undefined)[] = []
  let refusals = 1
  const news: Row[] = []
  const ask = async () => [...news]
  const orderLog = {
    reconcile: async () => {},
    get: () => (moved.length === 0 ? order : undefined),
    applyTransitions: async (moves: readonly Transition[]) => {
      if (moves.length > 0 && refusals > 0) {
        refusals -= 1
        throw new CurfewError('RECORD_DATA', 'as the test wants it')
      }
      for (const { by } of moves) moved.push(by[0]?.what)
      return []
    },
  }
  const isolation = new Isolation({ ask, clock: time.clock, log: silentLog, onWork: () => {} })
  const common = { ask, append: async () => {}, orderLog, isolation, orderMutex: makeMutex() }
  const answer = makeAnswerRequests({ ...common, clock: time.clock, log: silentLog })
  return { time, moved, news, isolation, answer }
}

describe('the first decision on an order', () => {
  it('is not overtaken by a later one while it rests', async () => {
    const { time, moved, news, isolation, answer } = given()
    news.push(decision('first', 'deny', noon))
    await answer(0)
    expect(moved).toEqual([])
    news.push(decision('second', 'approve', noon + 1))
    await answer(0)
    expect(moved).toEqual([])
    await time.advance(2_000)
    await isolation.retryDue()
    expect(moved).toEqual(['denied'])
  })

  it('leaves a later one to an order that waits for a person once more', async () => {
    const { time, moved, news, isolation, answer } = given()
    news.push(decision('first', 'approve', noon))
    await answer(0)
    await time.advance(2_000)
    await isolation.retryDue()
    expect(moved.splice(0)).toEqual(['approved'])
    news.push(decision('second', 'deny', noon + 1))
    await answer(0)
    expect(moved).toEqual(['denied'])
  })
})

describe('an approval that has had its effect', () => {
  it('does not count again for an order that waits once more, where one made later does', async () => {
    const { moved, news, answer, time, isolation } = given({ ...waiting, approvedAt: noon + 5 })
    news.push(decision('old', 'approve', noon))
    await answer(0)
    await time.advance(2_000)
    await isolation.retryDue()
    expect(moved).toEqual([])
    news.push(decision('new', 'approve', noon + 10))
    await answer(0)
    await time.advance(2_000)
    await isolation.retryDue()
    expect(moved).toEqual(['approved'])
  })
})
