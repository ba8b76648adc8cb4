import { inert, inertJson, inertLines } from '../../contract/inert.ts'
import { exitCodes } from '../command.ts'
import { examine } from '../examine.ts'

const marks = { ok: 'ok      ', missing: 'missing ', broken: 'BROKEN  ' } as const

export async function run({ json }: { readonly json?: boolean }): Promise<void> {
  const symptoms = await examine()
  const { stdout } = process
  if (json) stdout.write(`${inertJson(JSON.stringify({ checks: symptoms }))}\n`)
  else
    for (const { state, check, detail } of symptoms)
      stdout.write(`${marks[state]}${inert(check)}: ${inertLines(detail)}\n`)
  if (symptoms.some(({ state }) => state === 'broken')) process.exitCode = exitCodes.found
}
