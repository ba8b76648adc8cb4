import { Argument } from 'commander'
import type { Options } from '../actions/kill-switch.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'kill-switch',
  add: (program) => {
    withServer(program.command('kill-switch'))
      .description('Stop all enforcement of a running server, let it go on, or show how it stands.')
      .addArgument(new Argument('[state]', 'what to turn it to').choices(['on', 'off']))
      .option('--reason <text>', 'why it is turned')
      .addHelpText(
        'after',
        '\nThe token needs the role admin. Exits with 3 where it is on and was not turned on now.' +
          '\n\nExample:\n  curfew kill-switch on --reason "wrong resets came in" --token-file token.txt',
      )
      .action(async (state: 'on' | 'off' | undefined, options: Options) => {
        const { run } = await import('../actions/kill-switch.ts')
        await run(state, options)
      })
  },
}
