import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { Argument, Option } from 'commander'
import { loadCatalog } from '../../catalog.ts'
import type { SecretOf } from '../../connections.ts'
import { CurfewError } from '../../contract/errors.ts'
import { makePseudonym } from '../../decode/pseudonym.ts'
import { catalogs } from '../../ingest.ts'
import { openInstances, ownClientsOf } from '../../instances.ts'
import type { CurfewOptions } from '../../main.ts'
import type { RunningServer } from '../../running-server.ts'
import { readSecret } from '../../settings.ts'
import { renderCsv } from '../../show/render/csv.ts'
import { renderJson } from '../../show/render/json.ts'
import { renderTable } from '../../show/render/table.ts'
import type { Report } from '../../show/report.ts'
import type { ReportResult } from '../../show/run-report.ts'
import { runReport } from '../../show/run-report.ts'
import { fill } from '../../store/literal.ts'
import { address, instantText, name } from '../argument.ts'
import { askReport } from '../ask-server.ts'
import type { Command } from '../command.ts'
import { holderOf, openStoreAlone, readOptions, refuseWhileHeld } from '../opening.ts'

/** In a file or a pipe a row is one line, however long. */
const renderForHere = (result: ReportResult): string =>
  renderTable(result, process.stdout.isTTY ? process.stdout.columns : undefined)

const renderers = { table: renderForHere, json: renderJson, csv: renderCsv } as const
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
  readonly sql?: boolean
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
      .option('--tenant <name>', 'whose; of a running server, that of the token', name)
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
      .option('--names', 'show clear identity; of a running server, where the token may see it')
      .option('--sql', 'print the statement that makes it, with its values in place')
      .option('--url <address>', 'ask a running server', address)
      .option('--token-file <path>', 'file with the API token for a running server')
      .addHelpText(
        'after',
        '\nA Curfew that runs has its embedded store alone. It is asked over its API then, of this data' +
          '\nfolder by itself and elsewhere by --url, and wants a token: `curfew token` makes one.' +
          '\n\nExample:\n  curfew report coverage --tenant acme --from 2026-11-01 --format csv',
      )
      .action(run)
  },
}

async function run(id: string, options: Options): Promise<void> {
  const result = await (options.url === undefined
    ? fromWhoeverHasIt(id, options)
    : fromServer(id, options, options.url))
  if (options.names && result.names_hidden) {
    process.stderr.write('curfew: clear identity is left out; the token may not see it\n')
  }
  if (options.sql) process.stdout.write(`${result.sql.filled.trim()}\n`)
  else process.stdout.write(renderers[options.json ? 'json' : options.format](result))
}

/** What to do while somebody else has the folder. */
function insteadOf(holder: RunningServer | undefined): string {
  return holder === undefined || holder.serves
    ? 'It is asked instead when --token-file names the file of an API token; or stop it first.'
    : 'It answers no reports: start it with serve among its roles, or stop it first.'
}

/** The running server where one has the folder, else the store itself. */
async function fromWhoeverHasIt(id: string, options: Options): Promise<ReportResult> {
  const opened = await readOptions('quiet')
  const holder = holderOf(opened.settings)
  if (holder === undefined || !holder.serves || options.tokenFile === undefined) {
    return fromStore(id, options, opened)
  }
  try {
    return await fromServer(id, options, holder.url)
  } catch (error) {
    // Nobody there any more: what it left behind is a note and a folder that is free.
    const isGone = error instanceof CurfewError && error.cause !== undefined
    if (isGone && error.code === 'SHOW_UNAVAILABLE') return fromStore(id, options, opened)
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

async function fromStore(
  id: string,
  options: Options,
  opened: CurfewOptions,
): Promise<ReportResult> {
  const instead = insteadOf(holderOf(opened.settings))
  await refuseWhileHeld(opened.settings, instead)
  const tenant = tenantOf(options)
  const parameters = parametersOf(options)
  const reports = await loadCatalog<Report>(catalogs.reports, 'report')
  const report = reports.find((each) => each.id === id)
  if (!report) throw new TypeError(`the file of the report '${id}' is gone`)
  const ownClients = await ownClientsIn(opened)
  const { store, key } = await openStoreAlone(opened, instead)
  try {
    return await runReport({
      report,
      tenant,
      parameters,
      names: options.names ?? false,
      ask: store.ask,
      fill,
      now: opened.clock.now,
      pseudonym: makePseudonym({ key, cacheMax: 1_000 }),
      ownClients,
    })
  } finally {
    await store.close()
  }
}

function tenantOf({ tenant }: Options): string {
  if (tenant !== undefined) return tenant
  throw new CurfewError(
    'SHOW_INVALID',
    'whose report it is must be said; give --tenant, such as --tenant acme',
  )
}

/** As the server knows them. Nobody is called, so a secret that is not there is not wanted either. */
async function ownClientsIn({ connections, clock }: CurfewOptions): Promise<readonly string[]> {
  const send = () => Promise.reject(new TypeError('a report of the store calls nobody'))
  const secretOf: SecretOf = (named) => {
    try {
      return readSecret(named)
    } catch {
      return 'not-wanted'
    }
  }
  return ownClientsOf(await openInstances(connections, { send, clock, secretOf }))
}
