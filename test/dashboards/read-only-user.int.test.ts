import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  readable,
  readableViews,
  readOnlyUserSql,
  readOnlyUserXml,
} from '../../dashboards/read-only-user.ts'
import type { Engine, EngineSession } from '../../src/store/clickhouse.ts'
import { openEngine } from '../../src/store/clickhouse.ts'
import { migrate, readMigrations, render } from '../../src/store/migrate.ts'
import { expand } from './expand.ts'
import type { ShippedQuery } from './queries.ts'
import { shippedQueries } from './queries.ts'
import { alertSituation, month, situationOf, told, worldEnd } from './stand.ts'

/** What a reader of dashboards has no business with. */
const withheld = [
  'ip',
  'user_agent',
  'subject_id',
  'email',
  'excerpt',
  'facts',
  'salt',
  'device_id',
  'city',
  'latitude',
  'longitude',
  'token_id',
]

/** Of everything something, some with a quote in it: what is chosen is read, too. */
const choice = {
  ...{ fromMs: worldEnd - 1_000, toMs: worldEnd, tenant: ['acme', "o'brien"] },
  ...{ instance: ['main', 'partner'], class: ["it's none"] },
}
const asGrafana = (query: ShippedQuery) =>
  query.kind === 'alert'
    ? alertSituation(query, month.toMs)
    : situationOf(choice, 60_000, { session: "s'1", subject: "ref'1" })

let engine: Engine
let session: EngineSession
let path: string

/**
 * The embedded engine has no users, so the grants are tried as tables: a second database that holds
 * the granted columns and nothing else. What is missing there is missing in the grants.
 */
beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'curfew-reader-'))
  engine = await openEngine({ kind: 'embedded', path })
  session = await engine.session()
  const migrations = readMigrations('schemas/clickhouse')
  await migrate(session, migrations)
  await session.command('create database granted')
  for (const [table, columns] of Object.entries(readable)) {
    await session.command(
      `create table granted.${table} engine = Memory as select ${columns.join(', ')} from default.${table} limit 0`,
    )
  }
  await session.command('use granted')
  for (const migration of migrations) {
    for (const statement of migration.statements) {
      if (/^create view/m.test(statement)) await session.command(render(statement, {}))
    }
  }
})
afterAll(async () => {
  await engine.close()
  rmSync(path, { recursive: true, force: true })
})

describe('the user that Grafana reads with', () => {
  it.each(shippedQueries().map((query) => [query.place, query] as const))(
    'may read everything that %s needs, which shows no rows or only NULLs while there is nothing',
    async (_, query) => {
      const rows = await session.rows(`${expand(query.sql, asGrafana(query))}\n${told}`)
      const cells = rows.flatMap((row) => Object.values(row ?? {}))
      expect(cells.filter((cell) => cell !== null)).toEqual([])
    },
  )

  it('may read nothing that names a person', () => {
    expect(Object.keys(readable)).not.toContain('identities')
    for (const [table, columns] of Object.entries(readable)) {
      for (const column of columns) expect(withheld, `${table}.${column}`).not.toContain(column)
    }
  })

  it('is granted no column that no query needs', async () => {
    const queries = shippedQueries().map((query) => expand(query.sql, asGrafana(query)))
    const text = [...queries, ...['0016_session_lives', '0018_verdicts'].map(sqlOf)].join('\n')
    for (const [table, columns] of Object.entries(readable)) {
      for (const column of columns) {
        expect(new RegExp(`\\b${column}\\b`).test(text), `${table}.${column}`).toBe(true)
      }
    }
  })

  it.each(statementsOf(readOnlyUserSql()))(
    'is made by a statement the engine can parse: %s',
    async (statement) => {
      await expect(session.rows(`explain ast ${statement}`)).resolves.not.toEqual([])
    },
  )

  it('meets on the server of docker-compose.yml the release that is tested here', async () => {
    const image = /clickhouse-server:(\d+\.\d+)/.exec(readFileSync('docker-compose.yml', 'utf8'))
    const rows = await session.rows('select version() as version')
    expect(JSON.stringify(rows)).toContain(`"version":"${image?.[1]}.`)
  })

  it('is refused as it stands in the file, until a password is put in', () => {
    expect(readOnlyUserSql()).toContain("'SHA256_OF_THE_PASSWORD_IN_HEX'")
  })

  it('can change nothing but the time-out of its own queries', () => {
    const xml = readOnlyUserXml()
    expect(xml).toContain('<readonly>1</readonly>')
    expect(xml.match(/<changeable_in_readonly\/>/g)).toHaveLength(1)
    expect(readOnlyUserSql()).toMatch(
      /readonly = 1,\n\s+max_execution_time = .* changeable_in_readonly,/,
    )
  })

  it('is given the same in both files', () => {
    const grants = (text: string) => text.match(/grant select[^;<]*? on curfew\.\w+/g)
    expect(grants(readOnlyUserXml())).toEqual(grants(readOnlyUserSql()))
    expect(grants(readOnlyUserSql())).toHaveLength(
      Object.keys(readable).length + readableViews.length,
    )
  })
})

function sqlOf(name: string): string {
  return readFileSync(join('schemas/clickhouse', `${name}.sql`), 'utf8')
}

function statementsOf(file: string): readonly string[] {
  return file
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
