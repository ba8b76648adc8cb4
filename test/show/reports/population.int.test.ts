import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench, where } from '../bench.ts'
import { asOf, made } from '../made.ts'
import { start, told } from '../world.ts'

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

  it('shows whose session it is and who brought its cause about, as references without the right to names', async () => {
    const tenant = await bench.aTenantOf([told({ id: 'reset', causedBy: 'grace' })])
    const at = new Date(start).toISOString()
    const whose = { tenant, instance: 'one', subject_ref: 'ref-reset', subject_id: 'u-1' }
    await bench.store.append('identities', [
      { ...whose, email: [at, 'ada@example.com'], last_at: at },
    ])
    const shown = async (names: boolean) =>
      (await bench.run('population', { tenant, names })).rows[0]
    expect(await shown(true)).toMatchObject({
      ...{ subject_ref: 'ref-reset', subject: 'ada@example.com' },
      ...{ caused_by: 'grace', caused_because: `secret of ${tenant}` },
    })
    expect(await shown(false)).toMatchObject({
      ...{ subject_ref: 'ref-reset', subject: '', caused_by: 'ref of 5' },
    })
    const found = async (q: string, names: boolean) =>
      (await bench.run('population', { tenant, names, parameters: { q } })).row_count
    // Finding nothing must not tie a name to a reference.
    expect([await found('ADA@example', true), await found('ada@example', false)]).toEqual([1, 0])
  })

  it('has as dead the sessions that revocations shows as ended, each once', async () => {
    const { rows } = await bench.run('population')
    const { rows: ended } = await bench.run('revocations', { parameters: { ended: 'include' } })
    const dead = rows.flatMap((each) => (each.dead_at === null ? [] : [each.session_id]))
    expect(dead.length).toBeGreaterThan(4)
    const found = ended.map((each) => each.session_id).filter((id) => dead.includes(id))
    expect(found.toSorted()).toEqual(dead.toSorted())
  })

  it('is narrowed by person and verdict, and says of each row what it said before', async () => {
    const { rows } = await bench.run('population')
    const kept = rows.filter(({ verdict }) => verdict === 'kept')
    expect(kept.length).toBeGreaterThan(0)
    expect((await bench.run('population', { parameters: { verdict: 'kept' } })).rows).toEqual(kept)
    const subject_ref = 'ref-contained'
    // Curfews lie in the period, and none of them fits.
    const verdict = { subject_ref, verdict: 'broken' }
    expect((await bench.run('population', { parameters: verdict })).data_lies?.words).toBe(
      'nothing to show: there are curfews of acme with subject_ref=ref-contained in this period, but none that this report counts',
    )
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
