import { Option } from 'commander'
import { foldersIn, idsIn } from '../../process/catalog.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import type { Options } from '../actions/replay.ts'
import { name } from '../argument.ts'
import type { Command } from '../command.ts'

export const command: Command = {
  id: 'replay',
  add: (program) => {
    program
      .command('replay')
      .description(
        'Bring in files of events, one JSON object a line, plain or gzip. History is judged and never acted upon.',
      )
      .argument('<files...>', 'files, in the order to read them')
      .requiredOption('--tenant <name>', 'whose events they are', name)
      .requiredOption('--instance <name>', 'which connection they came from', name)
      .addOption(
        new Option('--format <id>', 'format of the lines')
          .choices([...idsIn(catalogs.formats), ...foldersIn(catalogs.connectors, 'format')].sort())
          .default('session-event-v1'),
      )
      .addOption(
        new Option('--envelope <id>', 'what producers put around each event')
          .choices(['auto', 'plain', ...idsIn(catalogs.envelopes)])
          .default('auto'),
      )
      .option('--json', 'print one JSON object at the end')
      .addHelpText(
        'after',
        '\nStopped halfway, the same command goes on where it was recorded.\n\nExample:\n  curfew replay --tenant acme --instance sso october.ndjson.gz',
      )
      .action(async (files: readonly string[], options: Options) => {
        const { run } = await import('../actions/replay.ts')
        await run(files, options)
      })
  },
}
