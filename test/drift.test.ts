import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { publishedSchemas } from '../src/config/published-schemas.ts'
import { Cause } from '../src/contract/cause.ts'
import { Curfew } from '../src/contract/curfew.ts'
import type { Entitlement, SignInSide } from '../src/contract/derived-facts.ts'
import { Evidence } from '../src/contract/evidence.ts'
import { Finding } from '../src/contract/finding.ts'
import { OrderStep } from '../src/contract/order-step.ts'
import { Rejected } from '../src/contract/rejected.ts'
import { Request } from '../src/contract/request.ts'
import { causeRow, curfewRow, findingRow } from '../src/contract/rows.ts'
import { throughAll, workGapRow, workStateRow } from '../src/contract/work.ts'
import {
  makeEdgeBlock,
  makeFirstSightBlock,
  makeIdentityBlock,
} from '../src/record/derived-facts-block.ts'
import { eventColumns } from '../src/record/events-block.ts'
import { entitlementRow, eventRow, rejectedRow, signInRow } from '../src/record/rows.ts'
import { readMigrations } from '../src/store/migrate.ts'
import { columnsOf } from './drift/columns.ts'
import type { Field } from './drift/fields.ts'
import { fieldsOf, isSchema } from './drift/fields.ts'
import { enrichedEvents } from './record/event-arbitrary.ts'

const published = [...publishedSchemas()]

/** RFC 3339 with an offset; the one format that the contracts use. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

const newAjv = () =>
  new Ajv2020({ strict: true, allErrors: true, formats: { 'date-time': dateTime } })

function schemaOf(path: string) {
  const text = publishedSchemas().get(path)
  if (text === undefined) throw new Error(`${path} is not published`)
  const schema: unknown = JSON.parse(text)
  if (!isSchema(schema)) throw new Error(`${path} is no schema`)
  return schema
}

describe('the files in schemas/', () => {
  it('are exactly those that the code publishes', () => {
    const files = readdirSync('schemas').filter((name) => /\.v\d+\.json$/.test(name))
    expect(files.sort()).toEqual(published.map(([path]) => path).sort())
    expect(files.length).toBeGreaterThanOrEqual(9)
  })

  it.each(published)('hold what the code generates: %s', (path, text) => {
    expect(readFileSync(join('schemas', path), 'utf8')).toBe(text)
  })

  it.each(published)('are valid JSON Schema, and named after their $id: %s', (path) => {
    const ajv = newAjv()
    const schema = schemaOf(path)
    expect(ajv.validateSchema(schema)).toBe(true)
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(`${schema.$id}.json`).toBe(path)
    expect(() => ajv.compile(schema)).not.toThrow()
  })

  it.each(published)('say what every field means: %s', (path) => {
    const schema = schemaOf(path)
    const fields = fieldsOf(schema)
    expect(fields.length).toBeGreaterThan(5)
    expect(schema.description).toEqual(expect.stringMatching(/\.$/))
    expect(fields.filter(({ schema }) => !isSentence(schema.description)).map(pathOf)).toEqual([])
  })
})

describe('session-event.v1', () => {
  const schema = schemaOf('session-event.v1.json')
  const fields = fieldsOf(schema)

  it('gives for every field an example that is valid', () => {
    const leaves = fields.filter(({ isLeaf }) => isLeaf)
    expect(leaves.length).toBeGreaterThan(40)
    expect(leaves.filter((leaf) => !hasValidExamples(leaf.schema)).map(pathOf)).toEqual([])
  })

  it('gives a whole event as an example that is valid', () => {
    expect(hasValidExamples(schema)).toBe(true)
  })

  it('says who fills each part that not every producer can fill', () => {
    const required: unknown = schema.required
    const optional = fields.filter(
      ({ path }) =>
        path.lastIndexOf('/') === 0 &&
        !(Array.isArray(required) && required.includes(path.slice(1))),
    )
    expect(optional.length).toBeGreaterThan(20)
    expect(
      optional.filter((each) => !`${each.schema.description}`.includes('Filled by: ')).map(pathOf),
    ).toEqual([])
  })
})

describe('a migration', () => {
  it('has the number after the one before it', () => {
    const names = readMigrations('schemas/clickhouse').map(({ number, name }) => [number, name])
    expect(names.length).toBeGreaterThanOrEqual(17)
    expect(names.map(([number]) => number)).toEqual(names.map((_, index) => index + 1))
    expect(readdirSync('schemas/clickhouse')).toHaveLength(names.length)
  })

  it('that leaves a gap is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrations-'))
    try {
      writeFileSync(join(folder, '0001_one.sql'), 'select 1')
      writeFileSync(join(folder, '0003_three.sql'), 'select 3')
      expect(() => readMigrations(folder)).toThrow(/expected 0002_…, found 0003_three\.sql/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('opens with what one row is, and for a table why it is ordered so and how long it is kept', () => {
    const unsaid = Object.fromEntries(
      readdirSync('schemas/clickhouse').map((name) => [
        name,
        unsaidIn(readFileSync(join('schemas/clickhouse', name), 'utf8')),
      ]),
    )
    expect(Object.values(unsaid).flat(), JSON.stringify(unsaid)).toEqual([])
    expect(unsaidIn('-- One row is a guess.\ncreate table t')).toEqual(['ordered so', 'kept'])
    expect(unsaidIn('create view v as select 1\n-- one row is late')).toEqual(['one row'])
  })
})

/** One side of a sign-in. */
const side: SignInSide = {
  ...{ tenant: 'acme', instance: 'sso', subjectRef: 'ref', at: 0, eventId: 'e' },
  ...{ sessionKind: 'online', sessionId: '', connectionId: 'c', organizationId: 'o' },
  ...{ ip: '', userAgent: '' },
}

