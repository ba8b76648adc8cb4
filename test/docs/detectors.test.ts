import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withDetectorTables } from '../../src/commands/detector-tables.ts'
import type { Detector } from '../../src/detect/detector.ts'
import type { Sweep } from '../../src/detect/sweep.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { catalogs } from '../../src/runtime/catalog-folders.ts'

it('docs/detectors.md lists every detector and sweep of the catalogues as it is', async () => {
  const detectors = await loadCatalog<Detector>(catalogs.detectors, 'detector')
  const sweeps = await loadCatalog<Sweep>(catalogs.sweeps, 'sweep')
  const page = readFileSync('docs/detectors.md', 'utf8')
  expect(detectors.length).toBeGreaterThan(3)
  expect(withDetectorTables(page, { detectors, sweeps })).toBe(page)
  for (const { id } of [...detectors, ...sweeps]) expect(page).toContain(`| \`${id}\` |`)
  expect(withDetectorTables(page, { detectors: detectors.slice(1), sweeps })).not.toBe(page)
})
