import type { Options } from '../actions/decide.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'approve',
  add: (program) => {
    withServer(program.command('approve'))
      .description('Approve an order that waits for a person on a running server.')
      .argument('<order>', 'its id, as `curfew orders --waiting` prints it')
      .requiredOption('--reason <text>', 'why; auditors are shown it')
      .option('--with-others', 'also where the call ends other sessions than the one of the order')
      .addHelpText(
        'after',
        '\nThe token needs the role responder. Exits with 3 where the order is not carried out as things stand,' +
          '\nsuch as while the kill switch is on, and says why.\n\nExample:\n  curfew approve 4f2a --reason "spoke to her" --token-file token.txt',
      )
      .action(async (order: string, options: Options) => {
        const { run } = await import('../actions/decide.ts')
        await run('approve', order, options)
      })
  },
}
