import { storeLocationOf } from '../../config/store-location.ts'
import { openStore } from '../../store/store.ts'
import { readOptions, refuseWhileInUse } from '../opening.ts'

export async function run(): Promise<void> {
  const { settings, log } = await readOptions('quiet')
  await refuseWhileInUse(settings, 'It brought the tables up to date when it started.')
  // Nothing is appended here, so the key is not needed and not made.
  const store = await openStore({ ...storeLocationOf(settings), sealKey: Buffer.alloc(32), log })
  try {
    const [row] = await store.ask('select max(number) as newest, count() as files from migrations')
    process.stdout.write(`the store is at migration ${row?.newest} (${row?.files} applied)\n`)
  } finally {
    await store.close()
  }
}
