import { describe, expect, it } from 'vitest'
import type { Batch } from '../../src/contract/raw-message.ts'
import type { UnusableField } from '../../src/health/unusable-fields.ts'
import { watchUnusableFields } from '../../src/health/unusable-fields.ts'
import { openMetrics } from '../../src/show/metrics/metrics.ts'
import { aBatch, aDecode, aMessage, anEventV1 } from '../decode/given.ts'
import { silentLog } from '../given.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** A watch over real decoding: `hear` hands it events of which some have an address that is none. */
function aWatch() {
  let at = Date.UTC(2026, 10, 3)
  const told: UnusableField[] = []
  const { meter, text } = openMetrics()
  const note = watchUnusableFields({
    now: () => at,
    meter,
    log: silentLog,
    notify: (leftOut) => told.push(leftOut),
  })
  const decode = aDecode()
  const hear = (odd: number, fine: number, more: Partial<Batch> = {}) => {
    const messages = Array.from({ length: odd + fine }, (_, index) =>
      aMessage(anEventV1({ id: `e${index}`, ip: index < odd ? 'unknown' : '203.0.113.9' })),
    )
    const batch = aBatch(messages, more)
    note(batch, decode(batch))
  }
  const pass = (ms: number) => {
    at += ms
  }
  return { hear, pass, told, text }
}

describe('a field that a source fills with what cannot be used', () => {
  it('is counted by source and field', async () => {
    const { hear, text } = aWatch()
    hear(3, 1)
    hear(2, 0)
    hear(1, 0, { source: 'intake:events' })
    const page = await text()
    expect(page).toContain(
      'curfew_decode_fields_left_out_total{source="kafka:sessions",field="ip"} 5',
    )
    expect(page).toContain(
      'curfew_decode_fields_left_out_total{source="intake:events",field="ip"} 1',
    )
  })

  it('is told of once it is so in a tenth of the events of ten minutes, and by whom', () => {
    const { hear, pass, told } = aWatch()
    hear(10, 90)
    expect(told).toEqual([])
    pass(10 * minute)
    hear(1, 9)
    expect(told).toEqual([
      {
        tenant: 'acme',
        instance: 'keycloak-main',
        source: 'kafka:sessions',
        field: 'ip',
        share: 0.1,
        since: Date.UTC(2026, 10, 3),
      },
    ])
  })

  it('is not told of for a smaller share, nor for a few events', () => {
    const { hear, pass, told } = aWatch()
    hear(9, 91)
    pass(10 * minute)
    hear(0, 1)
    hear(50, 0)
    pass(10 * minute)
    hear(49, 0)
    expect(told).toEqual([])
    hear(1, 0)
    expect(told).toHaveLength(1)
  })

  it('is told of again only after a day', () => {
    const { hear, pass, told } = aWatch()
    for (let hour = 0; hour < 24; hour++) {
      hear(100, 0)
      pass(day / 24)
    }
    expect(told).toHaveLength(1)
    hear(100, 0)
    pass(day / 24)
    hear(100, 0)
    expect(told).toHaveLength(2)
  })
})
