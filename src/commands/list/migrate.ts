import { migrations, targetOf } from '../../main.ts'
import { openStore } from '../../store/store.ts'
import type { Command } from '../command.ts'
import { readOptions } from '../opening.ts'

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
  const { settings, log } = readOptions()
  const cluster = settings.CURFEW_CLICKHOUSE_CLUSTER
  const store = await openStore({
    target: targetOf(settings),
    migrations,
    ...(cluster === undefined ? {} : { cluster }),
    sealKey: Buffer.alloc(32),
    log,
  })
  const rows = await store.ask('select max(number) as newest, count() as files from migrations')
  process.stdout.write(`the store is at migration ${rows[0]?.newest} (${rows[0]?.files} applied)\n`)
  await store.close()
}
