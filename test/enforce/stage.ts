import { join } from 'node:path'
import type { Guard } from '../../src/enforce/guarding/guard.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { openTestStore } from '../parts/store.ts'
import type { SceneOptions } from './scene.ts'
import { makeScene } from './scene.ts'

/** The real engine on a folder of its own. */
export async function openStage() {
  const store = await openTestStore()
  const guards = await loadCatalog<Guard>(
    join(import.meta.dirname, '../../src/enforce/guards'),
    'guard',
  )
  let number = 0
  return {
    store,
    guards,
    /** A tenant of its own for each test: the store is shared. */
    scene: (options: SceneOptions = {}) => {
      number += 1
      return makeScene({ store, guards, tenant: `tenant-${number}`, number, ...options })
    },
    close: store.close,
  }
}
export type Stage = Awaited<ReturnType<typeof openStage>>
