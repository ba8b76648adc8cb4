import { Option } from 'commander'
import type { Roles } from '../../config/roles.ts'
import { everyRole } from '../../config/roles.ts'
import { roles as rolesOf } from '../argument.ts'
import type { Command } from '../command.ts'

export const command: Command = {
  id: 'start',
  add: (program) => {
    program
      .command('start')
      .description('Run: take events in, find, end and verify sessions, serve the API.')
      .addHelpText(
        'after',
        '\nExample:\n  CURFEW_CONNECTIONS=connections.yaml CURFEW_POLICY=policy.yaml curfew start' +
          '\n  curfew start --role serve      one of several processes over one server and Kafka',
      )
      .addOption(
        new Option(
          '--role <roles>',
          'what this process does: some of ingest, enforce, serve, separated by commas',
        )
          .argParser(rolesOf)
          .default(everyRole, 'all three'),
      )
      .action(async (options: { readonly role: Roles }) => {
        const { run } = await import('../actions/start.ts')
        await run(options)
      })
  },
}
