import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { CallResult } from '../../../src/enforce/calls/provider-channel.ts'
import type { Metric } from '../../../src/show/metrics/metric.ts'
import { metrics } from '../../../src/show/metrics/metric-table.ts'
import { openMetrics } from '../../../src/show/metrics/metrics.ts'
import type { IntakeAnswer } from '../../../src/source/intake/intake.ts'
import type { SignatureResult } from '../../../src/source/intake/webhook.ts'

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
  const kinds = { count: 'counter', gauge: 'gauge', observeMs: 'histogram' } as const
  const calls = sourcesUnder('src').flatMap((text) =>
    Array.from(
      text.matchAll(/\.(count|gauge|observeMs)\(\s*'([^']*)'/g),
      ([, verb, name = '']) => ({
        name,
        type: kinds[verb === 'count' || verb === 'gauge' ? verb : 'observeMs'],
      }),
    ),
  )
  // Totals that a stage gathers and counts once a batch.
  const gathered = sourcesUnder('src').flatMap((text) =>
    Array.from(text.matchAll(/name: '(curfew_[a-z_]*)'/g), ([, name = '']) => ({
      name,
      type: 'counter' as const,
    })),
  )
  const used = [...calls, ...gathered].map(({ name, type }) => `${type} ${name}`)
  const declared = metrics.map(({ name, type }) => `${type} ${name}`)

  it('declares every metric that is measured anywhere, as what it is', () => {
    expect(calls.length).toBeGreaterThan(30)
    expect(gathered.length).toBeGreaterThan(3)
    expect(used.filter((each) => !declared.includes(each))).toEqual([])
  })

  it('declares none that nobody measures, and each once', () => {
    expect(declared.filter((each) => !used.includes(each))).toEqual([])
    expect(new Set(declared).size).toBe(declared.length)
  })

  it('lists every word that a closed label is given', () => {
    const signature: { readonly [Result in SignatureResult]: true } = {
      ok: true,
      missing: true,
      malformed: true,
      too_old: true,
      in_future: true,
      forged: true,
    }
    const status: { readonly [Status in IntakeAnswer['status']]: true } = {
      200: true,
      202: true,
      400: true,
      401: true,
      413: true,
      422: true,
      503: true,
    }
    const outcomes: { readonly [Outcome in CallResult<unknown>['outcome']]: true } = {
      ok: true,
      deferred: true,
      busy: true,
      unknown: true,
      refused: true,
    }
    expect(wordsOf('curfew_source_signatures_total', 'result')).toEqual(Object.keys(signature))
    expect(wordsOf('curfew_source_intake_requests_total', 'status')).toEqual(Object.keys(status))
    expect(wordsOf('curfew_enforce_call_seconds', 'outcome')).toEqual(Object.keys(outcomes))
    expect(wordsOf('curfew_enforce_revocations_total', 'outcome')).toEqual(Object.keys(outcomes))
  })

  it('names every metric after this program and its stage, or what the program is for', () => {
    const stages = 'source|decode|blind|code|enrich|recall|detect|record|enforce|work|http|notices?'
    const own =
      'verdicts|coverage_ratio|findings|approvals_waiting|kill_switch_on|(list|figures)_[a-z]+_seconds'
    const pattern = new RegExp(`^curfew_((${stages})_[a-z_]+|${own})$`)
    expect(metrics.filter(({ name }) => !pattern.test(name))).toEqual([])
  })

  it('names things as Prometheus does: counters _total, times _seconds', () => {
    const wrong = metrics.filter(
      ({ name, type }) =>
        (type === 'counter') !== name.endsWith('_total') ||
        // A gauge of that name is an instant, in seconds since the epoch.
        (type === 'histogram') !== (name.endsWith('_seconds') && type !== 'gauge'),
    )
    expect(wrong).toEqual([])
  })

  it('has no label that names a person, a session or a tenant', () => {
    const labels = metrics.flatMap((metric) => Object.keys(metric.labels))
    expect(labels.filter((label) => /tenant|subject|session|user|ip|email/.test(label))).toEqual([])
  })
})

function wordsOf(name: string, label: string): readonly string[] | 'open' | undefined {
  return metrics.find((metric) => metric.name === name)?.labels[label]
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('metric-table.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
}
