import type { AskValue, AskValues, Row } from '../../contract/ports.ts'
import type { Lack } from './incomplete.ts'

/** A headline of a report: figures about its rows, null where there is no data. */
export type Summary = { readonly [figure: string]: string | number | null }

/** All values that a report may have places for. */
export type Values = { readonly [name: string]: AskValue }

/** The encoder refuses values without a place, so that none is silently without effect. */
export function onlyUsed(sql: string, values: Values): AskValues {
  const used = new Set(Array.from(sql.matchAll(/\{([a-z_]\w*):/g), (found) => found[1]))
  return Object.fromEntries(Object.entries(values).filter(([name]) => used.has(name)))
}

/** Figures over all rows of a statement, as aggregates. */
export type Totals = { readonly [figure: string]: string }

/**
 * Further columns of a statement that is cut at rows_max: how many rows it has, and figures of all of
 * them. Each row bears them, since nothing else of the answer could.
 */
export const overAll = (totals: Totals): string =>
  Object.entries({ rows: 'count()', ...totals })
    .map(([figure, sum]) => `${sum} over () as all_${figure}`)
    .join(',\n  ')

/** The summary of a report with `overAll` among its columns; of no rows, zeros. */
export const summaryOfAll =
  (totals: Totals) =>
  ([first]: readonly Row[]): Summary =>
    Object.fromEntries(
      Object.keys(totals).map((figure) => [figure, Number(first?.[`all_${figure}`] ?? 0)]),
    )

/** How many rows there are, of which these were found. */
export const rowsThereAre = (found: readonly Row[]): number =>
  Number(found[0]?.all_rows ?? found.length)

/** That rows are left out, as a reason why an answer is incomplete; none where all are there. */
export function rowsLeftOut(shown: number, total: number, from: Date): readonly Lack[] {
  if (total <= shown) return []
  const count = total - shown
  const words = `the last ${count} of ${total} rows are left out; ask for shorter periods (from, to) to get them all; the summary counts all rows`
  return [{ what: 'rows_left_out', instance: '', since: from.toISOString(), count, words }]
}
