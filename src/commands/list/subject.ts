import type { Options } from '../actions/subject.ts'
import { whole } from '../argument.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'subject',
  add: (program) => {
    withServer(program.command('subject'))
      .description(
        'Show whose sessions a running server knows, alive or ended, and what is due of them.',
      )
      .argument('<who>', 'reference, id or e-mail')
      .option('--limit <n>', 'how many sessions at most', whole(1, 100_000), 200)
      .addHelpText('after', '\nExample:\n  curfew subject ada@example.com --token-file token.txt')
      .action(async (who: string, options: Options) => {
        const { run } = await import('../actions/subject.ts')
        await run(who, options)
      })
  },
}
