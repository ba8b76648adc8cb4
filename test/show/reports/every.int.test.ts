import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench } from '../bench.ts'
import { made } from '../made.ts'
import { write } from '../world.ts'

let bench: Bench
/** What each report says without any filter; run once. */
const results = new Map<string, ReturnType<Bench['run']>>()
function resultOf(id: string) {
  const result = results.get(id) ?? bench.run(id)
  results.set(id, result)
  return result
}

beforeAll(async () => {
  bench = await openBench()
})

afterAll(async () => {
  await bench.close()
})

describe('every report', () => {
  const each = ['coverage', 'debt', 'findings', 'latency', 'population', 'revocations', 'unread']

  it('is in the catalogue', () => {
    expect(bench.reports.map((report) => report.id)).toEqual(each)
  })

  it.each(each)('%s gives a tenant the same whatever others have', async (id) => {
    const tenant = await bench.aTenantOf(made)
    const before = (await bench.run(id, { tenant })).rows
    await write(bench.store.append, `${tenant}-rival`, made)
    expect((await bench.run(id, { tenant })).rows).toEqual(before)
  })

  it.each(each)('%s counts zero of a tenant with nothing, and has no other number', async (id) => {
    const { summary, rows } = await bench.run(id, { tenant: 'nobody' })
    // A count of nothing is 0; a share or a time of nothing is no number.
    const figures: readonly unknown[] = [summary, ...rows].flatMap((row) => Object.values(row))
    expect(figures.filter((figure) => typeof figure === 'number' && figure !== 0)).toEqual([])
  })

  it.each(each)('%s counts the rows that it leaves out as well, and says so', async (id) => {
    const whole = await resultOf(id)
    const cut = await bench.run(id, { rowsMax: 2 })
    expect(cut.rows).toEqual(whole.rows.slice(0, 2))
    expect(cut).toMatchObject({ row_total: whole.row_count, summary: whole.summary })
    const isCut = whole.row_count > 2
    expect([cut.truncated, cut.incomplete[0]?.what === 'rows_left_out']).toEqual([isCut, isCut])
  })

  it.each(each)(
    '%s says where data lies when it has nothing, as far as was known then',
    async (id) => {
      const past = { from: '2027-01-01', to: '2027-01-02', as_of: '2020-01-01' }
      const { data_lies } = await bench.run(id, { at: Date.parse('2027-02-01'), parameters: past })
      expect(data_lies?.words).toBe(
        'nothing in this period, and nothing on record of acme as of 2020-01-01T00:00:00.000Z',
      )
    },
  )

  it.each(each)('%s has its columns in every row', async (id) => {
    const { columns, rows } = await resultOf(id)
    const names = columns.map(({ name }) => name).sort()
    expect(rows.map((row) => Object.keys(row).sort())).toEqual(rows.map(() => names))
  })

  it.each(each)('%s shows the statement that gives its rows again', async (id) => {
    const result = await resultOf(id)
    const again = await bench.store.ask(result.sql.filled)
    const columns = result.columns.map((column) => column.name)
    expect(again.map((row) => columns.map((column) => row[column]))).toEqual(
      result.rows.map((row) => columns.map((column) => row[column])),
    )
  })

  it.each(each)('%s takes no text from outside except in typed places', (id) => {
    const report = bench.reports.find((every) => every.id === id)
    expect(report?.sql).not.toMatch(/\$\{|acme/)
    expect(report?.sql).toMatch(/tenant = \{tenant:String\}/)
  })

  it.each(each)('%s takes SQL in a filter for text', async (id) => {
    const parameters = { instance: "one' or 1 = 1 --\n\ndrop table curfews" }
    const result = await bench.run(id, { parameters })
    expect(result.rows.every((row) => !row.eligible && !row.sessions && !row.n)).toBe(true)
  })
})
