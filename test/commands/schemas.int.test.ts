import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openPlace } from './curfew.ts'

const { curfew } = openPlace()

describe('curfew schemas', () => {
  it('writes exactly what is committed', async () => {
    const read = (paths: readonly string[]) => paths.map((path) => readFileSync(path, 'utf8'))
    const before = listed()
    const texts = read(before)
    const { code, stdout, stderr } = await curfew(['schemas'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.trimEnd().split('\n').sort()).toEqual(before)
    expect(read(before)).toEqual(texts)
  })
})

/** The files that are made by code, as the repository has them. */
function listed(): readonly string[] {
  const names = execFileSync('git', [
    'ls-files',
    'schemas/*.json',
    '.env.example',
    'docs/session-events.md',
    'docs/detectors.md',
  ])
  return names.toString().trimEnd().split('\n').sort()
}
