import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import type { WorkGap, WorkState } from '../../src/contract/work.ts'
import { throughAll } from '../../src/contract/work.ts'
import type { Failing } from '../../src/health/works.ts'
import { makeWorks } from '../../src/health/works.ts'
import { idleMeter, makeClock, settle } from '../given.ts'

const noon = Date.UTC(2026, 10, 3, 12)
const check = { work: 'enforcement', of: '' } as const
const refused = new CurfewError('STORE_REFUSED', "Syntax error near 'ada@example.com'")

function someWorks() {
  const kept: WorkState[] = []
  const gaps: WorkGap[] = []
  const time = makeClock(noon)
  const told: Failing[] = []
  const gauges: Record<string, number> = {}
  const works = makeWorks({
    tenants: ['acme', 'other', 'acme'],
    clock: time.clock,
    meter: { ...idleMeter, gauge: (name, value) => void Object.assign(gauges, { [name]: value }) },
    notify: (failing) => told.push(failing),
    keep: async (states) => {
      kept.length = 0
      for (const each of states) kept.push(each)
    },
    keepGaps: async (some) => void gaps.push(...some),
  })
  const stop = new AbortController()
  const running = works.run(stop.signal)
  const end = async () => {
    stop.abort()
    await running
  }
  return { time, told, gauges, works, end, kept, gaps }
}

