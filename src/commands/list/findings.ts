import type { Options } from '../actions/findings.ts'
import { instantText, name, whole } from '../argument.ts'
import type { Command } from '../command.ts'
import { withServer } from '../server-options.ts'

export const command: Command = {
  id: 'findings',
  add: (program) => {
    withServer(program.command('findings'))
      .description('List what the detectors of a running server found, newest first.')
      .option('--severity <word>', 'only info, low, medium, high or critical ones', name)
      .option('--detector <id>', 'only of this detector', name)
      .option('--instance <name>', 'only of this instance', name)
      .option('--from <time>', 'from then on', instantText)
      .option('--to <time>', 'before then', instantText)
      .option('--text <words>', 'only where this text occurs: ids, words, persons')
      .option('--taken-back', 'those that later facts took back, instead of those that stand')
      .option('--limit <n>', 'how many at most', whole(1, 100_000), 50)
      .addHelpText(
        'after',
        '\nExample:\n  curfew findings --token-file token.txt --severity critical --from 2026-11-27',
      )
      .action(async (options: Options) => {
        const { run } = await import('../actions/findings.ts')
        await run(options)
      })
  },
}
