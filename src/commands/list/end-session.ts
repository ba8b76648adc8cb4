import type { Options } from '../actions/end-session.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'
import type { SessionName } from '../session-name.ts'
import { sessionName } from '../session-name.ts'

export const command: Command = {
  id: 'end-session',
  add: (program) => {
    withServer(program.command('end-session'))
      .description('Ask a running server to end one session, or show what that would end.')
      .argument('<session>', 'instance/kind/id, as the other commands print it', sessionName)
      .requiredOption('--reason <text>', 'why; auditors are shown it')
      .option('--dry-run', 'only show what would be ended')
      .addHelpText(
        'after',
        '\nThe token needs the role responder. Exits with 3 where the session is not ended as things stand,' +
          '\nand says why.' +
          '\n\nExample:\n  curfew end-session sso/online/8f1c --reason "phone lost" --dry-run --token-file token.txt',
      )
      .action(async (session: SessionName, options: Options) => {
        const { run } = await import('../actions/end-session.ts')
        await run(session, options)
      })
  },
}
