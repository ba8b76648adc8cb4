import { buildDashboards } from '../../dashboards/build.ts'
import type { Detector } from '../../src/detect/detector.ts'
import type { Sweep } from '../../src/detect/sweep.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { catalogs } from '../../src/runtime/catalog-folders.ts'

/** Every detector and sweep there is. */
export const detectors = [
  ...(await loadCatalog<Detector>(catalogs.detectors, 'detector')),
  ...(await loadCatalog<Sweep>(catalogs.sweeps, 'sweep')),
]

/** Every generated file as the code builds it, by path. */
export const built = buildDashboards(detectors)
