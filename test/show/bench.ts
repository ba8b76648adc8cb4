import type { Row } from '../../src/contract/ports.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import type { Report } from '../../src/show/reporting/report.ts'
import type { ReportResult } from '../../src/show/reporting/run-report.ts'
import { runReport } from '../../src/show/reporting/run-report.ts'
import { fill } from '../../src/store/literal.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'
import { asOf, made } from './made.ts'
import type { Told } from './world.ts'
import { write } from './world.ts'

/** What a report is asked, beside its id. */
export interface Question {
  readonly tenant?: string
  readonly parameters?: { readonly [name: string]: unknown }
  readonly names?: boolean
  /** ms since the epoch at which it is asked. */
  readonly at?: number
  readonly rowsMax?: number
}

/** The seeded world of the tenant `acme` on the real engine, with the reports over it. */
export interface Bench {
  readonly store: Store
  readonly reports: readonly Report[]
  readonly run: (id: string, question?: Question) => Promise<ReportResult>
  /** A tenant of its own for a world, so that tests do not see each other's rows. */
  readonly aTenantOf: (world: readonly Told[]) => Promise<string>
  readonly close: () => Promise<void>
}

export async function openBench(): Promise<Bench> {
  const store = await openTestStore()
  const reports = await loadCatalog<Report>('src/show/reports', 'report')
  let tenants = 0
  await write(store.append, 'acme', made)
  return {
    store,
    reports,
    run: async (
      id,
      { tenant = 'acme', parameters = {}, names = true, at = asOf, ...more } = {},
    ) => {
      const report = reports.find((each) => each.id === id)
      if (!report) throw new TypeError(`no report ${id}`)
      return await runReport({
        report,
        tenant,
        parameters,
        names,
        ask: store.ask,
        fill,
        now: () => at,
        pseudonym: (_tenant, _instance, id) => (id === '' ? '' : `ref of ${id.length}`),
        ownClients: ['client-curfew'],
        // What is asked for is known, so that any text reaches the statement.
        instancesOf: () => [String(parameters.instance)],
        ...more,
      })
    },
    aTenantOf: async (world) => {
      tenants += 1
      const tenant = `tenant-${tenants}`
      await write(store.append, tenant, world)
      return tenant
    },
    close: store.close,
  }
}

export const where = (result: ReportResult, column: string, value: string): Row | undefined =>
  result.rows.find((row) => row[column] === value)
