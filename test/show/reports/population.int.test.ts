import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench, where } from '../bench.ts'
import { asOf, made } from '../made.ts'
import { start } from '../world.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const minute = 60_000
const figures = [
  ...['contained_in_time', 'contained_late', 'ended_otherwise_in_time', 'ended_otherwise_late'],
  ...['expired', 'still_alive', 'unknown', 'open', 'ambiguous', 'creation_unknown'],
]

describe('the population report', () => {
  it.each([asOf, start + 15 * minute])(
    'has the rows that the coverage report counts, in each class and overall, as of %i',
    async (at) => {
      const { rows } = await bench.run('population', { at })
      const coverage = await bench.run('coverage', { at })
      const classes = new Set(rows.map((row) => row.cause_class))
      expect(classes.size).toBeGreaterThan(0)
      for (const of of [...classes, 'all']) {
        const mine = rows.filter(({ cause_class: one, overall }) =>
          of === 'all' ? overall === 1 : one === of,
        )
        const counted = figures.map((name) => mine.filter((row) => row.counts_as === name).length)
        const line = where(coverage, 'cause_class', String(of))
        expect(counted, String(of)).toEqual(figures.map((name) => line?.[name]))
      }
      expect(rows.filter((row) => row.overall === 1).map((row) => row.session_id)).toHaveLength(
        new Set(
          rows.map((row) => `${row.instance} ${row.session_kind} ${row.session_id} ${row.life}`),
        ).size,
      )
    },
  )

  it('names what proves each death that is proven, and nothing where none is', async () => {
    const { rows } = await bench.run('population')
    const dead = rows.filter((row) => row.dead_at !== null)
    expect(dead.length).toBeGreaterThan(0)
    expect(dead.length).toBeLessThan(rows.length)
    expect(dead.filter((row) => row.proof_id === '' || row.proof_source === '')).toEqual([])
    expect(dead.filter((row) => row.proof_received_at === null)).toEqual([])
    expect(rows.filter((row) => row.dead_at === null && row.proof_id !== '')).toEqual([])
  })

  it('leaves out only what no cause condemns, and says of each whose session it is', async () => {
    const { rows, summary } = await bench.run('population')
    // Created after its cause, and ended before it.
    const untouched = made.filter(({ id }) => !rows.some((row) => row.session_id === id))
    expect(untouched.map(({ id }) => id)).toEqual(['created-after', 'ended-before'])
    expect(rows.filter((row) => row.subject_ref === '')).toEqual([])
    expect(summary.curfews).toBe(rows.length)
  })
})
