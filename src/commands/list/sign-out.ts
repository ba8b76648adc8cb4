import type { Options } from '../actions/sign-out.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'sign-out',
  add: (program) => {
    withServer(program.command('sign-out'))
      .description('Ask a running server to end all sessions of somebody, or show which those are.')
      .argument('<who>', 'reference, id or e-mail')
      .requiredOption('--reason <text>', 'why; auditors are shown it')
      .option('--dry-run', 'only show what would be ended')
      .addHelpText(
        'after',
        '\nThe token needs the role responder. Exits with 3 where not every session is ended as things stand' +
          '\n(policy only observes or asks first, the kill switch is on, no connection can), and says why.' +
          '\n\nExample:\n  curfew sign-out ada@example.com --reason "phone lost" --dry-run --token-file token.txt',
      )
      .action(async (who: string, options: Options) => {
        const { run } = await import('../actions/sign-out.ts')
        await run(who, options)
      })
  },
}
