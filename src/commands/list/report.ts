import { join } from 'node:path'
import { loadCatalog } from '../../catalog.ts'
import { CurfewError } from '../../contract/errors.ts'
import { makePseudonym } from '../../decode/pseudonym.ts'
import { catalogs } from '../../ingest.ts'
import { loadKey } from '../../key.ts'
import { migrations, targetOf } from '../../main.ts'
import { renderCsv } from '../../show/render/csv.ts'
import { renderJson } from '../../show/render/json.ts'
import { renderTable } from '../../show/render/table.ts'
import type { Report } from '../../show/report.ts'
import { runReport } from '../../show/run-report.ts'
import { fill } from '../../store/literal.ts'
import { openStore } from '../../store/store.ts'
import type { Command } from '../command.ts'
import { readOptions } from '../opening.ts'

interface Options {
  readonly tenant?: string
  readonly from?: string
  readonly to?: string
  readonly asOf?: string
  readonly format: string
  readonly json?: boolean
  readonly set?: readonly string[]
  readonly names?: boolean
  readonly url?: string
  readonly tokenFile?: string
}

export const command: Command = {
  id: 'report',
  add: (program) => {
    program
      .command('report')
      .description('Print a report: coverage, latency, revocations, debt or findings.')
      .argument('<report>', 'which one')
      .option('--tenant <name>', 'whose; needed when the store is read directly')
      .option('--from <time>', 'begin of the period, inclusive; 30 days before its end by default')
      .option('--to <time>', 'end of the period, exclusive; now by default')
      .option('--as-of <time>', 'judge by what was known at this instant')
      .option('--set <name=value...>', 'further parameters of the report')
      .option('--format <format>', 'table, json or csv', 'table')
      .option('--json', 'the same as --format json')
      .option('--names', 'show clear identity instead of references')
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
      ? await fromStore(id, format, options)
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
    const [name, ...value] = each.split('=')
    if (name !== undefined) given[name] = value.join('=')
  }
  return given
}

async function fromStore(id: string, format: string, options: Options): Promise<string> {
  const { settings, log, clock } = readOptions()
  const reports = await loadCatalog<Report>(catalogs.reports, 'report')
  const report = reports.find((each) => each.id === id)
  if (!report)
    throw new CurfewError(
      'SHOW_INVALID',
      `there is no report '${id}'; known are ${reports.map((each) => each.id).join(', ')}`,
    )
  if (options.tenant === undefined)
    throw new CurfewError('SHOW_INVALID', 'reading the store directly needs --tenant')
  const key = loadKey(
    settings.CURFEW_KEY_FILE ?? join(settings.CURFEW_DATA_DIR, 'keys/subject.key'),
  )
  const store = await openStore({ target: targetOf(settings), migrations, sealKey: key, log })
  try {
    const result = await runReport({
      report,
      tenant: options.tenant,
      parameters: parametersOf(options),
      names: options.names ?? false,
      ask: store.ask,
      fill,
      now: clock.now,
      pseudonym: makePseudonym({ key, cacheMax: 1_000 }),
      ownClients: ['curfew'],
    })
    if (format === 'csv') return renderCsv(result)
    return format === 'json' ? renderJson(result) : renderTable(result)
  } finally {
    await store.close()
  }
}

async function fromServer(
  id: string,
  format: string,
  options: Options,
  url: string,
): Promise<string> {
  const { readFileSync } = await import('node:fs')
  const token =
    options.tokenFile === undefined ? '' : readFileSync(options.tokenFile, 'utf8').trim()
  const query = new URLSearchParams({ ...parametersOf(options), format })
  const answer = await fetch(`${url}/v1/reports/${encodeURIComponent(id)}?${query}`, {
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
  })
  const text = await answer.text()
  if (!answer.ok)
    throw new CurfewError(
      'SHOW_INVALID',
      `the server answered ${answer.status}: ${text.slice(0, 500)}`,
    )
  return text
}
