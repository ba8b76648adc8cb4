import { setImmediate } from 'node:timers/promises'
import { CurfewError } from '../contract/errors.ts'
import type { Append, Ask, AskValues, Log, Row } from '../contract/ports.ts'
import { Rota } from '../contract/rota.ts'
import type { EngineSession, StoreTarget } from './clickhouse.ts'
import { openEngine } from './clickhouse.ts'
import { makeConcurrencyLimit } from './concurrency-limit.ts'
import type { ExpandViews } from './expand-views.ts'
import { makeExpandViews } from './expand-views.ts'
import { fill } from './literal.ts'
import { migrate, readMigrations } from './migrate.ts'
import { makeSeal } from './seal.ts'

/** A finished block of one table in ClickHouse's Native format, for the one hot path. */
export type InsertBlock = (
  table: string,
  columns: readonly string[],
  block: readonly Uint8Array[],
) => Promise<void>

/**
 * The store: ClickHouse, embedded or a server, through one client. Each user has sessions of its own, so that a
 * report never delays an insert: `append` and `insertBlock` write on two, `askControl`
 * serves the enforcer, `askReviews` its reviews, `askOrders` the orders it carries out, `askRecall` the memory,
 * `askSweep` sweeps over all data, `ask` the API and reports with limits, and `askHealth` the health check.
 */
