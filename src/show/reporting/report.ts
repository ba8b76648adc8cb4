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
  /** What one value says, in one sentence. */
  readonly description: string
  /**
   * Clear identity: without the right to names, `hidden` columns are empty and `subject` columns
   * hold the subject's reference instead, so that two people can still be told apart; of a list, each.
   */
  readonly personal?: 'hidden' | 'subject'
  /** What each word means, where a column holds one of a closed list: the legend of a table. */
  readonly words?: { readonly [word: string]: string }
}

/**
 * A file in `show/reports/`. `sql` holds only `{name:Type}` places, and of these may use: tenant,
 * from, to, as_of, rows_max, own_clients, by_name (1 for an asker who may see names), and its own
 * parameters. It selects `columns`, in any order, and a tenant's rows only; a suite holds every report
 * to that. With a place for rows_max it is cut there, and selects `overAll` of headline.ts besides.
 */
export interface Report {
  readonly id: string
  readonly title: string
  readonly description: string
  /** Beside the period: each optional, or with a default. Values are texts and whole numbers. */
  readonly parameters: TProperties
  readonly sql: string
  /** By which instants a period takes rows; to say where there are any when it has none. */
  readonly dated: Dated
  readonly columns: readonly Column[]
  /** Who made the data that rows rest on, where its licence wants that said: places and networks. */
  readonly attribution?: readonly string[]
  readonly summary: (rows: readonly Row[]) => Summary
}
