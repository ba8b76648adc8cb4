import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { environmentExample } from '../../config/environment-example.ts'
import { publishedSchemas } from '../../config/published-schemas.ts'
import { version } from '../../config/version.ts'
import { asyncapi } from '../../contract/asyncapi.ts'
import { withEventTables } from '../../contract/event-tables.ts'
import type { Detector } from '../../detect/detector.ts'
import type { Sweep } from '../../detect/sweep.ts'
import { loadCatalog } from '../../process/catalog.ts'
import { loadApiCatalogs } from '../../runtime/api-catalogs.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import { openapi } from '../../show/show.ts'
import { withDetectorTables } from '../detector-tables.ts'

const root = join(import.meta.dirname, '../../..')

export async function run(): Promise<void> {
  const files = new Map<string, string>()
  for (const [path, text] of publishedSchemas()) files.set(join('schemas', path), text)
  const description = await openapi({ version, ...(await loadApiCatalogs()) })
  files.set('schemas/openapi.json', `${JSON.stringify(description, null, 2)}\n`)
  files.set('schemas/asyncapi.json', `${JSON.stringify(asyncapi({ version }), null, 2)}\n`)
  const page = 'docs/session-events.md'
  files.set(page, withEventTables(readFileSync(join(root, page), 'utf8')))
  const detectors = await loadCatalog<Detector>(catalogs.detectors, 'detector')
  const sweeps = await loadCatalog<Sweep>(catalogs.sweeps, 'sweep')
  const catalogue = 'docs/detectors.md'
  const described = readFileSync(join(root, catalogue), 'utf8')
  files.set(catalogue, withDetectorTables(described, { detectors, sweeps }))
  files.set('.env.example', environmentExample())
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    process.stdout.write(`${path}\n`)
  }
}
