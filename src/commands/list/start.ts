import { openCurfew } from '../../main.ts'
import type { Command } from '../command.ts'
import { readOptions, untilStopped } from '../opening.ts'

export const command: Command = {
  id: 'start',
  add: (program) => {
    program
      .command('start')
      .description('Run: take events in, find, end and verify sessions, serve the API.')
      .addHelpText(
        'after',
        '\nExample:\n  CURFEW_CONNECTIONS=connections.yaml CURFEW_POLICY=policy.yaml curfew start',
      )
      .action(start)
  },
}

async function start(): Promise<void> {
  const options = readOptions()
  const stopped = untilStopped()
  await using curfew = await openCurfew(options)
  options.log.info({ url: curfew.api.url, version: options.version }, 'curfew runs')
  const signal = await Promise.race([stopped, curfew.failed])
  options.log.info({ signal }, 'stopping: nothing new is taken, what was taken is recorded')
}
