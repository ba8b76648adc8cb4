import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { CurfewError, codeOf } from '../../contract/errors.ts'
import { inert } from '../../contract/inert.ts'
import type { Evaluation, Score } from '../../demo/evaluation.ts'
import { evaluate, readFound } from '../../demo/evaluation.ts'
import { refuseForeignLedger } from '../../demo/ledger-of-store.ts'
import { refuseUnknownTenant } from '../../show/queries/refuse-unknown.ts'
import { shareText } from '../../show/render/figures.ts'
import type { TruthEntry } from '../../simulate/truth.ts'
import { readLedger } from '../../simulate/truth.ts'
import { openStoreAlone, readOptions, refuseWithoutStore } from '../opening.ts'

export interface Options {
  readonly ledger: string
  readonly tenant: string
  readonly json?: boolean
}

export async function run({ ledger, tenant, json }: Options): Promise<void> {
  const truth = await readTruth(ledger)
  const options = await readOptions('quiet')
  refuseWithoutStore(options.settings)
  const { store } = await openStoreAlone(options)
  const { ask } = store
  const { instances, tokens } = options.connections
  const connected = [...instances, ...tokens].map((each) => each.tenant)
  try {
    await refuseUnknownTenant({ ask, tenant, connected })
    await refuseForeignLedger({ ask, tenant, truth })
    const found = await readFound(ask, tenant, options.clock.now())
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
  const { planted, found, dead, endedWrongly } = survivors
  return [
    row('findings of', 'planted', 'found', 'recall', 'findings', 'right', 'precision'),
    ...Object.entries(detectors).map(rowOf),
    '',
    row('curfews for', 'condemned', 'found', 'recall', 'curfews', 'right', 'precision'),
    ...Object.entries(curfews).map(rowOf),
    '',
    `survivors planted ${planted}, found ${found}, proven dead ${dead}, ended wrongly ${endedWrongly}`,
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

const shareOrNone = (share: number | null): string =>
  share === null ? 'no data' : shareText(share)
