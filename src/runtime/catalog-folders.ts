import { join } from 'node:path'

/** Folders of the catalogues, beside this file. */
export const catalogs = {
  formats: join(import.meta.dirname, '../decode/formats'),
  envelopes: join(import.meta.dirname, '../decode/envelopes'),
  detectors: join(import.meta.dirname, '../detect/detectors'),
  sweeps: join(import.meta.dirname, '../detect/sweeps'),
  providers: join(import.meta.dirname, '../enforce/providers'),
  guards: join(import.meta.dirname, '../enforce/guards'),
  matrices: join(import.meta.dirname, '../enforce/matrices'),
  routes: join(import.meta.dirname, '../show/routes'),
  reports: join(import.meta.dirname, '../show/reports'),
}
