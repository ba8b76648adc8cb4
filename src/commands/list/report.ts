import { Argument, Option } from 'commander'
import { idsIn } from '../../catalog.ts'
import { catalogs } from '../../catalog-folders.ts'
import type { Options } from '../actions/report.ts'
import { address, instantText, name } from '../argument.ts'
import type { Command } from '../command.ts'

export const command: Command = {
  id: 'report',
  add: (program) => {
    program
      .command('report')
      .description('Print a report, of a running server or out of the store.')
      .addArgument(new Argument('<report>', 'which one').choices(idsIn(catalogs.reports)))
      .option('--tenant <name>', 'whose; of a running server, that of the token', name)
      .option(
        '--from <time>',
        'begin of the period, inclusive; 30 days before its end by default',
        instantText,
      )
      .option('--to <time>', 'end of the period, exclusive; now by default', instantText)
      .option('--as-of <time>', 'judge by what was known at this instant', instantText)
      .option('--set <name=value...>', 'further parameters of the report')
      .addOption(
        new Option('--format <format>', 'how to print it')
          .choices(['table', 'json', 'csv'])
          .default('table'),
      )
      .option('--json', 'the same as --format json')
      .option('--names', 'show clear identity; of a running server, where the token may see it')
      .option('--sql', 'print the statement that makes it, with its values in place')
      .option('--url <address>', 'ask a running server', address)
      .option('--token-file <path>', 'file with the API token for a running server')
      .addHelpText(
        'after',
        '\nA Curfew that runs has its embedded store alone. It is asked over its API then, of this data' +
          '\nfolder by itself and elsewhere by --url, and wants a token: `curfew token` makes one.' +
          '\n\nExample:\n  curfew report coverage --tenant acme --from 2026-11-01 --format csv',
      )
      .action(async (id: string, options: Options) => {
        const { run } = await import('../actions/report.ts')
        await run(id, options)
      })
  },
}
