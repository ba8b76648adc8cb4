import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, vi } from 'vitest'
import { runCommandLine } from '../../src/commands/command-line.ts'
import type { Ended } from './curfew.ts'

/**
 * A folder of its own for the tests of one file, with a way to run the command line in it without a
 * process for each: for what ends before it opens an engine. One call at a time.
 */
export function openPlaceInside() {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-inside-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const curfew = async (
    words: readonly string[],
    environment: { readonly [name: string]: string } = {},
  ): Promise<Ended> => {
    const here = process.cwd()
    const written = { stdout: '', stderr: '' }
    const spies = (['stdout', 'stderr'] as const).map((stream) =>
      vi.spyOn(process[stream], 'write').mockImplementation((text) => {
        written[stream] += String(text)
        return true
      }),
    )
    // Nothing of the caller's own settings may reach it.
    const own = Object.keys(process.env).filter((name) => name.startsWith('CURFEW_'))
    for (const name of own) vi.stubEnv(name, undefined)
    vi.stubEnv('CURFEW_DATA_DIR', join(folder, 'data'))
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    process.chdir(folder)
    process.exitCode = undefined
    try {
      await runCommandLine(words)
      return { code: Number(process.exitCode ?? 0), ...written }
    } finally {
      process.exitCode = undefined
      process.chdir(here)
      vi.unstubAllEnvs()
      for (const spy of spies) spy.mockRestore()
    }
  }

  return { folder, curfew, pathOf: (name: string) => join(folder, name) }
}
