import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import type { Ask, Row } from '../../src/contract/ports.ts'
import type { Report } from '../../src/show/report.ts'
import { reportRowsMax, runReport } from '../../src/show/run-report.ts'
import { fill } from '../../src/store/literal.ts'
import { listening, noon } from './server.ts'

const sample: Report = {
  id: 'sample',
  title: 'Sample',
  description: 'Rows.',
  parameters: {
    word: Type.Optional(Type.String()),
    top: Type.Optional(Type.Integer({ minimum: 1, maximum: 9, default: 5 })),
  },
  dated: { table: 'causes', at: 'at' },
  sql: `select a from t
    where tenant = {tenant:String} and at >= {from:DateTime64(3)} and word = {word:String}
    limit {rows_max:UInt32}`,
  columns: [
    { name: 'instance', type: 'text', description: 'Where.' },
    { name: 'who', type: 'text', description: 'Who.', personal: 'subject' },
    { name: 'ip', type: 'text', description: 'From where.', personal: 'hidden' },
  ],
  summary: (rows) => ({ rows: rows.length }),
}
const aRow: Row = { instance: 'one', who: 'ada', ip: '192.0.2.1', secret: 'not declared' }

const run = (
  parameters: { readonly [name: string]: unknown } = {},
  {
    ask = async () => [aRow],
    names = true,
    lacks = [],
  }: { ask?: Ask; names?: boolean; lacks?: readonly Row[] } = {},
) =>
  runReport({
    report: sample,
    tenant: 'acme',
    parameters,
    names,
    // Of what it may lack nothing is on record.
    ask: async (sql, values) => (sql.includes('work_states') ? lacks : await ask(sql, values)),
    fill,
    now: () => noon,
    pseudonym: (tenant, instance, id) => `${tenant}/${instance}/${id.length}`,
    ownClients: [],
  })
const invalid = expect.objectContaining({ code: 'SHOW_INVALID' })

describe('a report is refused', () => {
  it.each([
    ['with a parameter it does not have', { colour: 'red' }],
    ['with a tenant, which is never a parameter', { tenant: 'rival' }],
    ['with a text for a number', { top: 'many' }],
    ['with a number out of bounds', { top: '10' }],
    ['with an instant that is none', { from: 'yesterday' }],
    ['for an empty period', { from: '2026-11-03T11:00:00Z', to: '2026-11-03T11:00:00Z' }],
    ['for a period from its end to its begin', { from: '2026-11-03', to: '2026-11-01' }],
    ['as of an instant still to come', { as_of: '2026-11-03T12:00:00.001Z' }],
  ])('%s', async (_, parameters) => {
    await expect(run(parameters)).rejects.toThrow(invalid)
  })

  it.each([
    [{ colour: 'red' }, 'parameter.colour is not known.'],
    [{ from: 'yesterday' }, 'parameter.from must be a date or a time, such as 2026-11-01 or'],
    [{ top: '10' }, 'parameter.top must be <= 9.'],
  ])('in words that say what to mend: %j', async (parameters, words) => {
    await expect(run(parameters)).rejects.toThrow(words)
  })

  it('when its statement does not select what it declares: a defect, not an empty cell', async () => {
    await expect(run({}, { ask: async () => [{ instance: 'one' }] })).rejects.toThrow(TypeError)
  })
})

