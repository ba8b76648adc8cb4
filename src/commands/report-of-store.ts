import type { SecretOf } from '../config/connections.ts'
import { readSecret } from '../config/settings.ts'
import type { Connector } from '../connectors/connector.ts'
import { CurfewError } from '../contract/errors.ts'
import { makePseudonym } from '../decode/pseudonym.ts'
import type { CurfewOptions } from '../main.ts'
import { idsIn, loadCatalog, loadFolders } from '../process/catalog.ts'
import type { RunningServer } from '../process/running-server.ts'
import { catalogs } from '../runtime/catalog-folders.ts'
import { openInstances, ownClientsOf } from '../runtime/instances.ts'
import type { Report } from '../show/reporting/report.ts'
import type { ReportResult } from '../show/reporting/run-report.ts'
import { runReport } from '../show/reporting/run-report.ts'
import { fill } from '../store/literal.ts'
import { openStoreAlone, refuseWhileInUse, refuseWithoutStore, runningServerOf } from './opening.ts'

/** What to do while another process holds the folder. */
function insteadOf(holder: RunningServer | undefined): string {
  return holder === undefined || holder.serves
    ? 'Give --token-file with the file of an API token to ask that process instead, or stop it first.'
    : 'It serves no reports: start it with the role serve, or stop it first.'
}

/** A report to run. */
interface ReportRequest {
  readonly id: string
  readonly tenant?: string
  readonly names: boolean
  readonly parameters: { readonly [name: string]: string }
}

/**
 * Runs a report on the store itself.
 *
 * @throws CurfewError STORE_LOCKED while a server has the folder; SHOW_INVALID without a tenant; else
 *   as the report and the store say.
 */
export async function reportOfStore(
  asked: ReportRequest,
  opened: CurfewOptions,
): Promise<ReportResult> {
  const { id, names, parameters } = asked
  const instead = insteadOf(runningServerOf(opened.settings))
  await refuseWhileInUse(opened.settings, instead)
  const tenant = tenantOf(asked)
  refuseWithoutStore(opened.settings)
  const reports = await loadCatalog<Report>(catalogs.reports, 'report')
  const report = reports.find((each) => each.id === id)
  if (!report) throw new TypeError(`the file of the report '${id}' is gone`)
  const ownClients = await ownClientsIn(opened)
  const { instances, tokens } = opened.connections
  const { store, key } = await openStoreAlone(opened, instead)
  try {
    return await runReport({
      report,
      tenant,
      parameters,
      names,
      ask: store.ask,
      fill,
      now: opened.clock.now,
      pseudonym: makePseudonym({ key, cacheMax: 1_000 }),
      ownClients,
      instancesOf: (whose) =>
        instances.flatMap((each) => (each.tenant === whose ? [each.instance] : [])),
      detectors: [catalogs.detectors, catalogs.sweeps].flatMap(idsIn).map((each) => ({ id: each })),
      tenants: [...new Set([...instances, ...tokens].map((each) => each.tenant))],
    })
  } finally {
    await store.close()
  }
}

function tenantOf({ tenant }: ReportRequest): string {
  if (tenant !== undefined) return tenant
  throw new CurfewError(
    'SHOW_INVALID',
    'a report needs a tenant; give --tenant, such as --tenant acme',
  )
}

/** The client ids of the connections. No provider is called, so a missing secret does not matter. */
async function ownClientsIn({ connections, clock }: CurfewOptions): Promise<readonly string[]> {
  const send = () => Promise.reject(new TypeError('a report of the store makes no calls'))
  const secretOf: SecretOf = (named) => {
    try {
      return readSecret(named)
    } catch {
      return 'not-wanted'
    }
  }
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  return ownClientsOf(openInstances(connections, connectors, { send, clock, secretOf }))
}
