import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Metric } from '../../src/show/metric-table.ts'
import { metrics } from '../../src/show/metric-table.ts'
import { openMetrics } from '../../src/show/metrics.ts'

const table: readonly Metric[] = [
  { name: 'curfew_a_total', type: 'counter', help: 'A.', labels: { state: ['hit', 'miss'] } },
  { name: 'curfew_b_total', type: 'counter', help: 'B.', labels: { detector: 'open' } },
  { name: 'curfew_c_seconds', type: 'histogram', help: 'C.', labels: {} },
  { name: 'curfew_d', type: 'gauge', help: 'D.', labels: {} },
]
let open = openMetrics({ table })

afterEach(() => {
  open.close()
  open = openMetrics({ table })
})

describe('the meter', () => {
  it.each([
    ['a name that is not declared', () => open.meter.count('curfew_typo_total')],
    ['a gauge counted', () => open.meter.count('curfew_d')],
    ['a label left out', () => open.meter.count('curfew_a_total')],
    ['a label too many', () => open.meter.count('curfew_a_total', { state: 'hit', tenant: 'x' })],
    ['a label of another name', () => open.meter.count('curfew_a_total', { stat: 'hit' })],
    ['a word outside a closed list', () => open.meter.count('curfew_a_total', { state: 'maybe' })],
  ])('refuses %s', (_, measure) => {
    expect(measure).toThrow(TypeError)
  })

  it('counts what an open label brings beyond its bound as other', async () => {
    for (let each = 0; each < 250; each += 1) {
      open.meter.count('curfew_b_total', { detector: `d${each}` })
    }
    const lines = (await open.text()).split('\n').filter((line) => line.startsWith('curfew_b'))
    expect(lines).toHaveLength(201)
    expect(lines.at(-1)).toBe('curfew_b_total{detector="other"} 50')
  })

  it('counts, sets and measures in seconds', async () => {
    open.meter.count('curfew_a_total', { state: 'hit' }, 3)
    open.meter.gauge('curfew_d', -2)
    open.meter.observeMs('curfew_c_seconds', 250)
    const text = await open.text()
    expect(text).toContain('curfew_a_total{state="hit"} 3')
    expect(text).toContain('curfew_d -2')
    expect(text).toContain('curfew_c_seconds_sum 0.25')
  })
})

describe('the table of metrics', () => {
  const used = sourcesUnder('src').flatMap((text) =>
    Array.from(text.matchAll(/'(curfew_[a-z_]+_(?:total|seconds|bytes|ratio|count))'/g), (found) =>
      String(found[1]),
    ),
  )

  it('declares every metric that is counted anywhere', () => {
    expect(used.length).toBeGreaterThan(5)
    const declared = metrics.map((metric) => metric.name)
    expect(used.filter((name) => !declared.includes(name))).toEqual([])
  })

  it('names things as Prometheus does: counters _total, times _seconds', () => {
    const wrong = metrics.filter(
      ({ name, type }) =>
        (type === 'counter') !== name.endsWith('_total') ||
        (type === 'histogram') !== name.endsWith('_seconds'),
    )
    expect(wrong).toEqual([])
  })

  it('has no label that names a person, a session or a tenant', () => {
    const labels = metrics.flatMap((metric) => Object.keys(metric.labels))
    expect(labels.filter((label) => /tenant|subject|session|user|ip|email/.test(label))).toEqual([])
  })
})

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('metric-table.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
}