export interface Store {
  readonly ask: Ask
  readonly askControl: Ask
  readonly askReviews: Ask
  readonly askOrders: Ask
  readonly askRecall: Ask
  readonly askSweep: Ask
  readonly askHealth: Ask
  readonly append: Append
  readonly insertBlock: InsertBlock
  /** Cancels the running statement of sweeps and refuses new ones, so that a shutdown does not wait for them. */
  readonly breakOffSweeps: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface StoreOptions {
  readonly target: StoreTarget
  /** Folder of the numbered migrations. */
  readonly migrations: string
  readonly cluster?: string
  /** Key of the salts of evidence rows. */
  readonly sealKey: Buffer
  readonly log: Log
}

/** Queries of people: two at a time, twenty seconds and 1.5 GB each. */
const readsWaitingMax = 64
const readSettings = { max_execution_time: 20, max_memory_usage: 1_500_000_000 }
/** Sweeps read more with more data: one statement at a time, with a long time limit. */
const sweepSettings = { max_execution_time: 600, max_memory_usage: 4_000_000_000 }
/** Statements of the enforcer read bounded pages; beyond half of the memory limit the engine groups on disk. */
const controlSettings = {
  max_memory_usage: 4_000_000_000,
  max_bytes_before_external_group_by: 2_000_000_000,
}
/** Statements about few sessions or subjects by their ids. */
const fewSettings = {
  max_memory_usage: 2_000_000_000,
  max_bytes_before_external_group_by: 1_000_000_000,
}
/** The health check reads nothing. */
const healthSettings = { max_execution_time: 60, max_threads: 1 }

/**
 * Opens the store and applies the migrations.
 *
 * @throws CurfewError STORE_LOCKED, STORE_UNREACHABLE, STORE_MIGRATION.
 */
export async function openStore({
  target,
  migrations,
  cluster,
  sealKey,
  log,
}: StoreOptions): Promise<Store> {
  const engine = await openEngine(target)
  try {
    const control = await engine.session(controlSettings)
    const files = readMigrations(migrations)
    const applied = await migrate(control, files, cluster === undefined ? {} : { cluster })
    const expand = makeExpandViews(files)
    if (applied.length > 0) log.info({ applied }, 'migrations applied')
    await reportDetached(control, log)
    const [blocks, rows, reviews, orders, moreOrders, recall, sweep, health, first, second] = [
      await engine.session(),
      await engine.session(),
      await engine.session(fewSettings),
      await engine.session(fewSettings),
      await engine.session(fewSettings),
      await engine.session(fewSettings),
      await engine.session(sweepSettings),
      await engine.session(healthSettings),
      await engine.session(readSettings),
      await engine.session(readSettings),
    ]
    return {
      ask: makePooled([first, second], expand),
      askControl: makeAsk(control, expand),
      askReviews: makeAsk(reviews, expand),
      askOrders: makeShared([orders, moreOrders], expand),
      askRecall: makeAsk(recall, expand),
      ...makeSweeping(sweep, expand),
      askHealth: makeAsk(health, expand),
      append: makeAppend(rows, makeSeal(sealKey)),
      insertBlock: (table, columns, block) => blocks.insert(table, columns, 'Native', block),
      close: engine.close,
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}

function makeAsk(session: EngineSession, expand: ExpandViews): Ask {
  // JSON rows; each reader checks the columns it uses.
  return async (sql, values) => (await session.rows(fill(expand(sql), values))) as readonly Row[]
}

function makeSweeping(
  session: EngineSession,
  expand: ExpandViews,
): Pick<Store, 'askSweep' | 'breakOffSweeps'> {
  const ask = makeAsk(session, expand)
  let isOver = false
  return {
    askSweep: async (sql, values) => {
      if (isOver)
        throw new CurfewError('STORE_UNREACHABLE', 'the store is closing; no sweep starts')
      return await ask(sql, values)
    },
    breakOffSweeps: async () => {
      isOver = true
      await session.breakOff()
    },
  }
}

/** Shares a few sessions among instances in rotation: an instance with many statements delays others by one. */
function makeShared(sessions: readonly EngineSession[], expand: ExpandViews): Ask {
  const free = [...sessions]
  const waiting = new Rota<(session: EngineSession) => void>()
  const nextFree = (values: AskValues | undefined) =>
    new Promise<EngineSession>((resolve) => waiting.add(queueOf(values), resolve))
  return async (sql, values) => {
    const filled = fill(expand(sql), values)
    const session = free.pop() ?? (await nextFree(values))
    try {
      return (await session.rows(filled)) as readonly Row[]
    } finally {
      const next = waiting.take()
      if (next) next(session)
      else free.push(session)
    }
  }
}

function queueOf(values: AskValues = {}): string {
  return JSON.stringify([values.tenant ?? '', values.instance ?? ''])
}

/** Shares a few reading sessions among many readers. */
function makePooled(sessions: readonly EngineSession[], expand: ExpandViews): Ask {
  const free = [...sessions]
  const withLimit = makeConcurrencyLimit(
    sessions.length,
    readsWaitingMax,
    () =>
      new CurfewError(
        'STORE_UNREACHABLE',
        `more than ${readsWaitingMax} queries are waiting for the store; try again in a moment`,
        { retry: true, retryAfterMs: 2_000 },
      ),
  )
  return (sql, values) => {
    const filled = fill(expand(sql), values)
    return withLimit(async () => {
      const session = free.pop()
      if (!session) throw new TypeError('the limit admitted more readers than there are sessions')
      try {
        return (await session.rows(filled)) as readonly Row[]
      } finally {
        free.push(session)
      }
    })
  }
}

/** Rows sealed and encoded before other work gets to run. */
const rowsAtOnce = 1_000

/** Appends rows of one shape; the columns are those of the first row. */
function makeAppend(session: EngineSession, seal: ReturnType<typeof makeSeal>): Append {
  return async (table, rows) => {
    if (rows.length === 0) return
    // Columns of all rows: rows may have different optional columns.
    const columns = new Set<string>()
    const lines: Uint8Array[] = []
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const some = rows.slice(from, from + rowsAtOnce).map((row) => seal(table, row))
      for (const row of some) for (const column of Object.keys(row)) columns.add(column)
      lines.push(Buffer.from(some.map((row) => `${JSON.stringify(row)}\n`).join('')))
      if (from > 0) await setImmediate()
    }
    await session.insert(table, [...columns], 'JSONEachRow', lines)
  }
}

/**
 * The engine detaches a corrupt part at start without an error, and its rows vanish from answers: an evidence
 * store must report that.
 */
async function reportDetached(session: EngineSession, log: Log): Promise<void> {
  const parts = await session.rows(
    "select database, table, name, reason from system.detached_parts where reason not in ('', 'ignored')",
  )
  if (parts.length > 0) {
    log.error(
      { parts },
      'the engine has detached corrupt parts: their rows are missing until they are restored',
    )
  }
}
