import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { CurfewError } from '../contract/errors.ts'
import { makePause } from '../contract/pause.ts'
import { storeFailure } from './failure.ts'
import type { Inbox } from './inbox.ts'
import { openInbox } from './inbox.ts'

type Connection = NonNullable<ClickHouseClientConfigOptions['connection']>

/** Location of the data: a folder of this process, or a server. */
export type StoreTarget =
  | { readonly kind: 'embedded'; readonly path: string }
  | {
      readonly kind: 'server'
      readonly url: string
      readonly username: string
      readonly password: string
      readonly database: string
    }

/** One connection to the engine: a query on it never waits for another session. */
export interface EngineSession {
  readonly command: (sql: string) => Promise<void>
  readonly rows: (sql: string) => Promise<unknown[]>
  /** Inserts bytes of a binary or text format, in order; they are never part of the query text. */
  readonly insert: (
    table: string,
    columns: readonly string[],
    format: string,
    bytes: readonly Uint8Array[],
  ) => Promise<void>
  /** Cancels its running reads. Never rejects. */
  readonly breakOff: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens sessions on one target; `close` ends them all and removes the private folder. */
export interface Engine {
  readonly kind: StoreTarget['kind']
  readonly session: (settings?: EngineSettings) => Promise<EngineSession>
  readonly close: () => Promise<void>
}

export type EngineSettings = { readonly [name: string]: string | number }

/** Set explicitly: the embedded build has other defaults than a server for some of them. */
const always: EngineSettings = {
  async_insert: 0,
  insert_deduplicate: 0,
  optimize_on_insert: 0,
  output_format_json_quote_64bit_integers: 0,
  date_time_output_format: 'iso',
  date_time_input_format: 'best_effort',
  join_use_nulls: 0,
  session_timezone: 'UTC',
  // Searching chains of comparisons for others that follow from them is a fifth of the analysis of a report, and finds nothing.
  optimize_and_compare_chain: 0,
  // Keys stand in the statements that ask for them. The engine's own limit of 256 KiB was passed by
  // 5,000 ids of 26 characters that a statement names twice.
  max_query_size: 64 * 1024 * 1024,
}

/** The client would log every failure by itself; failures are returned as CurfewErrors instead. */
const log = { level: ClickHouseLogLevel.OFF }

/** Opens the engine; sessions connect on first use. @throws CurfewError STORE_LOCKED, STORE_UNREACHABLE. */
export async function openEngine(target: StoreTarget): Promise<Engine> {
  const inbox = target.kind === 'embedded' ? openInbox() : undefined
  const clients = new Set<ClickHouseClient>()
  let opened = 0
  const session = async (settings: EngineSettings = {}): Promise<EngineSession> => {
    opened += 1
    const name = `curfew ${opened}`
    const client = await connect(target, { ...always, ...settings, log_comment: name })
    clients.add(client)
    const close = async () => {
      clients.delete(client)
      await client.close()
    }
    const breakOff = () => (target.kind === 'embedded' ? killReads(session, name) : close())
    return { ...makeSession(client, inbox), breakOff, close }
  }
  const close = async () => {
    if (target.kind === 'embedded') await killReads(session)
    for (const client of clients) await client.close()
    clients.clear()
    inbox?.close()
  }
  return { kind: target.kind, session, close }
}

/**
 * The process cannot end before the engine's last statement, and a sweep may take minutes. This cancels reads
 * of all sessions or of one; writes run
 * to their end.
 */
async function killReads(session: Engine['session'], name?: string): Promise<void> {
  const ofOne = name === undefined ? '' : ` and Settings['log_comment'] = '${name}'`
  try {
    const mine = await session()
    await mine.command(`kill query where query_kind = 'Select'${ofOne} async`)
    await mine.close()
  } catch {
    // Best effort: the process ends when its statements have ended.
  }
}

async function connect(target: StoreTarget, settings: EngineSettings): Promise<ClickHouseClient> {
  try {
    if (target.kind === 'server') {
      const { kind: _, ...server } = target
      return createClient({
        ...server,
        // Whole answers only: a statement that fails half-way would have sent its first rows as a success.
        // A cancelled read ends with its connection.
        clickhouse_settings: {
          ...settings,
          wait_end_of_query: 1,
          cancel_http_readonly_queries_on_client_close: 1,
        },
        // Longer than the server's own limit.
        request_timeout: Math.max(60, Number(settings.max_execution_time ?? 0) + 5) * 1_000,
        log,
        keep_alive: { idle_socket_ttl: 2_000 },
      })
    }
    mkdirSync(target.path, { recursive: true, mode: 0o700 })
    // Only here and only when embedded: loading the engine costs half a gigabyte of address space,
    // and a thread that loaded it must live as long as its process.
    const { createChdbConnection } = await import('chdb/connection')
    const connection = createChdbConnection({ path: target.path })
    // One interface, declared in two packages: only a private field of a settings class differs.
    const client = createClient({ connection: connection as unknown as Connection, log })
    // Settings per query would become SET statements in front of each; once is enough.
    for (const [name, value] of Object.entries(settings)) {
      await client.command({
        query: `set ${name} = ${typeof value === 'number' ? value : `'${value}'`}`,
      })
    }
    return client
  } catch (error) {
    const holder = target.kind === 'embedded' ? holderOf(target.path) : undefined
    if (holder !== undefined) {
      throw new CurfewError(
        'STORE_LOCKED',
        `the data folder ${target.kind === 'embedded' ? target.path : ''} is in use by process ${holder}. ` +
          'Ask that server over its API instead, or stop it first.',
        { cause: error },
      )
    }
    throw storeFailure(error, 'opening the store')
  }
}

/**
 * The living process that holds a data folder, by the status file the engine writes there: the
 * engine itself only says that no connection could be made.
 */
function holderOf(path: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(path, 'status'), 'utf8'))?.[1])
    if (pid === process.pid || !Number.isInteger(pid)) return undefined
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

