import { foldersIn } from '../../process/catalog.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
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
      .option('--provider <id>', foldersIn(catalogs.connectors, 'setup').join(' or '))
      .option('--address <url>', 'where the provider answers, where it has no one address', address)
      .option('--realm <name>', 'of the provider, where it has several', name)
      .option('--tenant <name>', 'your name for whose data it is; main by default', name)
      .option('--instance <name>', 'your name for this provider; sso by default', name)
      .option(
        '--client-id <name>',
        'of the client that Curfew gets at the provider',
        name,
        'curfew',
      )
      .option('--folder <path>', 'where the files go', '.')
      .option('--no-doctor', 'do not look at it afterwards')
      .addHelpText(
        'after',
        '\nWhat the options do not say is asked on a terminal. No file is written over. Ends with 3 where the' +
          '\ndoctor finds something broken, as before the printed lines have run.' +
          '\n\nExample:\n  curfew init\n  curfew init --provider keycloak --address https://sso.example.com --realm staff',
      )
      .action(async (options: Options) => {
        const { run } = await import('../actions/init.ts')
        await run(options)
      })
  },
}
