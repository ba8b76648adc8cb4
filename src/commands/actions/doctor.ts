import { inert, inertJson, inertLines } from '../../contract/inert.ts'
import { exitCodes } from '../command.ts'
import type { CheckResult } from '../doctor/check-result.ts'
import { examine } from '../doctor/examine.ts'

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
  else stdout.write(linesOf(symptoms))
  if (symptoms.some(({ state }) => state === 'broken')) process.exitCode = exitCodes.found
}

/** A line for each check, and what is to be done; pure. */
export function linesOf(symptoms: readonly CheckResult[]): string {
  const lines = symptoms.map(
    ({ state, check, detail }) => `${marks[state]}${inert(check)}: ${inertLines(detail)}`,
  )
  return `${[...lines, '', summaryOf(symptoms)].join('\n')}\n`
}

/** What is to be done, most pressing first; pure. */
export function summaryOf(symptoms: readonly CheckResult[]): string {
  const of = (wanted: CheckResult['state']): string =>
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
