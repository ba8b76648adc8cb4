import type { Ask } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'
import type { CurfewEntry } from './curfews.ts'
import { curfewColumns, toCurfew } from './curfews.ts'
import { fewMax, judgeFew } from './judge-few.ts'
import { matchesText } from './people.ts'

/** A filter over the curfews of a tenant; '' filters nothing. */
export interface CurfewQuery {
  readonly tenant: string
  /** ms since the epoch. */
  readonly asOf: number
  /** Bounds of the instant of the cause. */
  readonly from: Date
  readonly to: Date
  readonly curfew_id: string
  readonly verdict: string
  readonly class: string
  readonly mode: string
  readonly order_state: string
  readonly subject_ref: string
  readonly session_id: string
  readonly instance: string
  /** A text in one of its columns, or in the name of its person where `by_name` is 1. */
  readonly q: string
  readonly by_name: number
  /** Cursor: rows below this instant of a cause (ms) and, at the same instant, after this id. */
  readonly after: readonly [number, string]
  readonly most: number
}

/** No filter: every curfew, newest first. */
export const everyCurfew = {
  from: new Date(0),
  to: new Date('2200-01-01T00:00:00Z'),
  curfew_id: '',
  verdict: '',
  class: '',
  mode: '',
  order_state: '',
  subject_ref: '',
  session_id: '',
  instance: '',
  q: '',
  by_name: 0,
  after: [Number.MAX_SAFE_INTEGER, ''],
} as const

/** The part of the filter that rows of `curfews` can answer without a verdict. */
const rowFilter = `tenant = {tenant:String}
    and ({curfew_id:String} = '' or curfew_id = {curfew_id:String})
    and ({class:String} = '' or class = {class:String})
    and ({session_id:String} = '' or session_id = {session_id:String})
    and ({instance:String} = '' or instance = {instance:String})
    and ({subject_ref:String} = '' or (instance, session_kind, session_id) in (
      select instance, session_kind, session_id from curfews
      where tenant = {tenant:String} and subject_ref = {subject_ref:String}))
    and cause_at >= {from:DateTime64(3)} and cause_at < {to:DateTime64(3)}
    and toUnixTimestamp64Milli(cause_at) <= {after_ms:Int64}`

const floor = `
select toUnixTimestamp64Milli(cause_at) as at_ms
from curfews
where ${rowFilter}
order by cause_at desc
limit 1 offset {window:UInt32}`

const list = `
with candidates as
(
  select distinct session_key, session_id from curfews
  where ${rowFilter} and toUnixTimestamp64Milli(cause_at) >= {floor_ms:Int64}
)
select ${curfewColumns}, toUnixTimestamp64Milli(cause_at) as cause_ms
from verdicts(as_of = {as_of:DateTime64(3)}, among = candidates)
where tenant = {tenant:String}
  and ({curfew_id:String} = '' or curfew_id = {curfew_id:String})
  and ({verdict:String} = '' or verdict = {verdict:String})
  and ({class:String} = '' or class = {class:String})
  and ({mode:String} = '' or mode = {mode:String})
  and ({order_state:String} = '' or order_state = {order_state:String})
  and ({subject_ref:String} = '' or subject_ref = {subject_ref:String})
  and ({session_id:String} = '' or session_id = {session_id:String})
  and ({instance:String} = '' or instance = {instance:String})
  and cause_at >= {from:DateTime64(3)} and cause_at < {to:DateTime64(3)}
  and cause_ms >= {floor_ms:Int64}
  and ${matchesText(['session_id', 'subject_ref', 'class', 'order_state', 'order_reason'])}
  and (cause_ms < {after_ms:Int64} or (cause_ms = {after_ms:Int64} and curfew_id > {after_id:String}))
order by cause_ms desc, curfew_id
limit {most:UInt32}`

/** The sessions of those rows, if they are few. */
const few = `
select distinct instance, session_id from curfews
where ${rowFilter} and toUnixTimestamp64Milli(cause_at) >= {floor_ms:Int64}
limit ${fewMax + 1}`

