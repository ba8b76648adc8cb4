import { existsSync } from 'node:fs'
import { systemClock } from '../../clock.ts'
import { CurfewError } from '../../contract/errors.ts'
import type { Summary } from '../../simulate/simulate.ts'
import { openSimulation } from '../../simulate/simulate.ts'
import { openFileSink } from '../../simulate/sinks/file.ts'
import { openLedgerFile } from '../../simulate/truth.ts'
import { instant, name, number, whole } from '../argument.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../command.ts'
import { untilStopped } from '../opening.ts'

interface Options {
  readonly out: string
  readonly ledger: string
  readonly seed: string
  readonly people: number
  readonly days: number
  readonly start?: number
  readonly instance: string
  readonly json?: boolean
}

const dayMs = 86_400_000

export const command: Command = {
  id: 'simulate',
  add: (program) => {
    program
      .command('simulate')
      .description(
        'Write the events of a simulated company and, apart from them, the truth about it.',
      )
      .requiredOption('--out <file>', 'events, a new file; packed when it ends in .gz')
      .requiredOption('--ledger <file>', 'truth ledger, a new file')
      .option('--seed <text>', 'which company', 'curfew')
      .option('--people <n>', 'how many', whole(1, 100_000), 200)
      .option('--days <n>', 'days of life', number(0.01, 3_650), 7)
      .option('--start <time>', 'begin of its time; so many days before now by default', instant)
      .option('--instance <name>', 'what the ledger calls its provider', name, 'loopback')
      .option('--json', 'print one JSON object at the end')
      .addHelpText(
        'after',
        '\nThe same seed and the same start write the same bytes.\n\nExample:\n  curfew simulate --out events.ndjson --ledger truth.ndjson --days 3',
      )
      .action(run)
  },
}

async function run(options: Options): Promise<void> {
  const { out, ledger: ledgerPath, json, days, start, ...company } = options
  for (const path of [out, ledgerPath]) {
    if (!existsSync(path)) continue
    throw new CurfewError('SETTINGS_INVALID', `${path} is there already; name a new file`)
  }
  await using stack = new AsyncDisposableStack()
  const ledger = stack.use(openLedgerFile(ledgerPath))
  const sink = stack.use(openFileSink(out))
  const simulation = openSimulation({
    ...company,
    days,
    speed: 'fast',
    worldOnly: true,
    startAt: start ?? Date.now() - days * dayMs,
    clock: systemClock,
    sink,
    ledger,
  })
  const running = simulation.run()
  const stopped = untilStopped()
  const signal = await Promise.race([running.then(() => undefined), stopped])
  if (signal !== undefined) process.exitCode = exitCodes.stopped
  const summary = await simulation.stop()
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `${wordsOf(summary, options)}\n`)
}

function wordsOf(summary: Summary, { out, ledger }: Options): string {
  const { sent, sessions, causes, survivorsActive, survivorsIdle, thefts } = summary
  const { usesAfterRevoke, usesAfterExpiry } = summary
  return [
    `${sent} messages about ${sessions} sessions in ${out}`,
    `${causes} causes, ${survivorsActive + survivorsIdle} survivors, ${thefts} thefts, ` +
      `${usesAfterRevoke + usesAfterExpiry} uses of what was over: the truth is in ${ledger}`,
  ].join('\n')
}
