import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The test runner finds names in CommonJS packages that Node itself does not see.
test('every file of the stage loads in Node itself, without a warning', async () => {
  const files = globSync('src/source/**/*.ts').map((file) => resolve(file))
  expect(files.length).toBeGreaterThan(20)
  const code = `await Promise.all(${JSON.stringify(files)}.map((file) => import(file)))`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    code,
  ])
  expect([stdout, stderr]).toEqual(['', ''])
})
