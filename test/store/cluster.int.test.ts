import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine, EngineSession } from '../../src/store/clickhouse.ts'
import { openEngine } from '../../src/store/clickhouse.ts'
import { migrate, readMigrations, render } from '../../src/store/migrate.ts'

/**
 * No cluster is at hand where these tests run: what it would be sent is rendered and parsed by the
 * real engine, and its answers are played.
 */
const migrations = readMigrations('schemas/clickhouse')
const statements = migrations.flatMap((migration) => migration.statements)

let folder = ''
let engine: Engine
let session: EngineSession
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  engine = await openEngine({ kind: 'embedded', path: folder })
  session = await engine.session()
})
afterAll(async () => {
  await engine.close()
  rmSync(folder, { recursive: true })
})

/** A server that knows so many shards, and writes down what it is told to do. */
function aServer(shards: number) {
  const told: string[] = []
  const server: EngineSession = {
    command: async (sql) => void told.push(sql),
    rows: async (sql) => (sql.includes('system.clusters') ? [{ shards }] : []),
    insert: async (table) => void told.push(`insert into ${table}`),
    breakOff: async () => {},
    close: async () => {},
  }
  return { server, told }
}

const withoutComments = (sql: string) => sql.replaceAll(/--.*$/gm, '')
const parse = (sql: string) => session.rows(`explain ast ${withoutComments(sql)}`)

describe('the tables on a cluster', () => {
  it('are made by statements that the engine can parse, on every replica', async () => {
    const { server, told } = aServer(1)
    const done = await migrate(server, migrations, { cluster: 'main-1' })
    expect(done).toEqual(migrations.map(({ name }) => name))
    const made = told.filter((sql) => !sql.startsWith('insert into'))
    expect(made.length).toBe(statements.length + 1)
    for (const sql of made) {
      expect(withoutComments(sql)).toMatch(
        /^\s*(create (table|view|materialized view) if not exists|alter table) \w+ on cluster 'main-1'/,
      )
      expect(sql).not.toContain('{{')
      await parse(sql)
    }
    await expect(parse('create table of nothing')).rejects.toThrow()
  })

  it('are replicated one and all, with the version of those that keep the last row', () => {
    const rendered = statements.map((statement) => render(statement, { cluster: 'main-1' }))
    const engines = rendered.flatMap((sql) => sql.match(/(?<=engine = ).*/gi) ?? [])
    expect(engines.length).toBeGreaterThan(14)
    for (const each of engines) {
      expect(each).toMatch(
        /^Replicated\w*MergeTree\('[^']*\{uuid\}[^']*\{shard\}', '\{replica\}'(, \w+)?\)$/,
      )
    }
    const plain = statements.flatMap((each) => render(each, {}).match(/(?<=engine = ).*/gi) ?? [])
    const versions = (all: readonly string[]) => all.map((each) => /(\w+)\)$/.exec(each)?.[1])
    expect(plain.some((each) => each.includes('Replicated'))).toBe(false)
    expect(engines.map((each, at) => each.includes(`, ${versions(plain)[at]})`))).toEqual(
      plain.map((each) => each.includes('(')),
    )
  })

  it.each([
    [3, '3 shards of it'],
    [0, 'none of that name'],
  ])('are not made on one of %i shards, where answers would lack rows', async (shards, words) => {
    const { server, told } = aServer(shards)
    await expect(migrate(server, migrations, { cluster: 'main-1' })).rejects.toMatchObject({
      code: 'STORE_MIGRATION',
      message: expect.stringContaining(words),
    })
    expect(told).toEqual([])
  })

  it('are looked for on the real engine, which knows no cluster', async () => {
    await expect(migrate(session, migrations, { cluster: 'main-1' })).rejects.toThrow(
      'none of that name',
    )
  })
})
