import type { Options } from '../actions/demo.ts'
import { whole } from '../argument.ts'
import type { Command } from '../command.ts'

export const command: Command = {
  id: 'demo',
  add: (program) => {
    program
      .command('demo')
      .description(
        'A simulated company on the embedded engine, everything live, nothing to configure.',
      )
      .option('--once', 'end by itself')
      .option('--seconds <n>', 'with --once: how long; 60 by default', whole(5, 86_400))
      .option('--json', 'with --once: print one JSON object and nothing else on standard output')
      .option('--seed <text>', 'which company', 'demo')
      .option('--people <n>', 'how many', whole(10, 10_000), 200)
      .option('--port <n>', 'port of the API; any free one by default', whole(0, 65_535), 0)
      .addHelpText(
        'after',
        '\nlatency: of the curfews whose session Curfew ended. machine.tooSlow: deadlines may have been missed for' +
          '\nwant of processor time alone. Times in JSON are in ms.' +
          '\n\nExample:\n  curfew demo\n  curfew demo --once --seconds 60 --json',
      )
      .action(async (options: Options) => {
        const { run } = await import('../actions/demo.ts')
        await run(options)
      })
  },
}
