import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { clockCases } from './clocks.ts'

/**
 * Run as a program: the tests that its arguments name, in the words of vitest, under one clock of
 * the list after the other; all unit tests without any. Linux on x64 with a C compiler only.
 */
const given = process.argv.slice(2)
const tests = given.length > 0 ? given : ['--project', 'unit']
const root = join(import.meta.dirname, '../..')
const cache = join(root, 'node_modules/.cache')
const library = join(cache, 'shift.so')
mkdirSync(cache, { recursive: true })
const source = join(import.meta.dirname, 'shift.c')
execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', library, source], {
  stdio: 'inherit',
})

const failed: string[] = []
for (const { name, at, zone } of clockCases) {
  process.stdout.write(`\n=== ${name}: ${at}, ${zone}\n`)
  const shift = Math.round((Date.parse(at) - Date.now()) / 1_000)
  const clock = { LD_PRELOAD: library, SHIFT_SECONDS: String(shift), TZ: zone }
  const { status } = spawnSync('npx', ['vitest', 'run', ...tests], {
    cwd: root,
    env: { UV_THREADPOOL_SIZE: '16', ...process.env, ...clock },
    stdio: 'inherit',
  })
  if (status !== 0) failed.push(name)
}
process.stdout.write(failed.length === 0 ? '\nall green\n' : `\nfailed on ${failed.join(', ')}\n`)
process.exitCode = failed.length === 0 ? 0 : 1
