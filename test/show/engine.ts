import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/store/store.ts'
import { silentLog } from '../given.ts'

/** The real engine on an empty folder of its own; `close` removes the folder. */
export async function openEmpty(): Promise<Store> {
  const path = mkdtempSync(join(tmpdir(), 'curfew-show-'))
  const store = await openStore({
    target: { kind: 'embedded', path },
    migrations: 'schemas/clickhouse',
    sealKey: Buffer.alloc(32, 7),
    log: silentLog,
  })
  return {
    ...store,
    close: async () => {
      await store.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
