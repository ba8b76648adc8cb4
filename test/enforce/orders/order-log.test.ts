import { describe, expect, it } from 'vitest'
import type { Row } from '../../../src/contract/ports.ts'
import { Tallies } from '../../../src/enforce/orders/counters.ts'
import { Ledger } from '../../../src/enforce/orders/order-log.ts'
import { Apart } from '../../../src/enforce/scheduling/isolate.ts'
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
    const apart = new Apart({ ask, clock, log: silentLog, onWork: () => {} })
    const tallies = new Tallies({ ask: async () => [], clock })
    const ledger = new Ledger({ ask, append: async () => {}, clock, tallies, apart })
    await ledger.rebuild()
    expect(ledger.openCount).toBe(0)
    await ledger.ordersOf('acme', 'idp', ['s1'])
    expect(ledger.get('o1')).toBeUndefined()
    await ledger.reconcile()
    expect(ledger.get('o1')?.last.state).toBe('queued')
    expect(ledger.open()).toHaveLength(1)
  })
})
