import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CurfewError } from '../contract/errors.ts'
import type { EngineSession } from './clickhouse.ts'
import { fill } from './literal.ts'

/** One numbered file of `schemas/clickhouse/`. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly statements: readonly string[]
  readonly digest: string
}

/** How to render the DDL: for one engine, or replicated over a cluster. */
export interface Rendering {
  readonly cluster?: string
}

const durable = 'fsync_after_insert = 1, fsync_part_directory = 1'

/**
 * Reads the migrations in order.
 *
 * @throws CurfewError STORE_MIGRATION when numbers are not 1, 2, 3 … without a gap.
 */
export function readMigrations(folder: string): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => /^\d{4}_.+\.sql$/.test(name))
    .sort()
  return names.map((name, index) => {
    const number = Number(name.slice(0, 4))
    if (number !== index + 1) {
      throw new CurfewError(
        'STORE_MIGRATION',
        `migrations must be numbered without gaps: expected ${String(index + 1).padStart(4, '0')}_…, found ${name}`,
      )
    }
    const text = readFileSync(join(folder, name), 'utf8')
    return {
      number,
      name: name.replace(/\.sql$/, ''),
      statements: split(text),
      digest: createHash('sha256').update(text).digest('hex').slice(0, 32),
    }
  })
}

/** Fills `{{engine …}}`, `{{on_cluster}}` and `{{durable}}`. */
export function render(statement: string, { cluster }: Rendering): string {
  return statement
    .replaceAll('{{on_cluster}}', cluster === undefined ? '' : `on cluster '${cluster}'`)
    .replaceAll('{{durable}}', durable)
    .replace(
      /\{\{engine (\w*MergeTree)(\(([^}]*)\))?\}\}/g,
      (_, family: string, __, version = '') => {
        if (cluster === undefined) return version === '' ? family : `${family}(${version})`
        const path = "'/clickhouse/tables/{uuid}/{shard}', '{replica}'"
        return `Replicated${family}(${path}${version === '' ? '' : `, ${version}`})`
      },
    )
}

/**
 * Applies pending migrations in order. Every statement may run twice, so a crash between a
 * file and its mark only repeats it. A file that changed after it was applied stops the start.
 *
 * @throws CurfewError STORE_MIGRATION, STORE_REFUSED, STORE_UNREACHABLE.
 */
export async function migrate(
  session: EngineSession,
  migrations: readonly Migration[],
  rendering: Rendering = {},
): Promise<readonly string[]> {
  if (rendering.cluster !== undefined) await checkCluster(session, rendering.cluster)
  const table = `create table if not exists migrations {{on_cluster}}
    (number UInt32, name String, digest String, applied_at DateTime64(3, 'UTC') default now64(3, 'UTC'))
    engine = {{engine MergeTree}} order by number settings {{durable}}`
  await session.command(render(table, rendering))
  const applied = new Map<number, string>()
  for (const row of await session.rows('select number, digest from migrations')) {
    if (isMark(row)) applied.set(row.number, row.digest)
  }
  const done: string[] = []
  for (const migration of migrations) {
    const digest = applied.get(migration.number)
    if (digest === migration.digest) continue
    if (digest !== undefined) {
      throw new CurfewError(
        'STORE_MIGRATION',
        `${migration.name} was changed after it was applied (applied ${digest}, found ${migration.digest}). Put it back and write a new file.`,
      )
    }
    for (const statement of migration.statements)
      await session.command(render(statement, rendering))
    const mark = { number: migration.number, name: migration.name, digest: migration.digest }
    await session.insert('migrations', ['number', 'name', 'digest'], 'JSONEachRow', [
      Buffer.from(JSON.stringify(mark)),
    ])
    done.push(migration.name)
  }
  return done
}

/**
 * Tables are not distributed over shards: on a cluster of several, rows would stay on the shard that received them,
 * and every answer would lack the rows of the others.
 */
async function checkCluster(session: EngineSession, cluster: string): Promise<void> {
  const [row] = await session.rows(
    fill(
      'select uniqExact(shard_num) as shards from system.clusters where cluster = {cluster:String}',
      {
        cluster,
      },
    ),
  )
  const shards = typeof row === 'object' && row !== null && 'shards' in row ? row.shards : 0
  if (shards === 1) return
  throw new CurfewError(
    'STORE_MIGRATION',
    `CURFEW_CLICKHOUSE_CLUSTER must name a cluster of one shard, with any number of replicas; the server has ${shards === 0 ? 'none of that name' : `${String(shards)} shards of it`}. Name another one in its remote_servers.`,
  )
}

function isMark(row: unknown): row is { readonly number: number; readonly digest: string } {
  return typeof row === 'object' && row !== null && 'number' in row && 'digest' in row
}

/** Statements end with a semicolon at the end of a line; comments stay in. */
function split(text: string): readonly string[] {
  return text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^--.*$/gm, '').trim() !== '')
}
