import type { Options } from '../actions/evaluate.ts'
import { name } from '../argument.ts'
import type { Command } from '../command.ts'

export const command: Command = {
  id: 'evaluate',
  add: (program) => {
    program
      .command('evaluate')
      .description('Hold what was found against the truth ledger of a simulated company.')
      .requiredOption('--ledger <file>', 'truth ledger that `curfew simulate` wrote')
      .requiredOption('--tenant <name>', 'for whom its events were brought in', name)
      .option('--json', 'print one JSON object, with what was missed and what is wrong')
      .addHelpText(
        'after',
        '\nrecall: how much of what was planted was found. precision: how much of what was found is true.' +
          '\n\nExample:\n  curfew simulate --out events.ndjson --ledger truth.ndjson --days 3' +
          '\n  curfew replay --tenant acme --instance loopback events.ndjson' +
          '\n  curfew evaluate --tenant acme --ledger truth.ndjson',
      )
      .action(async (options: Options) => {
        const { run } = await import('../actions/evaluate.ts')
        await run(options)
      })
  },
}
