import { describe, expect, it } from 'vitest'
import type { FoundCurfew } from '../../src/demo/evaluation.ts'
import type { Figures } from '../../src/demo/figures.ts'
import { drawLine, drawView } from '../../src/demo/view.ts'

const about = { url: 'http://127.0.0.1:45678', token: `demo_${'x'.repeat(32)}`, seconds: 38 }

const empty: Figures = {
  events: 0,
  eventsPerSecond: 0,
  rejected: 0,
  findings: {},
  curfews: {},
  survivors: { planted: 0, found: 0, contained: 0, false: 0 },
  coverage: null,
  latency: { n: 0, p50Ms: null, p95Ms: null, p99Ms: null },
}

const ended = (at: number, more: Partial<FoundCurfew> = {}): FoundCurfew => ({
  class: 'membership_deactivated',
  session: `offline/session_${String(at).padStart(32, '0')}`,
  certain: true,
  verdict: 'kept',
  dead: true,
  diedAfterMs: 1_234,
  deadBy: 'E3',
  endedByUs: true,
  acknowledgedAt: at,
  ...more,
})

const linesOf = (figures: Figures, curfews: readonly FoundCurfew[] = []) =>
  drawView(figures, curfews, about).split('\n')

describe('the screen of a demo', () => {
  it('says of what is not there yet that there is no data, and never a number', () => {
    const text = linesOf(empty).join('\n')
    expect(text).toContain('findings   none yet')
    expect(text).toContain('coverage   no data yet')
    expect(text).toContain('latency    no data yet')
    expect(text).not.toMatch(/NaN|null|undefined|%/)
  })

  it('fits into 100 columns and 35 lines, however much there is', () => {
    const curfews = Object.fromEntries(
      Array.from({ length: 14 }, (_, index) => [
        `directory_deactivated_${index}`,
        { kept: 99_999, broken: 9_999, open: 999, unproven: 99 },
      ]),
    )
    const full: Figures = {
      events: 12_345_678,
      eventsPerSecond: 12_345,
      rejected: 12_345,
      findings: { 'impossible-travel': 12_345, 'used-after-revoked': 1_234, survivor: 123 },
      curfews,
      survivors: { planted: 12_345, found: 12_345, contained: 12_345, false: 12_345 },
      coverage: 0.99999,
      latency: { n: 12_345, p50Ms: 123_456, p95Ms: 1_234_567, p99Ms: 1_234_567 },
    }
    const lines = linesOf(
      full,
      Array.from({ length: 20 }, (_, at) => ended(at)),
    )
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100)
    expect(lines.length).toBeLessThanOrEqual(35)
    expect(lines.join('\n')).toContain('and 4 more')
  })

  it('cuts shares and does not round them: not everything is never 100 %', () => {
    expect(linesOf({ ...empty, coverage: 0.9999 }).join('\n')).toContain('coverage   99.9 %')
    expect(linesOf({ ...empty, coverage: 1 }).join('\n')).toContain('coverage   100.0 %')
  })

  it('shows the sessions that Curfew itself ended last, newest first, and what proves it', () => {
    const curfews = [
      ended(1, { deadBy: 'E2' }),
      ended(3, { dead: false, deadBy: '', diedAfterMs: null }),
      ended(2, { endedByUs: false, acknowledgedAt: null }),
    ]
    const lines = linesOf(empty, curfews)
    const newest = lines.slice(lines.findIndex((line) => line.includes('ended last')) + 1, -1)
    expect(newest.map((line) => line.trim().split(/ {2,}/).slice(1, 3))).toEqual([
      ['…', '…'],
      ['1.2 s', 'reading back'],
    ])
  })

  it('shows the classes with most curfews first', () => {
    const one = { kept: 1, broken: 0, open: 0, unproven: 0 }
    const lines = linesOf({
      ...empty,
      curfews: { device_lost: one, credential_reset: { ...one, open: 5 }, access_reduced: one },
    })
    const at = lines.findIndex((line) => line.includes('curfews for'))
    expect(lines.slice(at + 1, at + 4).map((line) => line.trim().split(/ +/)[0])).toEqual([
      'credential_reset',
      'access_reduced',
      'device_lost',
    ])
  })

  it('is one line where nobody looks at a screen', () => {
    expect(drawLine(empty, 60)).toBe(
      '60 s: 0 events, 0 rejected; survivors planted 0, found 0, dead 0, ended wrongly 0; coverage no data yet',
    )
    expect(drawLine({ ...empty, coverage: 0.9996 }, 60)).toMatch(/coverage 99\.9 %$/)
  })
})
