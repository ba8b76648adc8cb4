import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { loadKey } from '../../src/config/subject-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'key-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the key of pseudonyms', () => {
  it('is made at first use for its owner only, and stays the same', () => {
    const path = join(folder, 'new/keys/subject.key')
    const key = loadKey(path)
    expect(key).toHaveLength(32)
    expect(loadKey(path)).toEqual(key)
    expect(readFileSync(path, 'utf8')).toBe(`${key.toString('hex')}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'new/keys')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(folder, 'new/keys'))).toEqual(['subject.key'])
  })

  it('is another in every installation', () => {
    expect(loadKey(join(folder, 'one'))).not.toEqual(loadKey(join(folder, 'other')))
  })

  it('is one when several processes start at once, and none of them reads half of it', async () => {
    const path = join(folder, 'raced/subject.key')
    const module = join(import.meta.dirname, '../../src/config/subject-key.ts')
    const script = `import { loadKey } from ${JSON.stringify(module)}
      process.stdout.write(loadKey(${JSON.stringify(path)}).toString('hex'))`
    const run = promisify(execFile)
    const runs = await Promise.all(
      Array.from({ length: 4 }, () =>
        run(process.execPath, ['--input-type=module-typescript', '-e', script]),
      ),
    )
    expect(new Set(runs.map(({ stdout }) => stdout))).toEqual(
      new Set([readFileSync(path, 'utf8').trim()]),
    )
  })

  it.each([
    ['nothing', ''],
    ['too little', 'ab'.repeat(31)],
    ['no hex', 'canary!!'.repeat(8)],
    ['too much', 'ab'.repeat(33)],
  ])('is refused without being shown when the file holds %s', (name, text) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    const message = expect.stringContaining(`found ${text.length} characters`)
    expect(() => loadKey(path)).toThrow(
      expect.objectContaining({ code: 'SETTINGS_INVALID', message }),
    )
    if (text !== '') expect(() => loadKey(path)).not.toThrow(text)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('is refused with what to do when it can neither be read nor made', () => {
    writeFileSync(join(folder, 'file'), '')
    for (const path of [folder, join(folder, 'file/subject.key')]) {
      expect(() => loadKey(path)).toThrow(
        expect.objectContaining({
          code: 'SETTINGS_INVALID',
          message: expect.stringContaining('set CURFEW_KEY_FILE'),
        }),
      )
    }
  })
})
