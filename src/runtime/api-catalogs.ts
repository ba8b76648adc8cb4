import { loadCatalog } from '../process/catalog.ts'
import type { Report } from '../show/reporting/report.ts'
import type { Deps, Route } from '../show/route.ts'
import { catalogs } from './catalog-folders.ts'

/** Every route and report of the API, from one file each. */
export async function loadApiCatalogs(): Promise<Pick<Deps, 'routes' | 'reports'>> {
  return {
    routes: await loadCatalog<Route>(catalogs.routes, 'route'),
    reports: await loadCatalog<Report>(catalogs.reports, 'report'),
  }
}
