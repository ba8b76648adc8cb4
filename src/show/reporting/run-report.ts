import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError } from '../../contract/errors.ts'
import { makePause } from '../../contract/pause.ts'
import type { Ask, Cell, Now, Row } from '../../contract/ports.ts'
import { refuseOtherNumbers } from '../api/integers.ts'
import type { Fill, Pseudonym } from '../api/ports.ts'
import { describeMistakes, withWords } from '../api/problem.ts'
import type { InstancesOf } from '../queries/refuse-unknown.ts'
import {
  refuseUnknownDetector,
  refuseUnknownInstance,
  refuseUnknownTenant,
} from '../queries/refuse-unknown.ts'
import type { DataLies } from './data-period.ts'
import { whereDataLies } from './data-period.ts'
import type { Summary, Values } from './headline.ts'
import { onlyUsed, rowsLeftOut, rowsThereAre } from './headline.ts'
import type { Lack } from './incomplete.ts'
import { readLacks } from './incomplete.ts'
import type { Column, Report } from './report.ts'

/** Rows built before other work gets to run: some milliseconds. */
export const rowsAtOnce = 500
/** Rows of one result, at most; further rows are counted, and a note suggests a shorter period. */
export const reportRowsMax = 50_000
const periodDefaultMs = 30 * 24 * 3_600_000

/** The answer of a report, with everything needed to repeat it with the same result. */
export interface ReportResult {
  readonly report: { readonly id: string; readonly title: string; readonly description: string }
  readonly tenant: string
  /** ISO 8601 UTC, from inclusive and to exclusive; by the instant of the cause or event. */
  readonly period: { readonly from: string; readonly to: string }
  /** Verdicts are judged at this instant; later evidence is not read. */
  readonly as_of: string
  readonly generated_at: string
  readonly filters: { readonly [name: string]: string | number }
  /** Whether clear identity was left out, because the caller may not read names. */
  readonly names_hidden: boolean
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** Number of rows in this answer, and of all rows. */
  readonly row_count: number
  readonly row_total: number
  /** True: there are more than `row_count` rows. */
  readonly truncated: boolean
  /** Over all rows, including those left out. */
  readonly summary: Summary
  /** Reasons why figures may be incomplete; empty without a known reason. */
  readonly incomplete: readonly Lack[]
  /** Only for a period without data: the period that has some, ISO 8601 UTC. */
  readonly data_lies?: DataLies
  /** Attribution of the data behind the rows; absent where no licence requires one. */
  readonly attribution?: readonly string[]
  readonly sql: {
    readonly parametrised: string
    readonly filled: string
  }
}

/** Parameters of every report, beside its own. */
const period = {
  from: Type.Optional(
    Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
      description: 'Begin of the period, inclusive; default: 30 days before `to`.',
    }),
  ),
  to: Type.Optional(
    Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
      description: 'End of the period, exclusive; default: now.',
    }),
  ),
  as_of: Type.Optional(
    Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
      description: 'Judge by what was known at this instant; default: now. Never later than now.',
    }),
  ),
}

/** The schema of all parameters of a report: the API's query and the command's options. */
export const parametersOf = (report: Report) =>
  Type.Object({ ...period, ...report.parameters }, { additionalProperties: false })

/** The request for one report, from the API or the command line. */
export interface ReportRequest {
  readonly report: Report
  readonly tenant: string
  /** Texts or values, with the keys of `parametersOf`. */
  readonly parameters: { readonly [name: string]: unknown }
  /** Whether the caller may read clear identity. */
  readonly names: boolean
  readonly ask: Ask
  readonly fill: Fill
  readonly now: Now
  readonly pseudonym: Pseudonym
  readonly ownClients: readonly string[]
  /** The connected instances, which may have no rows yet. */
  readonly instancesOf?: InstancesOf
  /** Detectors and sweeps, which may have no findings yet. */
  readonly detectors?: readonly { readonly id: string }[]
  /** The connected tenants, for a caller who may see all tenants; absent for a token. */
  readonly tenants?: readonly string[]
  /** `reportRowsMax` where it is absent. */
  readonly rowsMax?: number
}

