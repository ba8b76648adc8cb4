import { inert, inertJson, inertLines } from '../../contract/inert.ts'
import { exitCodes } from '../command.ts'
import { examine } from '../examine.ts'
import type { Symptom } from '../symptom.ts'

const marks = {
  ok: 'ok       ',
  optional: 'optional ',
  missing: 'MISSING  ',
  broken: 'BROKEN   ',
} as const

export async function run({ json }: { readonly json?: boolean }): Promise<void> {
  const symptoms = await examine()
  const { stdout } = process
  if (json) stdout.write(`${inertJson(JSON.stringify({ checks: symptoms }))}\n`)
  else {
    for (const { state, check, detail } of symptoms)
      stdout.write(`${marks[state]}${inert(check)}: ${inertLines(detail)}\n`)
    stdout.write(`\n${summaryOf(symptoms)}\n`)
  }
  if (symptoms.some(({ state }) => state === 'broken')) process.exitCode = exitCodes.found
}

/** What is to be done, most pressing first; pure. */
export function summaryOf(symptoms: readonly Symptom[]): string {
  const of = (wanted: Symptom['state']): string =>
    symptoms
      .filter(({ state }) => state === wanted)
      .map(({ check }) => inert(check))
      .join(', ')
  const [broken, missing, optional] = [of('broken'), of('missing'), of('optional')]
  const todo = [
    ...(broken === '' ? [] : [`Mend first: ${broken}.`]),
    ...(missing === '' ? [] : [`Needed: ${missing}.`]),
    ...(optional === '' ? [] : [`Works without: ${optional}.`]),
  ]
  return todo.length === 0 ? 'Nothing is missing.' : todo.join(' ')
}
