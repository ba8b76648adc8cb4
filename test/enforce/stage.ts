import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCatalog } from '../../src/catalog.ts'
import type { Guard } from '../../src/enforce/guard.ts'
import { openStore } from '../../src/store/store.ts'
import { sealKey, silentLog } from '../given.ts'
import type { SceneOptions } from './scene.ts'
import { makeScene } from './scene.ts'

/** The real engine on a folder of its own. */
export async function openStage() {
  const path = mkdtempSync(join(tmpdir(), 'curfew-enforce-'))
  const store = await openStore({
    target: { kind: 'embedded', path },
    migrations: 'schemas/clickhouse',
    log: silentLog,
    sealKey,
  })
  const guards = await loadCatalog<Guard>(
    join(import.meta.dirname, '../../src/enforce/guards'),
    'guard',
  )
  let number = 0
  return {
    store,
    /** A tenant of its own for each test: the store is shared. */
    scene: (options: SceneOptions = {}) => {
      number += 1
      return makeScene({ store, guards, tenant: `tenant-${number}`, number, ...options })
    },
    async close() {
      await store.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
export type Stage = Awaited<ReturnType<typeof openStage>>
