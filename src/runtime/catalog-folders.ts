import { join } from 'node:path'

/** Folders of the catalogues, beside this file. */
export const catalogs = {
  /** A folder for each identity provider. */
  connectors: join(import.meta.dirname, '../connectors'),
  formats: join(import.meta.dirname, '../decode/formats'),
  envelopes: join(import.meta.dirname, '../decode/envelopes'),
  detectors: join(import.meta.dirname, '../detect/detectors'),
  sweeps: join(import.meta.dirname, '../detect/sweeps'),
  guards: join(import.meta.dirname, '../enforce/guards'),
  routes: join(import.meta.dirname, '../show/routes'),
  reports: join(import.meta.dirname, '../show/reports'),
}
