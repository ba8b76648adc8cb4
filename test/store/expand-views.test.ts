import { describe, expect, it } from 'vitest'
import { makeExpandViews } from '../../src/store/expand-views.ts'
import { readMigrations } from '../../src/store/migrate.ts'

const migration = (...statements: string[]) => ({
  number: 1,
  name: '0001_x',
  statements,
  digest: '',
})

const judged = `-- What it is for.
create view if not exists judged {{on_cluster}} as
with {at:DateTime64(3, 'UTC')} as now
-- Why it is so.
select id from marks where at < {at:DateTime64(3, 'UTC')}`
const plain = `create view if not exists plain {{on_cluster}} as
select id from marks`

describe('a statement that names a view with a parameter', () => {
  const expand = makeExpandViews([migration(judged, plain)])

  it('gets the text of the view, with its own place for each of the parameter', () => {
    const sql = 'select * from judged(at = {now:DateTime64(3)}) as j where id = {id:String}'
    expect(expand(sql)).toBe(
      'select * from (with {now:DateTime64(3)} as now\n' +
        'select id from marks where at < {now:DateTime64(3)}) as j where id = {id:String}',
    )
  })

  it('gets it as often as it names the view', () => {
    const sql = 'select * from judged(at = {a:DateTime64(3)}), judged(at = {b:DateTime64(3)})'
    expect(expand(sql).match(/from marks/g)).toHaveLength(2)
    expect(expand(sql)).not.toContain('judged(')
  })

  it('may say among which sessions, in the place of all that the view looks at', () => {
    const wide = `create view if not exists wide {{on_cluster}} as
select {at:DateTime64(3, 'UTC')} as now, id from (select id from marks as every_session)`
    const sql = 'with few as (select 1) select * from wide(at = {now:DateTime64(3)}, among = few)'
    expect(makeExpandViews([migration(wide)])(sql)).toBe(
      'with few as (select 1) select * from ' +
        '(select {now:DateTime64(3)} as now, id from (select id from few))',
    )
    const lives = `create view if not exists lives {{on_cluster}} as
select id from marks where id in (select id from marks as every_session)`
    expect(makeExpandViews([migration(lives)])('select * from lives(among = few) as l')).toBe(
      'select * from (select id from marks where id in (select id from few)) as l',
    )
    const refused = 'select * from judged(at = {now:DateTime64(3)}, among = few)'
    expect(() => expand(refused)).toThrow(/'judged' takes no 'among'/)
  })

  it('stays as it is where it gives a value and no place, or names a plain view or another table', () => {
    for (const source of ['judged(at = noon)', 'plain', 'misjudged(at = {a:DateTime64(3)})']) {
      expect(expand(`select * from ${source}`)).toBe(`select * from ${source}`)
    }
  })
})

it('The view of verdicts is one that statements get the text of', () => {
  const expand = makeExpandViews(readMigrations('schemas/clickhouse'))
  const expanded = expand('select verdict from verdicts(as_of = {now:DateTime64(3)})')
  expect(expanded).toContain("'kept'")
  expect(expanded).not.toMatch(/\{as_of|verdicts\(|--/)
})