const statement: Entitlement = {
  ...{ tenant: 'acme', instance: 'sso', kind: 'roles', scopeId: 'o', subjectRef: 'ref' },
  ...{ at: 0, eventId: 'e', organizationId: 'o', held: ['admin'], begins: false },
  ...{ lane: 'live', mayAct: true, receivedAt: 0 },
}

describe('the columns of a table', () => {
  const tables = columnsOf(
    readdirSync('schemas/clickhouse')
      .sort()
      .map((name) => readFileSync(join('schemas/clickhouse', name), 'utf8')),
  )
  const [event] = fc.sample(enrichedEvents, 1).flat()
  if (event === undefined) throw new Error('no event was made')

  it.each([
    ['causes', Cause],
    ['curfews', Curfew],
    ['findings', Finding],
    ['rejected', Rejected],
    ['requests', Request],
    ['order_steps', OrderStep],
    ['evidence', Evidence],
  ] as const)('are the fields of its noun: %s', (table, noun) => {
    expect(drift(Object.keys(noun.properties).map(snake), table)).toEqual(none)
  })

  it.each([
    ['causes', Object.keys(causeRow(Value.Create(Cause)))],
    ['curfews', Object.keys(curfewRow(Value.Create(Curfew)))],
    ['findings', Object.keys(findingRow(Value.Create(Finding)))],
    ['rejected', Object.keys(rejectedRow(Value.Create(Rejected)))],
    ['events', Object.keys(eventRow(event))],
    ['events', eventColumns],
    ['session_edges', makeEdgeBlock().columns],
    ['subject_firsts', makeFirstSightBlock().columns],
    ['identities', makeIdentityBlock().columns],
    ['sign_ins', Object.keys(signInRow(side))],
    ['entitlements', Object.keys(entitlementRow(statement))],
    [
      'work_states',
      Object.keys(workStateRow({ ...throughAll, failing: false, reason: '', at: 0 })),
    ],
    ['work_gaps', Object.keys(workGapRow({ ...throughAll, reason: '', fromAt: 0, untilAt: 0 }))],
  ] as const)('are those that its rows are written with: %s', (table, names) => {
    expect(drift(names, table)).toEqual(none)
  })

  it('are told apart by who fills them, and a field too many or too few is found', () => {
    expect(tables.get('causes')).toContainEqual({ name: 'mode_max', fill: 'may' })
    expect(tables.get('events')).toContainEqual({ name: 'content_hash', fill: 'never' })
    const most = Object.keys(causeRow(Value.Create(Cause))).filter((name) => name !== 'reason')
    expect(drift([...most, 'mood'], 'causes')).toEqual({ unknown: ['mood'], unfilled: ['reason'] })
    expect(drift(['row_version'], 'events').unknown).toEqual(['row_version'])
    const altered = columnsOf([
      'create table if not exists t\n(\n    a String,\n    b Array(Tuple(UInt8, UInt8))\n)\n;',
      "alter table t add column if not exists c String default ''",
    ])
    expect(altered.get('t')?.map(({ name, fill }) => `${name} ${fill}`)).toEqual([
      'a must',
      'b must',
      'c may',
    ])
  })

  const none = { unknown: [], unfilled: [] }

  /** Names that no column takes, and columns that would be left to chance. */
  function drift(names: readonly string[], table: string) {
    const columns = tables.get(table)
    if (columns === undefined) throw new Error(`no migration makes ${table}`)
    const open = new Set(columns.flatMap(({ name, fill }) => (fill === 'never' ? [] : [name])))
    return {
      unknown: names.filter((name) => !open.has(name)),
      unfilled: columns
        .filter(({ name, fill }) => fill === 'must' && !sealed.has(name) && !names.includes(name))
        .map(({ name }) => name),
    }
  }
})

/** What the store adds when it seals a row. */
const sealed = new Set(['salt', 'row_commit'])

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
/** What the comment that opens a migration leaves out. */
function unsaidIn(sql: string): readonly string[] {
  const [head = ''] = /^(?:--.*\n)*/.exec(sql) ?? []
  const owed = /^create table/m.test(sql) ? ['one row', 'ordered so', 'kept'] : ['one row']
  return owed.filter((words) => !head.toLowerCase().includes(words))
}

const pathOf = ({ path }: Field) => path
const isSentence = (text: unknown) => typeof text === 'string' && /^\S.*\.$/.test(text)

function hasValidExamples(schema: Field['schema']): boolean {
  const { examples } = schema
  if (!Array.isArray(examples) || examples.length === 0) return false
  const validate = newAjv().compile(schema)
  return examples.every((example) => validate(example))
}
