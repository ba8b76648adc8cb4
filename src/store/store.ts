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
 * The store: ClickHouse, embedded or a server, through one client. Sessions are apart, so that a
 * report never holds up an insert: `append` and `insertBlock` write on two of their own, `askControl`
 * belongs to the enforcer, `askReviews` to its reviews and `askOrders` to the orders that it carries out, `askRecall` to the memory, `askSweep` to what looks over all that is stored,
 * `ask` to people, few at a time and with caps, and `askHealth` to whoever asks whether the store answers.
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
  /** Gives up the sweeps' statement under way and answers no other one: a stop does not wait for them. */
  readonly breakOffSweeps: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface StoreOptions {
  readonly target: StoreTarget
  /** Folder of the numbered DDL files. */
  readonly migrations: string
  readonly cluster?: string
  /** Key of the salts of evidence rows. */
  readonly sealKey: Buffer
  readonly log: Log
}

/** People's queries: two at a time, twenty seconds and one and a half gigabytes each. */
const readsWaitingMax = 64
const readSettings = { max_execution_time: 20, max_memory_usage: 1_500_000_000 }
/** A sweep reads more the more there is: it may take its time, one question after the other. */
const sweepSettings = { max_execution_time: 600, max_memory_usage: 4_000_000_000 }
/** Our own looks end in pages; what would need more than half of this is grouped on disk. */
const controlSettings = {
  max_memory_usage: 4_000_000_000,
  max_bytes_before_external_group_by: 2_000_000_000,
}
/** What is asked about few sessions or subjects by their names. */
const fewSettings = {
  max_memory_usage: 2_000_000_000,
  max_bytes_before_external_group_by: 1_000_000_000,
}
/** Whether the store answers is asked with a statement that reads nothing. */
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
  // Rows are JSON objects by the format asked for; each reader checks the columns it uses.
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
        throw new CurfewError('STORE_UNREACHABLE', 'the store is closing; no sweep begins')
      return await ask(sql, values)
    },
    breakOffSweeps: async () => {
      isOver = true
      await session.breakOff()
    },
  }
}

/** Shares a few sessions among instances, which take turns: one that asks much holds up the others by one statement. */
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
      if (!session) throw new TypeError('the lane let in more readers than there are sessions')
      try {
        return (await session.rows(filled)) as readonly Row[]
      } finally {
        free.push(session)
      }
    })
  }
}

/** Rows that are sealed and written out before others have a turn. */
const rowsAtOnce = 1_000

/** Appends rows of one shape; the columns are those of the first row. */
function makeAppend(session: EngineSession, seal: ReturnType<typeof makeSeal>): Append {
  return async (table, rows) => {
    if (rows.length === 0) return
    // Of all rows: what only some of them tell must not depend on which of them comes first.
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
 * A corrupt part is set aside silently at start and its rows vanish from answers; saying so is the
 * least an evidence store owes.
 */
async function reportDetached(session: EngineSession, log: Log): Promise<void> {
  const parts = await session.rows(
    "select database, table, name, reason from system.detached_parts where reason not in ('', 'ignored')",
  )
  if (parts.length > 0) {
    log.error({ parts }, 'the engine has set parts aside: rows are missing until they are restored')
  }
}
