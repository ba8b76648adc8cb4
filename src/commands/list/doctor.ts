import { inert, inertJson, inertLines } from '../../contract/inert.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../command.ts'
import { examine } from '../examine.ts'

export const command: Command = {
  id: 'doctor',
  add: (program) => {
    program
      .command('doctor')
      .description(
        'Check settings, policy, store, broker, providers and clock, and say what to do.',
      )
      .option('--json', 'print one JSON object')
      .addHelpText('after', '\nExits with 3 when something is broken.\n\nExample:\n  curfew doctor')
      .action(run)
  },
}

const marks = { ok: 'ok      ', missing: 'missing ', broken: 'BROKEN  ' } as const

async function run({ json }: { readonly json?: boolean }): Promise<void> {
  const symptoms = await examine()
  const { stdout } = process
  if (json) stdout.write(`${inertJson(JSON.stringify({ checks: symptoms }))}\n`)
  else
    for (const { state, check, detail } of symptoms)
      stdout.write(`${marks[state]}${inert(check)}: ${inertLines(detail)}\n`)
  if (symptoms.some(({ state }) => state === 'broken')) process.exitCode = exitCodes.found
}
