import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { CurfewError, codeOf } from '../../contract/errors.ts'
import { inert } from '../../contract/inert.ts'
import type { Evaluation, Score } from '../../demo/evaluation.ts'
import { evaluate, readFound } from '../../demo/evaluation.ts'
import { shareOf } from '../../demo/view.ts'
import type { TruthEntry } from '../../simulate/truth.ts'
import { readLedger } from '../../simulate/truth.ts'
import { name } from '../argument.ts'
import type { Command } from '../command.ts'
import { openStoreAlone, readOptions } from '../opening.ts'

interface Options {
  readonly ledger: string
  readonly tenant: string
  readonly json?: boolean
}

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
      .action(run)
  },
}

async function run({ ledger, tenant, json }: Options): Promise<void> {
  const truth = await readTruth(ledger)
  const options = await readOptions('quiet')
  const { store } = await openStoreAlone(options)
  try {
    const found = await readFound(store.ask, tenant, options.clock.now())
    const evaluation = evaluate(truth, found)
    process.stdout.write(json ? `${JSON.stringify(evaluation)}\n` : tableOf(evaluation))
  } finally {
    await store.close()
  }
}

/** @throws CurfewError SETTINGS_INVALID when there is no such file or it is no ledger. */
async function readTruth(path: string): Promise<readonly TruthEntry[]> {
  const lines: string[] = []
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) lines.push(line)
  } catch (error) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `the ledger ${path} cannot be read (${codeOf(error)})`,
    )
  }
  try {
    const entries = [...readLedger(lines)]
    if (entries[0]?.kind === 'run') return entries
  } catch {
    // Said below, as for any other file that is none.
  }
  throw new CurfewError('SETTINGS_INVALID', `${path} is no truth ledger of \`curfew simulate\``)
}

function tableOf({ detectors, curfews, survivors }: Evaluation): string {
  const { planted, found, contained, false: wrongly } = survivors
  return [
    row('findings of', 'planted', 'found', 'recall', 'findings', 'right', 'precision'),
    ...Object.entries(detectors).map(rowOf),
    '',
    row('curfews for', 'condemned', 'found', 'recall', 'curfews', 'right', 'precision'),
    ...Object.entries(curfews).map(rowOf),
    '',
    `survivors planted ${planted}, found ${found}, proven dead ${contained}, ended wrongly ${wrongly}`,
    '',
  ].join('\n')
}

function rowOf([id, score]: readonly [string, Score]): string {
  const { planted, found, recall, said, right, precision } = score
  return row(inert(id), planted, found, shareOrNone(recall), said, right, shareOrNone(precision))
}

function row(first: string, ...cells: readonly (string | number)[]): string {
  return `${first.padEnd(24)}${cells.map((cell) => String(cell).padStart(11)).join('')}`
}

const shareOrNone = (share: number | null): string => (share === null ? 'no data' : shareOf(share))
