import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Argument, Option } from 'commander'
import { loadCatalog } from '../../catalog.ts'
import { CurfewError, codeOf } from '../../contract/errors.ts'
import { makePseudonym } from '../../decode/pseudonym.ts'
import { makeSend } from '../../enforce/send.ts'
import { catalogs } from '../../ingest.ts'
import { renderCsv } from '../../show/render/csv.ts'
import { renderJson } from '../../show/render/json.ts'
import { renderTable } from '../../show/render/table.ts'
import type { Report } from '../../show/report.ts'
import type { ReportResult } from '../../show/run-report.ts'
import { runReport } from '../../show/run-report.ts'
import { fill } from '../../store/literal.ts'
import { instantText, name } from '../argument.ts'
import type { Command } from '../command.ts'
import { openStoreAlone, readOptions } from '../opening.ts'

const renderers = { table: renderTable, json: renderJson, csv: renderCsv } as const
type Format = keyof typeof renderers

interface Options {
  readonly tenant?: string
  readonly from?: string
  readonly to?: string
  readonly asOf?: string
  readonly format: Format
  readonly json?: boolean
  readonly set?: readonly string[]
  readonly names?: boolean
  readonly url?: string
  readonly tokenFile?: string
}

export const command: Command = {
  id: 'report',
  add: (program) => {
    const ids = readdirSync(catalogs.reports).map((file) => basename(file, '.ts'))
    program
      .command('report')
      .description('Print a report, of a running server or out of the store.')
      .addArgument(new Argument('<report>', 'which one').choices(ids.sort()))
      .option('--tenant <name>', 'whose; needed when the store is read directly', name)
      .option(
        '--from <time>',
        'begin of the period, inclusive; 30 days before its end by default',
        instantText,
      )
      .option('--to <time>', 'end of the period, exclusive; now by default', instantText)
      .option('--as-of <time>', 'judge by what was known at this instant', instantText)
      .option('--set <name=value...>', 'further parameters of the report')
      .addOption(
        new Option('--format <format>', 'how to print it')
          .choices(Object.keys(renderers))
          .default('table'),
      )
      .option('--json', 'the same as --format json')
      .option('--names', 'show clear identity instead of references, where the store is read')
      .option('--url <address>', 'ask a running server instead of opening the store')
      .option('--token-file <path>', 'file with the API token for --url')
      .addHelpText(
        'after',
        '\nExample:\n  curfew report coverage --tenant acme --from 2026-11-01 --format csv',
      )
      .action(run)
  },
}

async function run(id: string, options: Options): Promise<void> {
  const format = options.json ? 'json' : options.format
  const text =
    options.url === undefined
      ? renderers[format](await fromStore(id, options))
      : await fromServer(id, format, options, options.url)
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
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

async function fromStore(id: string, options: Options): Promise<ReportResult> {
  if (options.tenant === undefined) {
    throw new CurfewError('SHOW_INVALID', 'reading the store directly needs --tenant')
  }
  const reports = await loadCatalog<Report>(catalogs.reports, 'report')
  const report = reports.find((each) => each.id === id)
  if (!report) throw new TypeError(`the file of the report '${id}' is gone`)
  const opened = readOptions('quiet')
  const { store, key } = await openStoreAlone(opened)
  try {
    return await runReport({
      report,
      tenant: options.tenant,
      parameters: parametersOf(options),
      names: options.names ?? false,
      ask: store.ask,
      fill,
      now: opened.clock.now,
      pseudonym: makePseudonym({ key, cacheMax: 1_000 }),
      ownClients: ['curfew'],
    })
  } finally {
    await store.close()
  }
}

const answerBytesMax = 64 * 1024 * 1024

async function fromServer(
  id: string,
  format: Format,
  options: Options,
  url: string,
): Promise<string> {
  const token = options.tokenFile === undefined ? undefined : tokenIn(options.tokenFile)
  const query = new URLSearchParams({ ...parametersOf(options), format })
  const send = makeSend({ timeoutMs: 60_000, bodyBytesMax: answerBytesMax })
  const answer = await send(
    `${url.replace(/\/+$/, '')}/v1/reports/${encodeURIComponent(id)}?${query}`,
    { method: 'GET', headers: token === undefined ? {} : { authorization: `Bearer ${token}` } },
  )
  if (answer.status === 200) return answer.text
  throw new CurfewError(
    answer.status === 400 ? 'SHOW_INVALID' : 'SHOW_FAILED',
    `the server answered ${answer.status}: ${answer.text.slice(0, 500)}`,
  )
}

function tokenIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new CurfewError('SETTINGS_INVALID', `--token-file cannot be read (${codeOf(error)})`)
  }
}
