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
  subjectRef: `ref-${at}`,
  causeAt: at,
  ...more,
})

const names = new Map([['ref-1', 'ada.grun41@example.com']])
const seenOf = (
  figures: Figures,
  curfews: readonly FoundCurfew[] = [],
  more: { readonly waitedMs?: number } = {},
) => ({ figures, found: { findings: [], curfews }, names, waitedMs: 0, ...more })

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
  survivors: { planted: 12_345, found: 12_345, contained: 12_345, false: 12_345 },
  coverage: 0.99999,
  latency: { n: 12_345, p50Ms: 123_456, p95Ms: 1_234_567, p99Ms: 1_234_567 },
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
    [80, 24, 0],
    [80, 24, 9_000],
    [100, 35, 9_000],
    [60, 20, 0],
  ])('fits into %d columns and %d rows, however much there is', (columns, rows, waitedMs) => {
    const curfews = Array.from({ length: 20 }, (_, at) => ended(at))
    const size = { columns, rows }
    const drawn = drawView(seenOf(full, curfews, { waitedMs }), about, size)
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
    const slow = drawView(seenOf(empty, [], { waitedMs: 4_200 }), about, small)
    expect(slow).toContain('too slow for deadlines of 10 s: things wait 4.2 s')
    expect(drawView(seenOf(empty, [], { waitedMs: 1_000 }), about, small)).not.toContain('too slow')
  })

  it('cuts shares and does not round them: not everything is never 100 %', () => {
    expect(linesOf({ ...empty, coverage: 0.9999 }).join('\n')).toContain('coverage  99.9 %')
    expect(linesOf({ ...empty, coverage: 1 }).join('\n')).toContain('coverage  100.0 %')
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
      'Of what had to end, 98.7 % was proven dead within 10 s of its cause.',
    ])
    expect(summary).toContain('Ended wrongly: 0.')
  })

  it('says that there is no coverage yet, and no number', () => {
    const summary = drawSummary(seenOf(empty), { ...about, seconds: 1 })
    expect(summary).toMatch(/^In 1 second Curfew read 0 events and ended 0 sessions of 0 people\./)
    expect(summary).not.toMatch(/NaN|null|undefined|%/)
  })
})
