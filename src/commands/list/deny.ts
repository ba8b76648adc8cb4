import type { Options } from '../actions/decide.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'deny',
  add: (program) => {
    withServer(program.command('deny'))
      .description(
        'Deny an order that waits for a person on a running server; its session is not ended.',
      )
      .argument('<order>', 'its id, as `curfew orders --waiting` prints it')
      .requiredOption('--reason <text>', 'why; auditors are shown it')
      .addHelpText(
        'after',
        '\nThe token needs the role responder.\n\nExample:\n  curfew deny 4f2a --reason "spoke to her" --token-file token.txt',
      )
      .action(async (order: string, options: Options) => {
        const { run } = await import('../actions/decide.ts')
        await run('deny', order, options)
      })
  },
}
