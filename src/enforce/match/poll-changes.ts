import type { Ask, Row } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'

const tables = [
  'requests',
  'causes',
  'replaced_causes',
  'findings',
  'curfews',
  'sessions',
  'session_edges',
  'sign_ins',
  'entitlements',
] as const
export type WatchedTable = (typeof tables)[number]

/** What changed since the last settled poll. */
export interface ChangeSet {
  /** Rows recorded at or after this instant, by the store's clock, are to be read. */
  readonly since: number
  /** What was recorded before this instant, by the store's clock, can be read by now. */
  readonly through: number
  readonly news: ReadonlySet<WatchedTable>
  /** Marks the changes as processed; otherwise the next poll reports them again. */
  readonly settle: () => void
}

/**
 * Rows are stamped when an insert begins and become visible when it ends, so each window overlaps
 * by the longest insert.
 */
const overlapMs = 90_000
/** Longer than an insert takes while the store is well: what began before is over, ms. */
const insertMs = 15_000
/** The window moves in intervals: within one, an equal count and youngest row mean no change. */
const stepMs = 15_000

/** One union under one grouping costs half of what a subquery for each table does. */
const statement = `select fed, count() as rows, toUnixTimestamp64Milli(max(at)) as last_ms
  from (select 'now' as fed, now64(3, 'UTC') as at
    ${tables
      .map((table) => {
        const stamp = table.startsWith('session') ? 'updated_at' : 'recorded_at'
        return `union all select '${table}' as fed, ${stamp} as at from ${table} where ${stamp} >= {since:DateTime64(3)}`
      })
      .join('\n    ')})
  group by fed`

/**
 * Asks the store in one small statement whether there is anything to do. Time here is the store's
 * own, since the rows are stamped by it; no other clock is compared with it.
 */
export function makePollChanges(ask: Ask): () => Promise<ChangeSet> {
  let since: number | undefined
  let before = new Map<string, string>()
  return async () => {
    if (since === undefined) {
      const rows = await ask("select toUnixTimestamp64Milli(now64(3, 'UTC')) as now")
      since = number(rows[0] ?? {}, 'now') - overlapMs
    }
    const window = since
    const rows = await ask(statement, { since: window })
    const now = rows.find((row) => text(row, 'fed') === 'now')
    const seen = new Map(rows.map((row) => [text(row, 'fed'), countAndLast(row)]))
    const news = new Set(tables.filter((table) => seen.get(table) !== before.get(table)))
    const at = number(now ?? {}, 'last_ms')
    const start = at - overlapMs
    const settle = () => {
      before = seen
      if (start - window < stepMs) return
      since = start
      before = new Map()
    }
    return { since: window, through: at - insertMs, news, settle }
  }
}

function countAndLast(row: Row): string {
  return `${number(row, 'rows')} ${number(row, 'last_ms')}`
}
