import type { Options } from '../actions/requests.ts'
import { instantText, name, whole } from '../argument.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'requests',
  add: (program) => {
    withServer(program.command('requests'))
      .description('List what people asked a running server for, or show what became of one.')
      .argument('[request]', 'its id, as sign-out, end-session, approve and deny print it')
      .option('--outcome <word>', 'only such as waiting, underway, done or remains', name)
      .option('--kind <word>', 'only approve, deny, sign_out_everywhere or end_session', name)
      .option('--instance <name>', 'only of this instance', name)
      .option('--from <time>', 'from then on', instantText)
      .option('--to <time>', 'before then', instantText)
      .option('--text <words>', 'only where this text occurs: ids, reasons, persons')
      .option('--limit <n>', 'how many at most', whole(1, 100_000), 50)
      .addHelpText(
        'after',
        '\nOf one, exits with 0 once it is done: every session is proven dead, or what was denied is not ended.' +
          '\nUntil then, and where it is not, it exits with 3.' +
          '\n\nExample:\n  curfew requests --token-file token.txt\n  curfew requests 9c2e --token-file token.txt',
      )
      .action(async (request: string | undefined, options: Options) => {
        const { run } = await import('../actions/requests.ts')
        await run(request, options)
      })
  },
}
