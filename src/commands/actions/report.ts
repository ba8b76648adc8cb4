import { CurfewError } from '../../contract/errors.ts'
import { inertLines } from '../../contract/inert.ts'
import { renderCsv } from '../../show/render/csv.ts'
import { renderJson } from '../../show/render/json.ts'
import { emptyWords, renderTable } from '../../show/render/table.ts'
import type { ReportResult } from '../../show/reporting/run-report.ts'
import { askReport } from '../ask-report.ts'
import { exitCodes } from '../command.ts'

/** In a file or a pipe a row is one line, however long. */
const renderForHere = (result: ReportResult): string =>
  renderTable(result, process.stdout.isTTY ? process.stdout.columns : undefined)

const renderers = { table: renderForHere, json: renderJson, csv: renderCsv } as const
type Format = keyof typeof renderers

export interface Options {
  readonly tenant?: string
  readonly from?: string
  readonly to?: string
  readonly asOf?: string
  readonly format: Format
  readonly json?: boolean
  readonly set?: readonly string[]
  readonly names?: boolean
  readonly sql?: boolean
  readonly strict?: boolean
  readonly url?: string
  readonly tokenFile?: string
}

export async function run(id: string, options: Options): Promise<void> {
  const result = await (options.url === undefined
    ? reportFromOwner(id, options)
    : fromServer(id, options, options.url))
  if (options.names && result.names_hidden) {
    process.stderr.write('curfew: clear identity is left out; the token may not see it\n')
  }
  const format = options.json ? 'json' : options.format
  if (options.sql) process.stdout.write(`${result.sql.filled.trim()}\n`)
  else process.stdout.write(renderers[format](result))
  for (const line of besideOf(result, options, format)) {
    process.stderr.write(`curfew: ${inertLines(line)}\n`)
  }
  if (options.strict && result.incomplete.length > 0) process.exitCode = exitCodes.incomplete
}

/** What is said beside the rows, since a file of them has no room for it or nobody reads its head. */
function besideOf(
  result: ReportResult,
  { strict, sql }: Options,
  format: Format,
): readonly string[] {
  const isInside = format !== 'csv' && !sql
  const told = result.incomplete.filter(
    ({ what }) => strict || !isInside || what === 'rows_left_out',
  )
  return [
    ...(format === 'csv' ? emptyWords(result) : []),
    ...told.map(({ words }) => `incomplete: ${words}`),
  ]
}

/** The running server where one has the folder, else the store itself. */
async function reportFromOwner(id: string, options: Options): Promise<ReportResult> {
  // Only here: a server that is named is asked without any of it.
  const { runningServerOf, readOptions } = await import('../opening.ts')
  const { reportOfStore } = await import('../report-of-store.ts')
  const opened = await readOptions('quiet')
  const ofStore = () =>
    reportOfStore(
      { id, ...options, names: options.names ?? false, parameters: parametersOf(options) },
      opened,
    )
  const holder = runningServerOf(opened.settings)
  if (holder === undefined || !holder.serves || options.tokenFile === undefined) return ofStore()
  try {
    return await fromServer(id, options, holder.url)
  } catch (error) {
    // Nobody there any more: what it left behind is a note and a folder that is free.
    const isGone = error instanceof CurfewError && error.cause !== undefined
    if (isGone && error.code === 'SHOW_UNAVAILABLE') return ofStore()
    throw error
  }
}

function fromServer(id: string, options: Options, url: string): Promise<ReportResult> {
  const { tokenFile, tenant } = options
  return askReport({ id, url, tokenFile, tenant, parameters: parametersOf(options) })
}

/** What the report is asked with: the period and whatever `--set` names. */
function parametersOf({ from, to, asOf, set = [] }: Options): { readonly [name: string]: string } {
  const given: { [name: string]: string } = {}
  if (from !== undefined) given.from = from
  if (to !== undefined) given.to = to
  if (asOf !== undefined) given.as_of = asOf
  for (const each of set) {
    const [parameter, ...value] = each.split('=')
    if (!parameter || value.length === 0) {
      throw new CurfewError('SHOW_INVALID', '--set takes name=value, such as --set instance=sso')
    }
    given[parameter] = value.join('=')
  }
  return given
}