/**
 * Runs one report for one tenant.
 *
 * @throws CurfewError SHOW_INVALID for an unknown or unfit parameter, and for an unknown
 *   tenant, instance or detector; STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function runReport(asked: ReportRequest): Promise<ReportResult> {
  const { report, tenant, names, ask, fill, pseudonym, rowsMax = reportRowsMax } = asked
  const given = check(report, asked.parameters)
  const at = asked.now()
  const { from, to, asOf } = readPeriod(given, at)
  const filters = readFilters(report, given)
  await refuseUnknown(asked, filters)
  const values: Values = {
    ...{ ...filters, tenant, from, to, as_of: asOf, by_name: names ? 1 : 0 },
    ...{ rows_max: rowsMax + 1, own_clients: asked.ownClients },
  }
  const used = onlyUsed(report.sql, values)
  const found = await ask(report.sql, used)
  const total = rowsThereAre(found)
  const rows: Row[] = []
  const pause = makePause(rowsAtOnce)
  for (const row of found.slice(0, rowsMax)) {
    rows.push(present(row, report.columns, names, tenant, pseudonym))
    await pause()
  }
  const { id, title, description, columns } = report
  const instance = String(filters.instance ?? '')
  const lacks = await readLacks(ask, {
    ...{ tenant, instance, from, to, as_of: asOf, now: new Date(at) },
  })
  return {
    report: { id, title, description },
    tenant,
    period: { from: from.toISOString(), to: to.toISOString() },
    as_of: asOf.toISOString(),
    generated_at: new Date(at).toISOString(),
    filters: Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== '')),
    names_hidden: !names && columns.some((column) => column.personal !== undefined),
    columns,
    rows,
    row_count: rows.length,
    row_total: total,
    truncated: total > rows.length,
    summary: report.summary(found),
    incomplete: [...rowsLeftOut(rows.length, total, from), ...lacks],
    ...(isEmpty(rows, columns) && {
      data_lies: await whereDataLies(report.dated, { ask, values, isPast: asOf.getTime() !== at }),
    }),
    ...(report.attribution === undefined ? {} : { attribution: report.attribution }),
    sql: { parametrised: forAnyClient(report.sql), filled: fill(forAnyClient(report.sql), used) },
  }
}

/** A typing mistake would read as "no data". */
async function refuseUnknown(
  { ask, tenant, tenants, detectors = [], instancesOf = () => [] }: ReportRequest,
  filters: { readonly [name: string]: string | number },
): Promise<void> {
  const named = (filter: string) => String(filters[filter] ?? '')
  if (tenants !== undefined) await refuseUnknownTenant({ ask, tenant, connected: tenants })
  await refuseUnknownInstance({ ask, tenant, instance: named('instance'), instancesOf })
  await refuseUnknownDetector({ ask, tenant, detector: named('detector'), detectors })
}

/** Whether nothing was counted or measured: some reports have an overall row of zeros. */
function isEmpty(rows: readonly Row[], columns: readonly Column[]): boolean {
  const figures = columns.filter(({ type }) => type !== 'text')
  if (figures.length === 0) return rows.length === 0
  return rows.every((row) => figures.every(({ name }) => row[name] === null || row[name] === 0))
}

/** Removes `among`, which narrows what a view reads and exists only in our store; the rows stay the same. */
const forAnyClient = (sql: string): string => sql.replace(/\(among = \w+\)|, among = \w+/g, '')

type Given = { readonly [name: string]: unknown }

function check(report: Report, parameters: Given): Given {
  const schema = parametersOf(report)
  refuseOtherNumbers(schema.properties, parameters, 'parameter')
  const stated = Object.entries(parameters).filter(([, value]) => value !== undefined)
  const given: unknown = Value.Convert(schema, Object.fromEntries(stated))
  if (Value.Check(schema, given)) return given
  const mistakes = describeMistakes(withWords(schema, Value.Errors(schema, given)), 'parameter')
  throw new CurfewError(
    'SHOW_INVALID',
    `The report '${report.id}' takes ${Object.keys(schema.properties).join(', ')}; ` +
      `found that ${mistakes.message}`,
  )
}

function readPeriod(given: Given, at: number) {
  const read = (name: string, otherwise: number): Date =>
    new Date(given[name] === undefined ? otherwise : Date.parse(String(given[name])))
  const to = read('to', at)
  const from = read('from', to.getTime() - periodDefaultMs)
  const asOf = read('as_of', at)
  if (!(from.getTime() < to.getTime())) {
    throw new CurfewError('SHOW_INVALID', 'The period is empty: `from` must be before `to`.')
  }
  if (!(asOf.getTime() <= at)) {
    throw new CurfewError('SHOW_INVALID', '`as_of` is in the future; use an instant up to now.')
  }
  return { from, to, asOf }
}

/** Every parameter of the report; absent ones have their default or '', which filters nothing. */
function readFilters(report: Report, given: Given): { [name: string]: string | number } {
  const filters: { [name: string]: string | number } = {}
  for (const [name, schema] of Object.entries(report.parameters)) {
    const value = given[name] ?? Reflect.get(schema, 'default') ?? ''
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new TypeError(`parameter '${name}' of report '${report.id}' is neither text nor number`)
    }
    filters[name] = value
  }
  return filters
}

/** The declared columns only, without clear identity for callers without the right to names. */
function present(
  row: Row,
  columns: readonly Column[],
  names: boolean,
  tenant: string,
  pseudonym: Pseudonym,
): Row {
  const shown: { [column: string]: Cell } = {}
  for (const { name, personal } of columns) {
    const cell = row[name]
    if (cell === undefined) throw new TypeError(`the report's statement selects no '${name}'`)
    const hide = (each: Cell): Cell =>
      typeof each === 'string' ? pseudonym(tenant, String(row.instance), each) : each
    if (names || personal === undefined) shown[name] = cell
    else if (Array.isArray(cell)) shown[name] = personal === 'hidden' ? [] : cell.map(hide)
    else if (typeof cell !== 'string') shown[name] = cell
    else shown[name] = personal === 'hidden' ? '' : hide(cell)
  }
  return shown
}
