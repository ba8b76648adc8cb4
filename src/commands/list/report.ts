import type { Command as Program } from 'commander'
import { Argument, Option } from 'commander'
import { idsIn } from '../../process/catalog.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import type { Options } from '../actions/report.ts'
import { address, instantText, name } from '../argument.ts'
import type { Command } from '../command.ts'

interface Help {
  readonly help?: boolean
}

export const command: Command = {
  id: 'report',
  add: (program) => {
    program
      .command('report')
      .description('Print a report, of a running server or out of the store.')
      // The help of one report is its own: see below.
      .helpOption(false)
      .addArgument(new Argument('[report]', 'which one').choices(idsIn(catalogs.reports)))
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
      .option('--strict', 'end with 4 when the figures may be missing something')
      .option('-h, --help', 'this; with a report what its columns and its --set parameters mean')
      .option('--url <address>', 'ask a running server', address)
      .option('--token-file <path>', 'file with the API token for a running server')
      .addHelpText(
        'after',
        '\nA Curfew that runs has its embedded store alone. It is asked over its API then, of this data' +
          '\nfolder by itself and elsewhere by --url, and wants a token: `curfew token` makes one.' +
          '\n\nExample:\n  curfew report coverage --tenant acme --from 2026-11-01 --format csv',
      )
      .action(async (id: string | undefined, options: Options & Help, self: Program) => {
        if (id !== undefined && options.help) {
          const { explain } = await import('../actions/explain-report.ts')
          await explain(id)
        } else if (options.help) self.outputHelp()
        else if (id === undefined) self.error("error: missing required argument 'report'")
        else {
          const { run } = await import('../actions/report.ts')
          await run(id, options)
        }
      })
  },
}
