import { describe, expect, it } from 'vitest'
import { CurfewError } from '../src/contract/errors.ts'
import type { WorkState } from '../src/contract/work.ts'
import { throughAll } from '../src/contract/work.ts'
import type { Failing } from '../src/works.ts'
import { makeWorks } from '../src/works.ts'
import { idleMeter, makeClock, settle } from './given.ts'

const noon = Date.UTC(2026, 10, 3, 12)
const look = { work: 'enforcement', of: '' } as const
const refused = new CurfewError('STORE_REFUSED', "Syntax error near 'ada@example.com'")

function someWorks() {
  const kept: WorkState[] = []
  const time = makeClock(noon)
  const told: Failing[] = []
  const gauges: Record<string, number> = {}
  const works = makeWorks({
    tenants: ['acme', 'other', 'acme'],
    clock: time.clock,
    meter: { ...idleMeter, gauge: (name, value) => void Object.assign(gauges, { [name]: value }) },
    tell: (failing) => told.push(failing),
    keep: async (states) => {
      kept.length = 0
      for (const each of states) kept.push(each)
    },
  })
  const stop = new AbortController()
  const running = works.run(stop.signal)
  const end = async () => {
    stop.abort()
    await running
  }
  return { time, told, gauges, works, end, kept }
}

describe('work that is done over and over', () => {
  it('is ready while it goes well, and its last good end is measured', async () => {
    const { works, gauges, time, told, end } = someWorks()
    works.note(look)
    await time.advance(4_000)
    works.note(look)
    expect(works.checks()).toEqual([{ name: 'enforcement', state: 'ready' }])
    expect(gauges).toEqual({ curfew_work_last_good_round_seconds: noon / 1_000 + 4 })
    await end()
    expect(told).toEqual([])
  })

  it('is told of within ten seconds when it fails, once to everybody, in words of ours', async () => {
    const { works, time, told, end } = someWorks()
    works.note(look)
    for (let second = 0; second < 60; second += 1) {
      works.note({ ...look, error: refused })
      await time.advance(1_000)
      if (second === 9) expect(told.map(({ tenant }) => tenant)).toEqual(['acme', 'other'])
    }
    expect(told).toHaveLength(2)
    expect(told[0]).toEqual({ ...look, tenant: 'acme', reason: 'store_refuses', since: noon })
    expect(works.checks()).toEqual([
      {
        name: 'enforcement',
        state: 'degraded',
        detail: 'not well since 2026-11-03T12:00:00.000Z, 60 times: the store refuses a statement',
      },
    ])
    await end()
  })

  it('is told of again when it went well between', async () => {
    const { works, time, told, end } = someWorks()
    for (const error of [refused, undefined, refused]) {
      works.note({ ...look, ...(error && { error }) })
      await time.advance(8_000)
    }
    expect(told.map(({ since }) => since)).toEqual([noon, noon, noon + 16_000, noon + 16_000])
    await end()
  })

  it('counts as failing when a look does not come to its end', async () => {
    const { works, time, told, end } = someWorks()
    works.note(look)
    await time.advance(9_000)
    expect(works.checks()[0]?.state).toBe('ready')
    await time.advance(3_000)
    expect(works.checks()[0]?.state).toBe('degraded')
    expect(told.map(({ reason }) => reason)).toEqual(['takes_long', 'takes_long'])
    await end()
  })

  it('of one tenant is told to that tenant, and named to nobody who asks how we are', async () => {
    const { works, time, told, end } = someWorks()
    works.note({ work: 'lists', of: 'sso', tenant: 'other', error: 'no answer' })
    works.note({ work: 'lists', of: 'sso', tenant: 'acme' })
    await time.advance(8_000)
    await settle()
    expect(told.map(({ tenant, reason }) => [tenant, reason])).toEqual([['other', 'failed']])
    expect(works.checks()[0]?.detail).toMatch(/^1 of 2: not well since /)
    expect(JSON.stringify(works.checks())).not.toMatch(/sso|other|acme/)
    await end()
  })

  it('is handed on as it stands, for whoever reads the store without us', async () => {
    const { works, time, kept, end } = someWorks()
    works.note({ ...look, through: noon - 5 })
    works.note({ work: 'lists', of: 'sso', tenant: 'acme', error: refused })
    await time.advance(8_000)
    works.note(look)
    await time.advance(2_000)
    expect(kept).toEqual([
      { ...look, tenant: '', failing: false, reason: '', at: noon + 8_000 },
      { ...throughAll, failing: false, reason: '', at: noon - 5 },
      {
        ...{ work: 'lists', of: 'sso', tenant: 'acme' },
        ...{ failing: true, reason: 'store_refuses', at: noon },
      },
    ])
    await end()
  })
})
