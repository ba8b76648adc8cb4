import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Detector } from '../../detect/detector.ts'
import type { Sweep } from '../../detect/sweep.ts'
import { loadCatalog } from '../../process/catalog.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import type { Command } from '../command.ts'

const folder = join(import.meta.dirname, '../../../dashboards')

export const command: Command = {
  id: 'dashboards',
  add: (program) => {
    program
      .command('dashboards')
      .description('Write the Grafana dashboards and alert rules from the code that builds them.')
      .addHelpText('after', '\nExample:\n  curfew dashboards && git diff dashboards')
      .action(async () => {
        // Only here: building dashboards needs a large library that nothing else does.
        const { buildDashboards } = await import('../../../dashboards/build.ts')
        const detectors = [
          ...(await loadCatalog<Detector>(catalogs.detectors, 'detector')),
          ...(await loadCatalog<Sweep>(catalogs.sweeps, 'sweep')),
        ]
        for (const [path, text] of buildDashboards(detectors)) {
          mkdirSync(dirname(join(folder, path)), { recursive: true })
          writeFileSync(join(folder, path), text)
          process.stdout.write(`dashboards/${path}\n`)
        }
      })
  },
}
