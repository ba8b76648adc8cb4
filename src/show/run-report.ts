import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError } from '../contract/errors.ts'
import { makePause } from '../contract/pause.ts'
import type { Ask, AskValue, AskValues, Cell, Now, Row } from '../contract/ports.ts'
import { numberOf, timeOf } from './cells.ts'
import type { Lack } from './incomplete.ts'
import { readLacks } from './incomplete.ts'
import type { InstancesOf } from './known-names.ts'
import { refuseUnknownInstance, refuseUnknownTenant } from './known-names.ts'
import { describeMistakes } from './problem.ts'
import type { Column, Report, Summary } from './report.ts'
import type { Fill, Pseudonym } from './route.ts'
import { refuseOtherNumbers } from './whole-numbers.ts'

/** Rows that are made before others have a turn: some milliseconds' worth. */
export const rowsAtOnce = 500
/** Rows of one result at most; what does not fit is said, and a shorter period asked for. */
export const reportRowsMax = 50_000
const periodDefaultMs = 30 * 24 * 3_600_000

/** A report's answer with everything that is needed to ask again and get the same. */
export interface ReportResult {
  readonly report: { readonly id: string; readonly title: string; readonly description: string }
  readonly tenant: string
  /** ISO 8601 UTC, from inclusive and to exclusive; by the instant of the cause or event. */
  readonly period: { readonly from: string; readonly to: string }
  /** Verdicts are those of this instant: evidence after it was not looked at. */
  readonly as_of: string
  readonly generated_at: string
  readonly filters: { readonly [name: string]: string | number }
  /** Whether clear identity was left out, because the asker may not see it. */
  readonly names_hidden: boolean
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly row_count: number
  /** True: there were more than `row_count` rows. */
  readonly truncated: boolean
  readonly summary: Summary
  /** Why figures may be missing something; empty where nothing is known of any reason. */
  readonly incomplete: readonly Lack[]
  /** Only where the period has nothing: where the tenant has any, ISO 8601 UTC; null for nowhere. */
  readonly data_lies?: { readonly from: string; readonly to: string } | null
  /** Who made the data that the rows rest on; absent where nobody has to be named. */
  readonly attribution?: readonly string[]
  readonly sql: {
    readonly parametrised: string
    readonly filled: string
  }
}

/** What may be said to every report, beside its own parameters. */
const period = {
  from: Type.Optional(
    Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
      description: 'Begin of the period, inclusive; 30 days before `to` when absent.',
    }),
  ),
  to: Type.Optional(
    Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
      description: 'End of the period, exclusive; now when absent.',
    }),
  ),
  as_of: Type.Optional(
    Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
      description: 'Judge by what was known at this instant; now when absent, never later.',
    }),
  ),
}

/** The schema of all that may be said to a report: the API's query and the command's options. */
export const parametersOf = (report: Report) =>
  Type.Object({ ...period, ...report.parameters }, { additionalProperties: false })

