import { describe, expect, it } from 'vitest'
import type { Row } from '../../../src/contract/ports.ts'
import { Counters } from '../../../src/enforce/orders/counters.ts'
import { OrderLog } from '../../../src/enforce/orders/order-log.ts'
import { Isolation } from '../../../src/enforce/scheduling/isolate.ts'
import { makeClock, silentLog } from '../../given.ts'
import { noon } from '../given-orders.ts'

const step: Row = {
  ...{ tenant: 'acme', instance: 'idp', order_id: 'o1', epoch: 1, seq: 0, state: 'queued' },
  ...{ at_ms: noon, session_kind: 'online', session_id: 's1', incarnation: 0, subject_ref: '' },
  ...{ curfew_ids: [], cause_ids: [], reason: '', attempt: 0, next_ms: null, provider: 'idp' },
  ...{ request_id: '', status: 0, also_ends: [], actor: 'curfew' },
}

describe('an order that a predecessor opened after this term began', () => {
  it('is carried on once it has been met, and not before it was read back', async () => {
    const { clock } = makeClock()
    const ask = async (sql: string): Promise<readonly Row[]> => {
      if (sql.includes('max(epoch)')) return [{ epoch: 1 }]
      return sql.includes('{ids:') ? [step] : []
    }
    const isolation = new Isolation({ ask, clock, log: silentLog, onWork: () => {} })
    const counters = new Counters({ ask: async () => [], clock })
    const orderLog = new OrderLog({ ask, append: async () => {}, clock, counters, isolation })
    await orderLog.rebuild()
    expect(orderLog.openCount).toBe(0)
    await orderLog.ordersOf('acme', 'idp', ['s1'])
    expect(orderLog.get('o1')).toBeUndefined()
    await orderLog.reconcile()
    expect(orderLog.get('o1')?.last.state).toBe('queued')
    expect(orderLog.open()).toHaveLength(1)
  })
})
