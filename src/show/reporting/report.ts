import type { TProperties } from 'typebox'
import type { Row } from '../../contract/ports.ts'
import type { Dated } from './data-period.ts'
import type { Summary } from './headline.ts'

/**
 * What a column holds. `share` is between 0 and 1. Null in a measured column (share, seconds,
 * hours) means that there was nothing to measure, and is shown as "no data", never as 0.
 */
export type ColumnType = 'text' | 'count' | 'seconds' | 'hours' | 'share' | 'time'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** Meaning of a value, in one sentence. */
  readonly description: string
  /**
   * Clear identity: without the right to names, `hidden` columns are empty and `subject` columns
   * hold the subject's reference instead, which still distinguishes people; the same for each item of a list.
   */
  readonly personal?: 'hidden' | 'subject'
  /** Meaning of each value of a closed list: the legend of a table. */
  readonly words?: { readonly [word: string]: string }
}

/**
 * A file in `show/reports/`. `sql` uses only `{name:Type}` parameters, of these: tenant,
 * from, to, as_of, rows_max, own_clients, by_name (1 for callers with the right to names), and its own.
 * It selects `columns`, in any order, and rows of the tenant only; one test suite checks every report.
 * With the parameter rows_max it is cut there, and also selects `overAll` of headline.ts.
 */
export interface Report {
  readonly id: string
  readonly title: string
  readonly description: string
  /** Parameters beside the period: each optional, or with a default. Values are texts and integers. */
  readonly parameters: TProperties
  readonly sql: string
  /** The instants that a period selects, to find where there is data when it has none. */
  readonly dated: Dated
  readonly columns: readonly Column[]
  /** Attribution of the data behind the rows, where its licence requires one: places and networks. */
  readonly attribution?: readonly string[]
  readonly summary: (rows: readonly Row[]) => Summary
}