/**
 * Runs one report for one tenant. `parameters` are texts or values as `parametersOf` names them;
 * both the API and the command line come through here, so both answer alike.
 *
 * @throws CurfewError SHOW_INVALID for a parameter that is not the report's or does not fit;
 *   as well for a tenant or an instance that nobody has heard of; STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function runReport({
  report,
  tenant,
  parameters,
  names,
  ask,
  fill,
  now,
  pseudonym,
  ownClients,
  instancesOf = () => [],
  tenants,
}: {
  readonly report: Report
  readonly tenant: string
  readonly parameters: { readonly [name: string]: unknown }
  /** Whether the asker may see clear identity. */
  readonly names: boolean
  readonly ask: Ask
  readonly fill: Fill
  readonly now: Now
  readonly pseudonym: Pseudonym
  readonly ownClients: readonly string[]
  /** The connected instances, which are known before anything is on record of them. */
  readonly instancesOf?: InstancesOf
  /** The tenants that are connected, for an asker who may know all tenants; absent for a token. */
  readonly tenants?: readonly string[]
}): Promise<ReportResult> {
  const given = check(report, parameters)
  const at = now()
  const { from, to, asOf } = readPeriod(given, at)
  const filters = readFilters(report, given)
  if (tenants !== undefined) await refuseUnknownTenant({ ask, tenant, connected: tenants })
  const instance = String(filters.instance ?? '')
  await refuseUnknownInstance({ ask, tenant, instance, instancesOf })
  const values = onlyUsed(report.sql, {
    ...filters,
    tenant,
    from,
    to,
    as_of: asOf,
    rows_max: reportRowsMax + 1,
    own_clients: ownClients,
  })
  const found = await ask(report.sql, values)
  const rows: Row[] = []
  const pause = makePause(rowsAtOnce)
  for (const row of found.slice(0, reportRowsMax)) {
    rows.push(present(row, report.columns, names, tenant, pseudonym))
    await pause()
  }
  const { id, title, description, columns } = report
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
    truncated: found.length > rows.length,
    summary: report.summary(rows),
    incomplete: await readLacks(ask, {
      tenant,
      instance,
      from,
      to,
      as_of: asOf,
      now: new Date(at),
    }),
    ...(isEmpty(rows, columns) && {
      data_lies: await whereDataLies(report, { ask, tenant, instance }),
    }),
    ...(report.attribution === undefined ? {} : { attribution: report.attribution }),
    sql: { parametrised: forAnyClient(report.sql), filled: fill(forAnyClient(report.sql), values) },
  }
}

/** Whether nothing was counted or measured: some reports have an overall row of zeros. */
function isEmpty(rows: readonly Row[], columns: readonly Column[]): boolean {
  const figures = columns.filter(({ type }) => type !== 'text')
  if (figures.length === 0) return rows.length === 0
  return rows.every((row) => figures.every(({ name }) => row[name] === null || row[name] === 0))
}

/** Between which instants the tenant has what the report is about; null without any. */
async function whereDataLies(
  { dated: { table, at } }: Report,
  { ask, ...of }: { readonly ask: Ask; readonly tenant: string; readonly instance: string },
): Promise<{ readonly from: string; readonly to: string } | null> {
  const [row] = await ask(
    `select count() as n, toDateTime64(min(${at}), 3, 'UTC') as first_at, toDateTime64(max(${at}), 3, 'UTC') as last_at
    from ${table}
    where tenant = {tenant:String} and ({instance:String} = '' or instance = {instance:String})`,
    of,
  )
  if (row === undefined || numberOf(row, 'n') === 0) return null
  return { from: timeOf(row, 'first_at'), to: timeOf(row, 'last_at') }
}

/** `among` narrows what a view reads, and only our store knows the word; without it the rows are the same. */
const forAnyClient = (sql: string): string => sql.replace(/\(among = \w+\)|, among = \w+/g, '')

type Given = { readonly [name: string]: unknown }

function check(report: Report, parameters: Given): Given {
  const schema = parametersOf(report)
  refuseOtherNumbers(schema.properties, parameters, 'parameter')
  const stated = Object.entries(parameters).filter(([, value]) => value !== undefined)
  const given: unknown = Value.Convert(schema, Object.fromEntries(stated))
  if (Value.Check(schema, given)) return given
  const mistakes = describeMistakes(Value.Errors(schema, given), 'parameter')
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
    throw new CurfewError('SHOW_INVALID', '`as_of` lies in the future; nothing can be judged yet.')
  }
  return { from, to, asOf }
}

/** Every parameter of the report, absent ones as their default or as '', which filters nothing. */
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

/** The encoder refuses values without a place, so that none is silently without effect. */
function onlyUsed(sql: string, values: { readonly [name: string]: AskValue }): AskValues {
  const used = new Set(Array.from(sql.matchAll(/\{([a-z_]\w*):/g), (found) => found[1]))
  return Object.fromEntries(Object.entries(values).filter(([name]) => used.has(name)))
}

/** The declared columns and no others, without clear identity for whoever may not see it. */
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
    if (names || personal === undefined || typeof cell !== 'string') shown[name] = cell
    else shown[name] = personal === 'hidden' ? '' : pseudonym(tenant, String(row.instance), cell)
  }
  return shown
}
