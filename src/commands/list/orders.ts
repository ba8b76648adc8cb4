import type { Options } from '../actions/orders.ts'
import { instantText, name, whole } from '../argument.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'orders',
  add: (program) => {
    withServer(program.command('orders'))
      .description('List the orders of a running server as they stand, newest step first.')
      .option('--waiting', 'only those that wait for somebody to approve or deny them')
      .option('--state <word>', 'only of this state, such as queued, contained or unverified', name)
      .option('--instance <name>', 'only of this instance', name)
      .option('--since <time>', 'with a step since then; 30 days ago by default', instantText)
      .option('--limit <n>', 'how many at most', whole(1, 100_000), 50)
      .addHelpText('after', '\nExample:\n  curfew orders --token-file token.txt --waiting')
      .action(async (options: Options) => {
        const { run } = await import('../actions/orders.ts')
        await run(options)
      })
  },
}
