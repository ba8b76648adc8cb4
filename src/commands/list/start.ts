import { Option } from 'commander'
import { openCurfew } from '../../main.ts'
import type { Roles } from '../../roles.ts'
import { everyRole } from '../../roles.ts'
import { roles as rolesOf } from '../argument.ts'
import type { Command } from '../command.ts'
import { readOptions, refuseWhileHeld, untilStopped } from '../opening.ts'

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
      .action(start)
  },
}

async function start({ role }: { readonly role: Roles }): Promise<void> {
  const options = { ...(await readOptions()), roles: role }
  await refuseWhileHeld(
    options.settings,
    'Stop it first, or set CURFEW_DATA_DIR to another folder.',
  )
  const stopped = untilStopped()
  await using curfew = await openCurfew(options)
  const { url } = curfew.api
  options.log.info({ url, version: options.version, roles: [...role] }, 'curfew runs')
  const signal = await Promise.race([stopped, curfew.failed])
  options.log.info({ signal }, 'stopping: nothing new is taken, what was taken is recorded')
}
