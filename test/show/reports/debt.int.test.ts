import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench, where } from '../bench.ts'
import { judge } from '../expected.ts'
import { asOf, made } from '../made.ts'
import type { Told } from '../world.ts'
import { hour } from '../world.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})

afterAll(async () => {
  await bench.close()
})

describe('the session persistence debt report', () => {
  const owing = made.flatMap((of) => {
    const judged = judge(of, asOf)
    if (judged?.certainty !== 'certain') return []
    const end = judged.deadAt ?? (judged.outcome === 'expired' ? of.expiresAt : null)
    return [{ of, growing: end === null, hours: ((end ?? asOf) - of.causeAt) / hour }]
  })
  const sum = (rows: typeof owing) => rows.reduce((total, row) => total + row.hours, 0)

  it('owes nothing, and not zero hours, where nothing was condemned', async () => {
    const result = await bench.run('debt', { tenant: 'nobody' })
    expect(result.rows[0]).toMatchObject({ dimension: 'all', sessions: 0, hours: null })
  })

  it('adds up what is closed and what still grows', async () => {
    const row = where(await bench.run('debt'), 'dimension', 'all')
    expect(row).toMatchObject({
      sessions: owing.length,
      growing: owing.filter((each) => each.growing).length,
      hours: expect.closeTo(sum(owing), 6),
      closed_hours: expect.closeTo(sum(owing.filter((each) => !each.growing)), 6),
      growing_hours: expect.closeTo(sum(owing.filter((each) => each.growing)), 6),
    })
  })

  it('counts as owed for certain only what lies before the last proof of life', async () => {
    const row = where(await bench.run('debt'), 'dimension', 'all')
    expect(row?.hours_at_least).toBeCloseTo(50 / 60, 6)
  })

  it('parts it by class, by subject kind and by organization', async () => {
    const result = await bench.run('debt')
    const hoursOf = (dimension: string, value: string) =>
      result.rows.find((row) => row.dimension === dimension && row.value === value)?.hours
    const mine = (keep: (of: Told) => boolean) => sum(owing.filter((each) => keep(each.of)))
    expect([
      hoursOf('class', 'subject_offboarded'),
      hoursOf('subject_kind', 'agent'),
      hoursOf('organization', 'org-1'),
      hoursOf('organization', '(none)'),
    ]).toEqual([
      expect.closeTo(
        mine((of) => of.class === 'subject_offboarded'),
        6,
      ),
      expect.closeTo(
        mine((of) => of.subjectKind === 'agent'),
        6,
      ),
      expect.closeTo(
        mine((of) => of.organizations.includes('org-1')),
        6,
      ),
      expect.closeTo(
        mine((of) => of.organizations.length === 0),
        6,
      ),
    ])
  })

  it('names the sessions that owe most, as many as asked for', async () => {
    const result = await bench.run('debt', { parameters: { top: '3' } })
    const named = result.rows.filter((row) => row.dimension === 'session')
    const most = owing.map((each) => each.hours).sort((a, b) => b - a)
    expect(named.map((row) => row.hours)).toEqual(
      most.slice(0, 3).map((hours) => expect.closeTo(hours, 6)),
    )
  })
})
