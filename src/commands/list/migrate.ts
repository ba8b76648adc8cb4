import { placeOf } from '../../main.ts'
import { openStore } from '../../store/store.ts'
import type { Command } from '../command.ts'
import { readOptions, refuseWhileHeld } from '../opening.ts'

export const command: Command = {
  id: 'migrate',
  add: (program) => {
    program
      .command('migrate')
      .description("Bring the store to this version's tables; start does the same by itself.")
      .addHelpText(
        'after',
        '\nExample:\n  CURFEW_CLICKHOUSE_URL=http://127.0.0.1:8123 curfew migrate',
      )
      .action(run)
  },
}

async function run(): Promise<void> {
  const { settings, log } = await readOptions('quiet')
  await refuseWhileHeld(settings, 'It brought the tables up to date when it started.')
  // Nothing is appended here, so the key is not needed and not made.
  const store = await openStore({ ...placeOf(settings), sealKey: Buffer.alloc(32), log })
  try {
    const [row] = await store.ask('select max(number) as newest, count() as files from migrations')
    process.stdout.write(`the store is at migration ${row?.newest} (${row?.files} applied)\n`)
  } finally {
    await store.close()
  }
}