/** Rows judged at first; eight times as many each time they do not fill the page. */
const windowFirst = 200
const windowMost = 1_000_000
/** An instant before all causes, ms since the epoch. */
const noFloor = -1

/**
 * One page of curfews as judged at an instant, newest cause first. A verdict is expensive, so the newest
 * rows are judged first and older ones only while the page is not full: the cause of a judged curfew
 * is the cause of one of its rows.
 */
export async function readCurfews(
  ask: Ask,
  { most, ...query }: CurfewQuery,
): Promise<readonly CurfewEntry[]> {
  const found: CurfewEntry[] = []
  let { after } = query
  // For one curfew or session all rows are judged at once.
  const isOne = query.curfew_id !== '' || query.session_id !== ''
  for (let window = windowFirst; ; window = Math.min(8 * window, windowMost)) {
    const rest = { ...query, after, most: most - found.length }
    const floorMs = isOne ? noFloor : await floorOf(ask, rest, window)
    const page =
      (window === windowFirst ? await judgePage(ask, rest, floorMs) : undefined) ??
      (await viewPage(ask, rest, floorMs))
    for (const entry of page) found.push(entry)
    if (floorMs === noFloor || found.length >= most) return found
    // All rows at the floor are done.
    after = [floorMs - 1, '']
  }
}

/** Values of `rowFilter`. */
function rowsOf({ after: [after_ms], ...query }: CurfewQuery) {
  const { tenant, curfew_id, session_id, instance, subject_ref, from, to } = query
  const cause = { class: query.class, from, to, after_ms }
  return { tenant, curfew_id, session_id, instance, subject_ref, ...cause }
}

/** The instant of the oldest cause in a window of so many rows, ms since the epoch. */
async function floorOf(ask: Ask, query: CurfewQuery, window: number): Promise<number> {
  const [last] = await ask(floor, { ...rowsOf(query), window })
  return last === undefined ? noFloor : number(last, 'at_ms')
}

async function viewPage(
  ask: Ask,
  { asOf, after, ...query }: CurfewQuery,
  floorMs: number,
): Promise<readonly CurfewEntry[]> {
  const [after_ms, after_id] = after
  const as_of = new Date(asOf)
  const rows = await ask(list, { ...query, as_of, floor_ms: floorMs, after_ms, after_id })
  return rows.map(toCurfew)
}

/** The same page for few sessions, much faster; undefined where only the view can judge. */
async function judgePage(
  ask: Ask,
  query: CurfewQuery,
  floorMs: number,
): Promise<readonly CurfewEntry[] | undefined> {
  if (query.q !== '') return undefined
  const rows = await ask(few, { ...rowsOf(query), floor_ms: floorMs })
  if (rows.length > fewMax) return undefined
  const { tenant, asOf } = query
  const sessions = rows.map((row) => ({
    instance: text(row, 'instance'),
    id: text(row, 'session_id'),
  }))
  const entries = await judgeFew({ ask, tenant, sessions, asOf })
  return entries
    ?.filter((entry) => matchesQuery(entry, query, floorMs))
    .sort(newestFirst)
    .slice(0, query.most)
}

/** The filters of the statement that reads the view. */
function matchesQuery(entry: CurfewEntry, query: CurfewQuery, floorMs: number): boolean {
  const words = ['curfew_id', 'verdict', 'class', 'mode', 'order_state', 'subject_ref'] as const
  const places = ['session_id', 'instance'] as const
  const causeMs = Date.parse(entry.cause_at)
  const [afterMs, afterId] = query.after
  return (
    [...words, ...places].every((word) => query[word] === '' || query[word] === entry[word]) &&
    causeMs >= Math.max(query.from.getTime(), floorMs) &&
    causeMs < query.to.getTime() &&
    (causeMs < afterMs || (causeMs === afterMs && entry.curfew_id > afterId))
  )
}

const newestFirst = (one: CurfewEntry, other: CurfewEntry): number =>
  Date.parse(other.cause_at) - Date.parse(one.cause_at) ||
  (one.curfew_id < other.curfew_id ? -1 : 1)
