import type { Command } from '../command.ts'
import { makeToken } from '../make-token.ts'

export const command: Command = {
  id: 'token',
  add: (program) => {
    program
      .command('token')
      .description(
        'Make an API token: the token itself for its holder, its digest for the connections file.',
      )
      .option('--json', 'print one JSON object')
      .addHelpText('after', '\nExample:\n  curfew token')
      .action(({ json }: { readonly json?: boolean }) => {
        const { token, sha256 } = makeToken()
        process.stdout.write(
          json ? `${JSON.stringify({ token, sha256 })}\n` : `token   ${token}\nsha256  ${sha256}\n`,
        )
      })
  },
}
