import type { AskValue, AskValues, Row } from '../../contract/ports.ts'
import type { Lack } from './incomplete.ts'

/** A headline of a report: figures over its rows, null where there is no data. */
export type Summary = { readonly [figure: string]: string | number | null }

/** Every parameter that a statement of a report may use. */
export type Values = { readonly [name: string]: AskValue }

/** The encoder refuses unused parameters, so that none is without effect unnoticed. */
export function onlyUsed(sql: string, values: Values): AskValues {
  const used = new Set(Array.from(sql.matchAll(/\{([a-z_]\w*):/g), (found) => found[1]))
  return Object.fromEntries(Object.entries(values).filter(([name]) => used.has(name)))
}

/** Figures over all rows of a statement, as aggregates. */
export type Totals = { readonly [figure: string]: string }

/**
 * Extra columns of a statement that is cut at rows_max: the total number of rows, and figures over all of
 * them. Each row carries them, since an answer has no other place for them.
 */
export const overAll = (totals: Totals): string =>
  Object.entries({ rows: 'count()', ...totals })
    .map(([figure, sum]) => `${sum} over () as all_${figure}`)
    .join(',\n  ')

/** The summary of a report with `overAll` among its columns; zeros without rows. */
export const summaryOfAll =
  (totals: Totals) =>
  ([first]: readonly Row[]): Summary =>
    Object.fromEntries(
      Object.keys(totals).map((figure) => [figure, Number(first?.[`all_${figure}`] ?? 0)]),
    )

/** The total number of rows, of which these were read. */
export const rowsThereAre = (found: readonly Row[]): number =>
  Number(found[0]?.all_rows ?? found.length)

/** The note that rows are left out, as a reason for an incomplete answer; none where all rows are there. */
export function rowsLeftOut(shown: number, total: number, from: Date): readonly Lack[] {
  if (total <= shown) return []
  const count = total - shown
  const words = `the last ${count} of ${total} rows are left out; request shorter periods (from, to) to get all rows; the summary counts all of them`
  return [{ what: 'rows_left_out', instance: '', since: from.toISOString(), count, words }]
}
