import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import type { Ask, Row } from '../../../src/contract/ports.ts'
import type { Report } from '../../../src/show/reporting/report.ts'
import { reportRowsMax, runReport } from '../../../src/show/reporting/run-report.ts'
import { fill } from '../../../src/store/literal.ts'
import { listening, noon } from '../server.ts'

const sample: Report = {
  id: 'sample',
  title: 'Sample',
  description: 'Rows.',
  parameters: {
    word: Type.Optional(Type.String()),
    kind: Type.Optional(Type.Union([Type.Literal('red'), Type.Literal('green')])),
    top: Type.Optional(Type.Integer({ minimum: 1, maximum: 9, default: 5 })),
  },
  dated: { what: 'causes', rows: 'causes', at: 'at', known: 'received_at', by: ['word'] },
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

const given = {
  ...{ report: sample, tenant: 'acme', names: true, fill, now: () => noon, ownClients: [] },
  pseudonym: (tenant: string, instance: string, id: string) => `${tenant}/${instance}/${id.length}`,
}
const run = (
  parameters: { readonly [name: string]: unknown } = {},
  {
    ask = async () => [aRow],
    names = true,
    lacks = [],
  }: { ask?: Ask; names?: boolean; lacks?: readonly Row[] } = {},
) =>
  runReport({
    ...given,
    parameters,
    names,
    // Of what it may lack nothing is on record.
    ask: async (sql, values) => (sql.includes('work_states') ? lacks : await ask(sql, values)),
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
    [{ kind: 'blue' }, 'parameter.kind must be one of red, green.'],
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
  const asked: { readonly sql: string; readonly values: object | undefined }[] = []
  const spanOf =
    (more: object): Ask =>
    async (sql, values) => {
      if (sql === sample.sql) return []
      asked.push({ sql, values })
      const [first_at, last_at] = ['2026-08-01T00:00:00.000Z', '2026-10-01T00:00:00.000Z']
      const row = { n: 7, within: 0, first_at, last_at, last_before: last_at, first_after: null }
      return [{ ...row, ...more }]
    }
  const wordsOf = async (parameters: object, more: object) =>
    (await run({ ...parameters }, { ask: spanOf(more) })).data_lies?.words

  it('says where the data of its tenant lies', async () => {
    const { data_lies } = await run({}, { ask: spanOf({}) })
    expect(data_lies).toEqual({
      ...{ from: '2026-08-01T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' },
      ...{ last_before: '2026-10-01T00:00:00.000Z', first_after: null },
      words:
        'nothing in this period; of acme there is data from 2026-08-01T00:00:00.000Z to 2026-10-01T00:00:00.000Z',
    })
  })

  it('names what lies before and after where a span would reach over its period', async () => {
    expect(await wordsOf({}, { first_after: '2026-11-20T00:00:00.000Z' })).toBe(
      'nothing in this period; of acme the last before it is of 2026-10-01T00:00:00.000Z, the first after it of 2026-11-20T00:00:00.000Z',
    )
  })

  it('does not say that a period is empty which has rows that it only does not count', async () => {
    expect(await wordsOf({}, { within: 2 })).toBe(
      'nothing to show: there are causes of acme in this period, but none that this report counts',
    )
  })

  it('says by which filters and as of when it looked, and looks by them', async () => {
    asked.length = 0
    const past = '2026-11-01T00:00:00.000Z'
    const words = await wordsOf({ word: 'x', as_of: past }, { n: 0 })
    expect(words).toBe(
      `nothing in this period, and nothing on record of acme with word=x as of ${past}`,
    )
    expect(asked[0]?.sql).toContain('received_at <= {as_of:DateTime64(3)}')
    expect(asked[0]?.values).toMatchObject({ tenant: 'acme', word: 'x', as_of: new Date(past) })
  })

  it('says nothing of the kind where it has rows', async () => {
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
    const { asked, ask } = listening(async () => [aRow])
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

  it('counts all rows where there are more than it shows, and says how many are left out', async () => {
    const many = { ...aRow, all_rows: 70_000 }
    const ask: Ask = async () => Array.from({ length: reportRowsMax + 1 }, () => many)
    const result = await run({}, { ask })
    expect([result.row_count, result.row_total, result.truncated]).toEqual([
      reportRowsMax,
      70_000,
      true,
    ])
    expect(result.incomplete).toEqual([
      {
        ...{ what: 'rows_left_out', instance: '', since: result.period.from, count: 20_000 },
        words:
          'the last 20000 of 70000 rows are left out; request shorter periods (from, to) to get all rows; the summary counts all of them',
      },
    ])
  })

  it('hides each person of a list from whoever may not see names', async () => {
    const ask: Ask = async () => [{ ...aRow, who: ['ada', 'bo'] }]
    const [row] = (await run({}, { ask, names: false })).rows
    expect(row?.who).toEqual(['acme/one/3', 'acme/one/2'])
  })

  it('is refused with a detector that nobody has heard of, what was probably meant named first', async () => {
    const parameters = { ...sample.parameters, detector: Type.Optional(Type.String()) }
    const detector = { ...sample, parameters }
    const detectors = ['grant-age', 'new-country', 'new-device'].map((id) => ({ id }))
    const asked = { ...given, report: detector, parameters: { detector: 'new-contry' } }
    await expect(runReport({ ...asked, detectors, ask: async () => [] })).rejects.toThrow(
      "There is no detector 'new-contry'; known are new-country, grant-age, new-device.",
    )
    // One that is no longer there, but on record.
    const ask: Ask = async (sql) =>
      sql === sample.sql ? [aRow] : sql.includes('from findings') ? [{ 1: 1 }] : []
    expect((await runReport({ ...asked, detectors, ask })).row_count).toBe(1)
  })
})