describe('a report of what is incomplete', () => {
  const lack = {
    instance: 'sso',
    since: '2026-11-01T08:00:00.000Z',
    count: 0,
    work: '',
    reason: '',
    until: '1970-01-01T00:00:00.000Z',
  }

  const failed = { what: 'work_failed', until: '2026-11-01T09:00:00.000Z' }

  it.each([
    [
      { what: 'causes_not_applied', count: 34 },
      '34 causes of sso since 2026-11-01T08:00:00.000Z not yet applied to its sessions',
    ],
    [
      { what: 'work_failing', work: 'lists', reason: 'no_answer' },
      'lists of sso failing since 2026-11-01T08:00:00.000Z: no answer',
    ],
    [
      { what: 'work_failing', work: 'enforcement', reason: 'store_refuses', instance: '' },
      'enforcement failing since 2026-11-01T08:00:00.000Z: store refuses',
    ],
    [
      { ...failed, count: 1, work: 'sources', reason: 'no_answer' },
      'sources of sso failed from 2026-11-01T08:00:00.000Z until 2026-11-01T09:00:00.000Z: no answer',
    ],
    [
      { ...failed, count: 3, work: 'lists', reason: 'told_to_wait' },
      'lists of sso failed 3 times between 2026-11-01T08:00:00.000Z and 2026-11-01T09:00:00.000Z: told to wait',
    ],
    [
      { ...failed, count: 1, work: 'process', instance: '' },
      'Curfew did not run from 2026-11-01T08:00:00.000Z until 2026-11-01T09:00:00.000Z',
    ],
    [
      { what: 'no_complete_list', count: 1 },
      'no complete list of sso since 2026-11-01T08:00:00.000Z: of 1 condemned session, others may be missing',
    ],
  ])('says so in words: %j', async (more, words) => {
    const { incomplete } = await run({}, { lacks: [{ ...lack, ...more }] })
    expect(incomplete.map((each) => each.words)).toEqual([words])
  })
})

describe('a report of nothing', () => {
  const spanOf =
    (count: number): Ask =>
    async (sql) =>
      sql === sample.sql
        ? []
        : [{ n: count, first_at: '2026-08-01T00:00:00.000Z', last_at: '2026-10-30T00:00:00.000Z' }]

  it('says where the data of its tenant lies', async () => {
    const { data_lies } = await run({}, { ask: spanOf(7) })
    expect(data_lies).toEqual({ from: '2026-08-01T00:00:00.000Z', to: '2026-10-30T00:00:00.000Z' })
  })

  it('says that there is none, where nothing is on record at all', async () => {
    expect((await run({}, { ask: spanOf(0) })).data_lies).toBeNull()
  })

  it('says neither where it has rows', async () => {
    expect(await run()).not.toHaveProperty('data_lies')
  })
})

describe('a report', () => {
  it('takes texts, as the command line has them, for what they say', async () => {
    expect((await run({ top: '3', word: 'x' })).filters).toEqual({ top: 3, word: 'x' })
  })

  it('is of the last 30 days until now when nobody says otherwise', async () => {
    const { period, as_of } = await run()
    expect([period, as_of]).toEqual([
      { from: '2026-10-04T12:00:00.000Z', to: '2026-11-03T12:00:00.000Z' },
      '2026-11-03T12:00:00.000Z',
    ])
  })

  it('hands its statement the values it has places for, and no text of its own', async () => {
    const { asked, ask } = listening()
    await run({ word: "x' or 1 = 1 --" }, { ask })
    expect(asked.slice(0, 1)).toEqual([
      {
        sql: sample.sql,
        values: {
          tenant: 'acme',
          from: new Date('2026-10-04T12:00:00.000Z'),
          word: "x' or 1 = 1 --",
          rows_max: reportRowsMax + 1,
        },
      },
    ])
  })

  it('shows its statement with places and with values', async () => {
    const { sql } = await run({ word: "it's" })
    expect(sql.parametrised).toBe(sample.sql)
    expect(sql.filled).toContain("word = 'it\\'s'")
  })

  it('shows the declared columns and nothing else that came along', async () => {
    expect((await run()).rows).toEqual([{ instance: 'one', who: 'ada', ip: '192.0.2.1' }])
  })

  it('hides people from whoever may not see names, and says that it does', async () => {
    const result = await run({}, { names: false })
    expect(result.rows).toEqual([{ instance: 'one', who: 'acme/one/3', ip: '' }])
    expect(result.names_hidden).toBe(true)
  })

  it('says so when there are more rows than it shows', async () => {
    const many = Array.from({ length: reportRowsMax + 1 }, () => aRow)
    const result = await run({}, { ask: async () => many })
    expect([result.row_count, result.truncated]).toEqual([reportRowsMax, true])
  })
})
