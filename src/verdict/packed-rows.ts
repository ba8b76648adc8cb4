import { askInPages } from '../contract/in-pages.ts'
import type { Ask, AskValues, Row } from '../contract/ports.ts'
import { packed, text } from '../contract/read-row.ts'

/**
 * Small statements over several tables. The engine takes 20 times longer to plan one than to run
 * it, and each function, column and nesting costs. So rows are read nearly as stored, packed into
 * one text each, and folded here; keys are in `prewhere`, and the pass that moves conditions there
 * is off. That took 11 ms of processor where aggregates of the same facts took 25.
 */
export interface Read {
  readonly table: string
  /** What is read, by the name under which it is read here. */
  readonly columns: { readonly [name: string]: string }
  /** Where it is found by something else than the condition of all. */
  readonly found?: (condition: string) => string
  /** Further conditions, and the grouping. */
  readonly rest?: string
}
export type Reads = { readonly [part: string]: Read }

/** One statement of all parts, each under the condition unless it has its own. */
function unionOf(reads: Reads, condition: string): string {
  const parts = Object.entries(reads).map(([part, { table, columns, found, rest = '' }]) => {
    const read = Object.values(columns).join(', ')
    return `select '${part}' as part, formatRowNoNewline('JSONCompactEachRow', ${read}) as cells
from ${table} prewhere ${found?.(condition) ?? condition} ${rest}`
  })
  return `${parts.join('\nunion all\n')}
settings optimize_move_to_prewhere = 0`
}

/** Of more sessions than these a statement names the ids once. */
const fewMax = 8

/**
 * Reads facts of session ids of one instance, page by page. Many ids are in a statement once, as
 * rows: a list of 5,000 in every part took the engine's analyzer 7 s. A few are repeated in every
 * part: rows cost a sixth of the statement.
 */
export function readOfSessions(reads: Reads) {
  const few = unionOf(reads, `${here} and session_id in {ids:Array(String)}`)
  const many = `with asked as (select arrayJoin({ids:Array(String)}) as id)
${unionOf(reads, `${here} and session_id in (select id from asked)`)}`
  return (ask: Ask, ids: readonly string[], values: AskValues): Promise<readonly Row[]> =>
    askInPages(ask, ids.length > fewMax ? many : few, 'ids', ids, values)
}

/** @throws TypeError where a row is of none of these. */
export function unpack<All extends Reads>(
  reads: All,
  row: Row,
): { readonly part: keyof All & string; readonly cells: Row } {
  const part = text(row, 'part')
  const read = reads[part]
  if (read === undefined)
    throw new TypeError(`expected a row of ${Object.keys(reads)}, found '${part}'`)
  return { part, cells: packed(row, 'cells', Object.keys(read.columns)) }
}

/** The tenant and instance of a statement. */
export const here = 'tenant = {tenant:String} and instance = {instance:String}'

export const itself = (...columns: readonly string[]): { readonly [name: string]: string } =>
  Object.fromEntries(columns.map((column) => [column, column]))