function makeSession(
  client: ClickHouseClient,
  inbox: Inbox | undefined,
): Omit<EngineSession, 'close' | 'breakOff'> {
  const guarded = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw storeFailure(error, doing)
    }
  }
  return {
    command: (sql) =>
      guarded('changing the store', async () => void (await client.command({ query: sql }))),
    rows: (sql) =>
      guarded('reading the store', async () => {
        const answer = await client.query({ query: sql, format: 'JSONEachRow' })
        return await linesOf(await answer.text())
      }),
    insert: (table, columns, format, bytes) =>
      guarded(`inserting into ${table}`, () =>
        inbox === undefined
          ? insertByBody(client, table, columns, format, bytes)
          : insertByFile(client, inbox, table, columns, format, bytes),
      ),
  }
}

/**
 * The embedded engine ends inline data at the first blank line and runs the rest as SQL, so data
 * goes in through a file that only this process can name.
 */
/** Rows of one line each; a large answer is parsed in pieces, or nothing else would run meanwhile. */
async function linesOf(text: string): Promise<unknown[]> {
  const rows: unknown[] = []
  const pause = makePause(charactersAtOnce)
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from)
    const end = found < 0 ? text.length : found
    if (end > from) rows.push(JSON.parse(text.slice(from, end)))
    await pause(end - from)
    from = end + 1
  }
  return rows
}

/** Rows parsed before other work gets to run: some milliseconds. */
const charactersAtOnce = 512 * 1024

async function insertByFile(
  client: ClickHouseClient,
  inbox: Inbox,
  table: string,
  columns: readonly string[],
  format: string,
  bytes: readonly Uint8Array[],
): Promise<void> {
  const names = columns.join(', ')
  await inbox.lend(bytes, (path) =>
    client.command({
      query: `insert into ${table} (${names}) from infile '${path}' format ${format}`,
    }),
  )
}

async function insertByBody(
  client: ClickHouseClient,
  table: string,
  columns: readonly string[],
  format: string,
  bytes: readonly Uint8Array[],
): Promise<void> {
  const answer = await client.exec({
    query: `insert into ${table} (${columns.join(', ')}) format ${format}`,
    values: Readable.from(bytes),
  })
  for await (const _ of answer.stream) {
    // The answer must be read to its end, or the socket is cut and the next call sees a reset.
  }
}
