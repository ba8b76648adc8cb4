import { describe, expect, it } from 'vitest'
import type { FoundCurfew } from '../../src/demo/evaluation.ts'
import type { Figures } from '../../src/demo/figures.ts'
import { drawLine, drawSummary, drawView } from '../../src/demo/view.ts'

const about = {
  ...{ url: 'http://127.0.0.1:45678', token: `demo_${'x'.repeat(32)}`, seconds: 38 },
  ...{ people: 200, deadlineMs: 10_000 },
}

const empty: Figures = {
  events: 0,
  eventsPerSecond: 0,
  rejected: 0,
  findings: {},
  curfews: {},
  survivors: { planted: 0, found: 0, dead: 0, endedWrongly: 0 },
  coverage: null,
  latency: { n: 0, p50Ms: null, p95Ms: null, p99Ms: null },
  machine: { tooSlow: false, longestWaitMs: 1_000 },
}
const slow = { tooSlow: true, longestWaitMs: 4_200 }

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
  subjectRef: `ref-${at}`,
  causeAt: at,
  ...more,
})

const names = new Map([['ref-1', 'ada.grun41@example.com']])
const seenOf = (figures: Figures, curfews: readonly FoundCurfew[] = []) => ({
  ...{ figures, names },
  found: { findings: [], curfews },
})

const small = { columns: 80, rows: 24 }
const linesOf = (figures: Figures, curfews: readonly FoundCurfew[] = [], size = small) =>
  drawView(seenOf(figures, curfews), about, size).split('\n')

const full: Figures = {
  events: 12_345_678,
  eventsPerSecond: 12_345,
  rejected: 12_345,
  findings: { 'impossible-travel': 12_345, 'used-after-revoked': 1_234, survivor: 123 },
  curfews: Object.fromEntries(
    Array.from({ length: 14 }, (_, index) => [
      `directory_deactivated_${index}`,
      { kept: 99_999, broken: 9_999, open: 999, unproven: 99 },
    ]),
  ),
  survivors: { planted: 12_345, found: 12_345, dead: 12_345, endedWrongly: 12_345 },
  coverage: 0.99999,
  latency: { n: 12_345, p50Ms: 123_456, p95Ms: 1_234_567, p99Ms: 1_234_567 },
  machine: { tooSlow: false, longestWaitMs: 0 },
}

describe('the screen of a demo', () => {
  it('says of what is not there yet that there is no data, and never a number', () => {
    const text = linesOf(empty).join('\n')
    expect(text).toContain('findings  none yet')
    expect(text).toContain('coverage  no data yet')
    expect(text).toContain('latency   no data yet')
    expect(text).toContain('nobody was signed out yet')
    expect(text).not.toMatch(/NaN|null|undefined|%/)
  })

  it.each([
    [80, 24, false],
    [80, 24, true],
    [100, 35, true],
    [60, 20, false],
  ])('fits into %d columns and %d rows, however much there is', (columns, rows, tooSlow) => {
    const curfews = Array.from({ length: 20 }, (_, at) => ended(at))
    const size = { columns, rows }
    const figures = { ...full, machine: { tooSlow, longestWaitMs: 9_000 } }
    const drawn = drawView(seenOf(figures, curfews), about, size)
    const lines = drawn.split('\n')
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(columns)
    expect(lines.length).toBeLessThanOrEqual(rows)
    expect(drawn).toMatch(/and \d+ more/)
    expect(drawn).toContain('1 session had to die')
  })

  it('says what kept means, and what the counts of survivors are about', () => {
    const text = linesOf(full).join('\n')
    expect(text).toContain('kept: proven dead within 10 s of its cause')
    expect(text).toContain('planted: left alive by the company; found and dead: in time or late')
  })

  it('says when the machine is too slow for its deadlines, and only then', () => {
    const text = linesOf({ ...empty, machine: slow }).join('\n')
    expect(text).toContain('too slow for deadlines of 10 s: things waited up to 4.2 s.')
    expect(linesOf(empty).join('\n')).not.toContain('too slow')
  })

  it('says that the latency is of what Curfew ended, in a line of a small screen', () => {
    const latency = { n: 30, p50Ms: 700, p95Ms: 1_200, p99Ms: 1_300 }
    expect(linesOf({ ...empty, latency })).toContain(
      '  latency   30 curfews Curfew ended: half proven dead in 0.7 s, 95 % in 1.2 s',
    )
  })

  it.each([
    [1, '100.00 %'],
    [0.99999, '> 99.99 %'],
    [0.98767, '98.77 %'],
    [0.00001, '< 0.01 %'],
    [0, '0.00 %'],
  ])(
    'rounds a share of %d to %s: not everything is never all, and something never none',
    (...row) => {
      const [coverage, words] = row
      expect(linesOf({ ...empty, coverage }).join('\n')).toContain(`coverage  ${words} of what`)
    },
  )

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
    expect(drawLine(empty, { ...about, seconds: 60 })).toBe(
      '60 s: 0 events, 0 rejected; survivors planted 0, found 0, dead 0, ended wrongly 0; coverage no data yet',
    )
    expect(drawLine({ ...empty, coverage: 0.9996 }, about)).toMatch(/coverage 99\.96 %$/)
    expect(drawLine({ ...empty, machine: slow }, about)).toMatch(
      /; coverage no data yet\. This machine is too slow .* up to 4\.2 s\.$/,
    )
  })
})

describe('the summary of a demo', () => {
  it('counts sessions and people once, in a few sentences', () => {
    const curfews = [
      ended(1, { session: 'online/a', subjectRef: 'ada' }),
      ended(2, { session: 'online/a', subjectRef: 'ada', class: 'device_lost' }),
      ended(3, { session: 'online/b', subjectRef: 'ada' }),
      ended(4, { session: 'online/c', subjectRef: 'ben', endedByUs: false }),
    ]
    const figures = { ...empty, events: 5_000, coverage: 0.9876 }
    const summary = drawSummary(seenOf(figures, curfews), { ...about, seconds: 1_860 })
    expect(summary.split('\n').slice(0, 2)).toEqual([
      'In 31 minutes Curfew read 5000 events and ended 2 sessions of 1 person.',
      'Of what had to end, 98.76 % was proven dead within 10 s of its cause.',
    ])
    expect(summary).toContain('Ended wrongly: 0.')
    expect(summary).not.toContain('too slow')
  })

  it('says at the end, too, that the machine was too slow, and what that means', () => {
    expect(drawSummary(seenOf({ ...empty, machine: slow }), about)).toMatch(
      /\nThis machine is too slow .* up to 4\.2 s\. What is broken or unproven may be so .*\.\n$/,
    )
  })

  it('says that there is no coverage yet, and no number', () => {
    const summary = drawSummary(seenOf(empty), { ...about, seconds: 1 })
    expect(summary).toMatch(/^In 1 second Curfew read 0 events and ended 0 sessions of 0 people\./)
    expect(summary).not.toMatch(/NaN|null|undefined|%/)
  })
})
