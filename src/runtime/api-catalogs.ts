import type { Connector } from '../connectors/connector.ts'
import { loadCatalog, loadFolders } from '../process/catalog.ts'
import type { Report } from '../show/reporting/report.ts'
import type { Deps, Route } from '../show/route.ts'
import { catalogs } from './catalog-folders.ts'

/** Every route and report of the API, from one file each, and the connectors' webhooks. */
export async function loadApiCatalogs(): Promise<Pick<Deps, 'routes' | 'reports' | 'webhooks'>> {
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  return {
    routes: await loadCatalog<Route>(catalogs.routes, 'route'),
    reports: await loadCatalog<Report>(catalogs.reports, 'report'),
    webhooks: connectors.flatMap(({ id, title, webhook }) =>
      webhook ? [{ id, title, ...webhook }] : [],
    ),
  }
}
