import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench } from '../bench.ts'
import { asOf } from '../made.ts'
import { hour, minute, start } from '../world.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})

afterAll(async () => {
  await bench.close()
})

describe('the findings report', () => {
  const finding = (id: string, version: number, more: object = {}) => ({
    tenant: 'finding',
    instance: 'one',
    finding_id: id,
    version,
    standing: true,
    detector: 'session-on-two-devices',
    severity: 'high',
    mode: 'inform',
    at: new Date(start).toISOString(),
    subject_ref: 'ref-1',
    session_kind: 'online',
    session_id: id,
    ...more,
  })

  it('counts the version that stood, each finding once', async () => {
    await bench.store.append('findings', [
      finding('f1', start),
      finding('f1', start + minute, { standing: false }),
      finding('f1', start + minute, { standing: false }),
      finding('f2', start),
      finding('f3', start, { severity: 'low' }),
      finding('f4', asOf + hour),
    ])
    const result = await bench.run('findings', { tenant: 'finding' })
    expect(result.rows.map((row) => [row.severity, row.standing, row.withdrawn])).toEqual([
      ['high', 1, 1],
      ['low', 1, 0],
    ])
  })
})
