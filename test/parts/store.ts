import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '../../src/store/clickhouse.ts'
import type { Store, StoreOptions } from '../../src/store/store.ts'
import { openStore } from '../../src/store/store.ts'
import { sealKey, silentLog } from '../given.ts'

export interface TestStore extends Store {
  /** Runs a statement as it is, with places in it that are none of ours to fill. */
  readonly command: (sql: string) => Promise<void>
}

/**
 * A store that keeps its rows whatever the date. Tests write rows of one fixed week, and the engine
 * forgets rows of a certain age by the machine's clock, whenever it happens to merge them.
 */
export async function openLastingStore(target: StoreOptions['target']): Promise<TestStore> {
  const store = await openStore({
    target,
    migrations: 'schemas/clickhouse',
    sealKey,
    log: silentLog,
  })
  const engine = await openEngine(target)
  const { command } = await engine.session()
  await command('system stop ttl merges')
  const close = async () => {
    await engine.close()
    await store.close()
  }
  return { ...store, command, close }
}

/** Such a store in the engine itself, on an empty folder; `close` removes the folder. */
export async function openTestStore(): Promise<TestStore> {
  const path = mkdtempSync(join(tmpdir(), 'curfew-store-'))
  const store = await openLastingStore({ kind: 'embedded', path })
  return {
    ...store,
    close: async () => {
      await store.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
