import { systemClock } from '../../clock.ts'
import { openSimulation } from '../../simulate/simulate.ts'
import { openFileSink } from '../../simulate/sinks/file.ts'
import { openLedgerFile } from '../../simulate/truth.ts'
import type { Command } from '../command.ts'

interface Options {
  readonly out: string
  readonly ledger: string
  readonly seed: string
  readonly people: string
  readonly days: string
  readonly start?: string
}

export const command: Command = {
  id: 'simulate',
  add: (program) => {
    program
      .command('simulate')
      .description(
        'Write the events of a simulated company and, apart from them, the truth about it.',
      )
      .requiredOption('--out <file>', 'events, one JSON object a line; packed when it ends in .gz')
      .requiredOption('--ledger <file>', 'truth ledger, a new file')
      .option('--seed <text>', 'which company', 'curfew')
      .option('--people <n>', 'how many', '200')
      .option('--days <n>', 'days of life', '7')
      .option('--start <time>', 'begin of its time; so many days before now by default')
      .addHelpText(
        'after',
        '\nThe same seed writes the same bytes.\nExample:\n  curfew simulate --out events.ndjson --ledger truth.ndjson --days 3',
      )
      .action(run)
  },
}

async function run(options: Options): Promise<void> {
  const days = Number(options.days)
  const startAt =
    options.start === undefined ? Date.now() - days * 86_400_000 : Date.parse(options.start)
  await using stack = new AsyncDisposableStack()
  const ledger = stack.use(openLedgerFile(options.ledger))
  const sink = stack.use(openFileSink(options.out))
  const simulation = openSimulation({
    seed: options.seed,
    people: Number(options.people),
    days,
    speed: 'fast',
    worldOnly: true,
    startAt,
    clock: systemClock,
    sink,
    ledger,
  })
  const summary = await simulation.run()
  process.stdout.write(`${JSON.stringify(summary)}\n`)
}
