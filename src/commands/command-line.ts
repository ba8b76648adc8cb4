import { join } from 'node:path'
import { CommanderError, Command as Program } from 'commander'
import { version } from '../config/version.ts'
import { attributions } from '../contract/attribution.ts'
import { CurfewError, reasonOf } from '../contract/errors.ts'
import { inertLines } from '../contract/inert.ts'
import { idsIn, loadCatalog } from '../process/catalog.ts'
import type { Command } from './command.ts'
import { exitCodes } from './command.ts'

/** Failures of what the caller gave; everything else is a failure of the work. */
const misuse: ReadonlySet<string> = new Set(['SETTINGS_INVALID', 'POLICY_INVALID', 'SHOW_INVALID'])

const folder = join(import.meta.dirname, 'list')

/**
 * Runs what was typed, without the name of the program. What goes wrong is said on standard error,
 * and `process.exitCode` says how it ended.
 */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const program = makeProgram()
  // A command is loaded without the others; all of them where none is named, as for help.
  const named = await loadCatalog<Command>(folder, 'command', words[0] ?? '')
  const commands = named.length > 0 ? named : await loadCatalog<Command>(folder, 'command')
  for (const command of commands) command.add(program)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error)
  }
}

function makeProgram(): Program {
  return new Program()
    .name('curfew')
    .description('Finds the sessions that are out past their curfew, ends them, and proves it.')
    .version([version, '', ...attributions.map(({ text }) => text)].join('\n'))
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
      outputError: (text, write) => write(oneLine(text)),
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong arguments or settings, 3 checked and not as it should be,' +
        '\n4 a report that may be missing something (--strict), 130 stopped before it was done.' +
        '\n\nExample:\n  curfew demo      shows everything on a simulated company' +
        '\n  curfew doctor    says what an installation still lacks',
    )
}

/** What commander finds wrong, as the one line that says it. */
function oneLine(text: string): string {
  const words = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
  const known = words.startsWith('unknown command') ? `; known are ${idsIn(folder).join(', ')}` : ''
  return `curfew: ${words}${known}\n`
}

/** Says what went wrong on standard error; the exit code for it. */
function report(error: unknown): number {
  // What failed while things were being closed hides the reason that they were.
  if (error instanceof SuppressedError) return report(error.suppressed)
  if (error instanceof CommanderError) {
    // Help and version come this way too; the rest commander has said itself.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.misused
  }
  if (error instanceof CurfewError) {
    process.stderr.write(`curfew: ${error.code}: ${inertLines(error.message)}\n`)
    return misuse.has(error.code) ? exitCodes.misused : exitCodes.failed
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)
  process.stderr.write(`curfew: ${inertLines(words)}\n`)
  return exitCodes.failed
}
