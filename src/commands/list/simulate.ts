import type { Options } from '../actions/simulate.ts'
import { address, instant, name, number, whole } from '../argument.ts'
import type { Command } from '../command.ts'

export const command: Command = {
  id: 'simulate',
  add: (program) => {
    program
      .command('simulate')
      .description(
        'Send or write the events of a simulated company and, apart from them, the truth about it.',
      )
      .option('--out <file>', 'events into a new file; packed when it ends in .gz')
      .option('--topic <name>', 'events into a topic of the brokers that the settings name')
      .option('--intake <address>', 'events to a running Curfew, with an intake token', address)
      .option('--token-file <path>', 'file with that token')
      .requiredOption('--ledger <file>', 'truth ledger, a new file')
      .option('--seed <text>', 'which company', 'curfew')
      .option('--people <n>', 'how many', whole(1, 100_000), 200)
      .option('--days <n>', 'days of life', number(0.01, 3_650), 7)
      .option(
        '--speed <n>',
        'how many times faster than the clock they live; as fast as possible by default',
        number(0.001, 100_000),
      )
      .option('--start <time>', 'begin of its time; so many days before now by default', instant)
      .option('--instance <name>', 'what the ledger calls its provider', name, 'loopback')
      .option('--json', 'print one JSON object at the end')
      .addHelpText(
        'after',
        '\nThe same seed and the same start write the same bytes. With --speed events carry the' +
          '\ntime at which they are sent.' +
          '\n\nExample:\n  curfew simulate --out events.ndjson --ledger truth.ndjson --days 3' +
          '\n  curfew simulate --topic example.session-events --ledger truth.ndjson --speed 60' +
          '\n  curfew simulate --intake http://127.0.0.1:8080 --token-file token.txt --ledger truth.ndjson',
      )
      .action(async (options: Options) => {
        const { run } = await import('../actions/simulate.ts')
        await run(options)
      })
  },
}
