import type { Options } from '../actions/init.ts'
import { address, name } from '../argument.ts'
import type { Command } from '../command.ts'

export const command: Command = {
  id: 'init',
  add: (program) => {
    program
      .command('init')
      .description(
        'Connect an identity provider: ask, write the files and a token, print what to do there, look.',
      )
      .option('--provider <id>', 'keycloak or workos')
      .option('--address <url>', 'where Keycloak answers', address)
      .option('--realm <name>', 'of Keycloak', name)
      .option('--tenant <name>', 'your name for whose data it is; main by default', name)
      .option('--instance <name>', 'your name for this provider; sso by default', name)
      .option('--client-id <name>', 'of the client that Curfew gets at Keycloak', name, 'curfew')
      .option('--folder <path>', 'where the files go', '.')
      .option('--no-doctor', 'do not look at it afterwards')
      .addHelpText(
        'after',
        '\nWhat the options do not say is asked on a terminal. No file is written over. Ends with 3 where the' +
          '\ndoctor finds something broken, as before the lines for Keycloak have run.' +
          '\n\nExample:\n  curfew init\n  curfew init --provider keycloak --address https://sso.example.com --realm staff',
      )
      .action(async (options: Options) => {
        const { run } = await import('../actions/init.ts')
        await run(options)
      })
  },
}
