import type { Options } from '../actions/session.ts'
import { whole } from '../argument.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'
import type { SessionName } from '../session-name.ts'
import { sessionName } from '../session-name.ts'

export const command: Command = {
  id: 'session',
  add: (program) => {
    withServer(program.command('session'))
      .description('Show the life of one session of a running server, oldest first.')
      .argument('<session>', 'instance/kind/id, as the other commands print it', sessionName)
      .option('--limit <n>', 'how many rows at most', whole(1, 100_000), 10_000)
      .addHelpText(
        'after',
        '\nRows that say the same are one line with their count, and last_at; --json has each of them.' +
          '\n\nExample:\n  curfew session sso/online/8f1c --token-file token.txt',
      )
      .action(async (session: SessionName, options: Options) => {
        const { run } = await import('../actions/session.ts')
        await run(session, options)
      })
  },
}
