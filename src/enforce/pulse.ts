import type { Ask } from '../contract/ports.ts'
import { number, text } from './read-row.ts'

const tables = [
  'requests',
  'causes',
  'findings',
  'curfews',
  'sessions',
  'session_edges',
  'sign_ins',
  'entitlements',
] as const
export type Fed = (typeof tables)[number]

/** What came since the last beat that was settled. */
export interface Beat {
  /** Everything recorded at or after this instant, by the store's clock, is to be looked at. */
  readonly since: number
  readonly news: ReadonlySet<Fed>
  /** The news were dealt with; without this they are news again at the next beat. */
  readonly settle: () => void
}

/**
 * Rows are stamped when an insert begins and seen when it ends, so each window reaches back over
 * the longest insert.
 */
const overlapMs = 90_000
/** The window only moves in steps: within one, an equal count and youngest row mean no news. */
const stepMs = 15_000

const statement = `select toUnixTimestamp64Milli(now64(3, 'UTC')) as now, ${tables
  .map((table) => {
    const stamp = table.startsWith('session') ? 'updated_at' : 'recorded_at'
    return `(select toString((count(), max(${stamp}))) from ${table} where ${stamp} >= {since:DateTime64(3)}) as ${table}`
  })
  .join(', ')}`

/**
 * Asks the store in one small statement whether there is anything to do. Time here is the store's
 * own, since the rows are stamped by it; no other clock is compared with it.
 */
export function makePulse(ask: Ask): () => Promise<Beat> {
  let since: number | undefined
  let before = new Map<Fed, string>()
  return async () => {
    if (since === undefined) {
      const rows = await ask("select toUnixTimestamp64Milli(now64(3, 'UTC')) as now")
      since = nowOf(rows[0]) - overlapMs
    }
    const window = since
    const row = (await ask(statement, { since: window }))[0] ?? {}
    const seen = new Map(tables.map((table) => [table, text(row, table)]))
    const news = new Set(tables.filter((table) => seen.get(table) !== before.get(table)))
    const start = nowOf(row) - overlapMs
    const settle = () => {
      before = seen
      if (start - window < stepMs) return
      since = start
      before = new Map()
    }
    return { since: window, news, settle }
  }
}

function nowOf(row: Parameters<typeof number>[0] | undefined): number {
  return number(row ?? {}, 'now')
}
