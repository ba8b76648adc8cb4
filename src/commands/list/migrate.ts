import type { Command } from '../command.ts'

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
      .action(async () => {
        const { run } = await import('../actions/migrate.ts')
        await run()
      })
  },
}
