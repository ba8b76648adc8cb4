import { Type } from 'typebox'
import type { Ask } from '../../contract/ports.ts'
import { isoTime, isoTimeOrNull, number } from '../../contract/read-row.ts'
import { closedObject, InstantOrNull } from '../api/schemas.ts'
import type { Values } from './headline.ts'
import { onlyUsed } from './headline.ts'

/** The rows whose instants decide whether a report has data for a period. */
export interface Dated {
  /** The plural noun for these rows, for a sentence. */
  readonly what: string
  /** The table, or a subquery, with the columns `tenant` and `instance` and those named below. */
  readonly rows: string
  /** The column with the instant that a period selects. */
  readonly at: string
  /** The column with the instant at which it became known, compared with `as_of`. */
  readonly known: string
  /** Parameters of the report that are columns of these rows. */
  readonly by: readonly string[]
}

/** The period that has data, for a report without rows. */
export const DataLies = closedObject({
  from: InstantOrNull,
  to: InstantOrNull,
  last_before: InstantOrNull,
  first_after: InstantOrNull,
  words: Type.String({ description: 'The same as a sentence.' }),
})
export type DataLies = {
  readonly [Instant in 'from' | 'to' | 'last_before' | 'first_after']: string | null
} & { readonly words: string }

const filled = { from: '{from:DateTime64(3)}', to: '{to:DateTime64(3)}' } as const

/** The statement over the dated rows. Parameters: those of the report. */
function dataLiesStatement({ rows, at, known, by }: Dated): string {
  const instant = (of: string) => `toDateTime64(${of}, 3, 'UTC')`
  const only = (when: string, of: string) => `if(countIf(${when}) = 0, null, ${instant(of)})`
  const [before, after] = [`${at} < ${filled.from}`, `${at} >= ${filled.to}`]
  return `select
  count() as n, countIf(${at} >= ${filled.from} and ${at} < ${filled.to}) as within,
  ${instant(`min(${at})`)} as first_at, ${instant(`max(${at})`)} as last_at,
  ${only(before, `maxIf(${at}, ${before})`)} as last_before,
  ${only(after, `minIf(${at}, ${after})`)} as first_after
from ${rows}
where tenant = {tenant:String} and ${known} <= {as_of:DateTime64(3)}
${by.map((column) => `  and ({${column}:String} = '' or ${column} = {${column}:String})`).join('\n')}`
}

/** The period in which the tenant has rows of this report that were known at `as_of` and match the filters. */
export async function whereDataLies(
  dated: Dated,
  {
    ask,
    values,
    isPast,
  }: {
    readonly ask: Ask
    /** Every parameter of the report. */
    readonly values: Values
    /** Whether `as_of` is in the past, which may be why there are no rows. */
    readonly isPast: boolean
  },
): Promise<DataLies> {
  const statement = dataLiesStatement(dated)
  const [row] = await ask(statement, onlyUsed(statement, values))
  const of = `${values.tenant}${filtersOf(dated, values)}${isPast ? asOfWords(values) : ''}`
  if (row === undefined || number(row, 'n') === 0) {
    const nowhere = { from: null, to: null, last_before: null, first_after: null }
    return { ...nowhere, words: `nothing in this period, and nothing on record of ${of}` }
  }
  const lies = {
    from: isoTime(row, 'first_at'),
    to: isoTime(row, 'last_at'),
    last_before: isoTimeOrNull(row, 'last_before'),
    first_after: isoTimeOrNull(row, 'first_after'),
  }
  if (number(row, 'within') > 0) {
    const words = `nothing to show: there are ${dated.what} of ${of} in this period, but none that this report counts`
    return { ...lies, words }
  }
  return { ...lies, words: `nothing in this period; of ${of} ${spanWords(lies)}` }
}

const asOfWords = ({ as_of }: Values): string =>
  as_of instanceof Date ? ` as of ${as_of.toISOString()}` : ''

function filtersOf({ by }: Dated, values: Values): string {
  const said = by.filter((name) => values[name] !== '').map((name) => `${name}=${values[name]}`)
  return said.length === 0 ? '' : ` with ${said.join(', ')}`
}

/** A range from before to after the period would suggest that the period has data. */
function spanWords({ from, to, last_before, first_after }: Omit<DataLies, 'words'>): string {
  return last_before !== null && first_after !== null
    ? `the last before it is of ${last_before}, the first after it of ${first_after}`
    : `there is data from ${from} to ${to}`
}