describe('work that is done over and over', () => {
  it('is ready while it goes well, and its last good end is measured', async () => {
    const { works, gauges, time, told, end } = someWorks()
    works.note(check)
    await time.advance(4_000)
    works.note(check)
    expect(works.checks()).toEqual([{ name: 'enforcement', state: 'ready' }])
    expect(gauges).toEqual({ curfew_work_last_good_round_seconds: noon / 1_000 + 4 })
    await end()
    expect(told).toEqual([])
  })

  it('is told of within ten seconds when it fails, once to everybody, in words of ours', async () => {
    const { works, time, told, end } = someWorks()
    works.note(check)
    for (let second = 0; second < 60; second += 1) {
      works.note({ ...check, error: refused })
      await time.advance(1_000)
      if (second === 9) expect(told.map(({ tenant }) => tenant)).toEqual(['acme', 'other'])
    }
    expect(told).toHaveLength(2)
    expect(told[0]).toEqual({ ...check, tenant: 'acme', reason: 'store_refuses', since: noon })
    expect(works.checks()).toEqual([
      {
        name: 'enforcement',
        state: 'degraded',
        detail: 'failing since 2026-11-03T12:00:00.000Z, 60 times: the store refuses a statement',
      },
    ])
    await end()
  })

  it('is told of again when it went well between', async () => {
    const { works, time, told, end } = someWorks()
    for (const error of [refused, undefined, refused]) {
      works.note({ ...check, ...(error && { error }) })
      await time.advance(8_000)
    }
    expect(told.map(({ since }) => since)).toEqual([noon, noon, noon + 16_000, noon + 16_000])
    await end()
  })

  it('counts as failing when a check does not come to its end', async () => {
    const { works, time, told, end } = someWorks()
    works.note({ ...check, withinMs: 10_000 })
    await time.advance(9_000)
    expect(works.checks()[0]?.state).toBe('ready')
    await time.advance(3_000)
    expect(works.checks()[0]?.state).toBe('degraded')
    expect(told.map(({ reason }) => reason)).toEqual(['takes_long', 'takes_long'])
    await end()
  })

  it('that fails is not hidden by other work of its kind that goes well', async () => {
    const { works, gauges, time, end } = someWorks()
    const at = () => gauges.curfew_work_last_good_round_seconds
    for (let second = 0; second < 600; second += 10) {
      works.note({ work: 'sweeps', of: 'survivor' })
      works.note({ work: 'sweeps', of: 'two-subjects', error: refused })
      await time.advance(10_000)
    }
    expect(at()).toBe(noon / 1_000)
    expect(works.checks()[0]?.detail).toMatch(/^1 of 2: failing since .*, 60 times: /)
    works.note({ work: 'sweeps', of: 'two-subjects' })
    await time.advance(10_000)
    expect(at()).toBe(noon / 1_000 + 610)
    await end()
  })

  it('does not grow old while there is no need of it', async () => {
    const { works, gauges, time, told, end } = someWorks()
    works.note({ work: 'lists', of: 'sso', tenant: 'acme' })
    await time.advance(400_000)
    expect(gauges.curfew_work_last_good_round_seconds).toBe(noon / 1_000 + 400)
    expect(works.checks()).toEqual([{ name: 'lists', state: 'ready' }])
    await end()
    expect(told).toEqual([])
  })

  it('that gets on is not late, and does not hide that it fails', async () => {
    const { works, time, told, end } = someWorks()
    const feed = { work: 'sources', of: 'feed:sso', tenant: 'acme' } as const
    for (let minute = 0; minute < 3; minute += 1) {
      works.note({ ...feed, isUnderway: true, withinMs: 120_000 })
      await time.advance(60_000)
    }
    expect(told).toEqual([])
    works.note({ ...feed, error: refused })
    works.note({ ...feed, isUnderway: true, withinMs: 120_000 })
    await time.advance(8_000)
    expect(told.map(({ reason }) => reason)).toEqual(['store_refuses'])
    await end()
  })

  it('is not failing any more once nobody needs it', async () => {
    const { works, time, end } = someWorks()
    const list = { work: 'lists', of: 'sso', tenant: 'acme' } as const
    works.note({ ...list, error: refused, lapsesMs: 60_000 })
    await time.advance(59_000)
    expect(works.checks()[0]?.state).toBe('degraded')
    await time.advance(2_000)
    expect(works.checks()[0]?.state).toBe('ready')
    await end()
  })

  it('that a provider asks to wait with is told after a minute, in words of its own', async () => {
    const { works, time, told, end } = someWorks()
    const busy = new CurfewError('ENFORCE_BUSY', 'the provider answered 429', { retry: true })
    works.note({ work: 'lists', of: 'sso', tenant: 'acme', error: busy })
    await time.advance(58_000)
    expect(told).toEqual([])
    await time.advance(4_000)
    expect(told.map(({ reason }) => reason)).toEqual(['told_to_wait'])
    await end()
  })

  it('that failed for a minute or more is handed on as a gap, while it lasts and when it is over', async () => {
    const { works, time, gaps, end } = someWorks()
    const list = { work: 'lists', of: 'sso', tenant: 'acme' } as const
    works.note({ ...list, error: refused })
    await time.advance(30_000)
    works.note(list)
    await time.advance(30_000)
    expect(gaps).toEqual([])
    works.note({ ...list, error: refused })
    await time.advance(90_000)
    const gap = { ...list, reason: 'store_refuses', fromAt: noon + 60_000 }
    expect(gaps.at(-1)).toEqual({ ...gap, untilAt: noon + 150_000 })
    works.note(list)
    await time.advance(20_000)
    expect(gaps.at(-1)).toEqual({ ...gap, untilAt: noon + 152_000 })
    await end()
  })

  it('of a term that is over says nothing any more', async () => {
    const { works, gauges, time, end } = someWorks()
    works.note({ ...check, error: refused })
    works.note({ work: 'sources', of: 'kafka' })
    works.forget(['enforcement'])
    await time.advance(60_000)
    expect(works.checks()).toEqual([{ name: 'sources', state: 'ready' }])
    expect(gauges.curfew_work_last_good_round_seconds).toBe(noon / 1_000 + 60)
    await end()
  })

  it('of one tenant is told to that tenant, and named to nobody who asks how we are', async () => {
    const { works, time, told, end } = someWorks()
    works.note({ work: 'lists', of: 'sso', tenant: 'other', error: 'no answer' })
    works.note({ work: 'lists', of: 'sso', tenant: 'acme' })
    await time.advance(8_000)
    await settle()
    expect(told.map(({ tenant, reason }) => [tenant, reason])).toEqual([['other', 'failed']])
    expect(works.checks()[0]?.detail).toMatch(/^1 of 2: failing since /)
    expect(JSON.stringify(works.checks())).not.toMatch(/sso|other|acme/)
    await end()
  })

  it('is handed on as it stands, for whoever reads the store without us', async () => {
    const { works, time, kept, end } = someWorks()
    works.note({ ...check, through: noon - 5 })
    works.note({ work: 'lists', of: 'sso', tenant: 'acme', error: refused })
    await time.advance(8_000)
    works.note(check)
    await time.advance(2_000)
    expect(kept).toEqual([
      { ...check, tenant: '', failing: false, reason: '', at: noon + 8_000 },
      { ...throughAll, failing: false, reason: '', at: noon - 5 },
      {
        ...{ work: 'lists', of: 'sso', tenant: 'acme' },
        ...{ failing: true, reason: 'store_refuses', at: noon },
      },
    ])
    await end()
  })
})
