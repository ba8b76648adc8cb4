import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Inbox } from '../../src/store/inbox.ts'
import { openInbox } from '../../src/store/inbox.ts'

let base: string
let inbox: Inbox

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'curfew-test-'))
  inbox = openInbox(base)
})
afterEach(() => inbox.close())

const bytes = (...texts: string[]) => texts.map((text) => Buffer.from(text))

describe('the inbox', () => {
  test('lends a file that holds exactly the bytes, whatever it held before', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(chunks, (some) =>
        inbox.lend(some, async (path) => {
          expect(readFileSync(path)).toEqual(Buffer.concat(some))
        }),
      ),
    )
  })

  test('lends one file over and over, and another to whoever comes meanwhile', async () => {
    const paths: string[] = []
    await inbox.lend(bytes('a'), async (first) => {
      await inbox.lend(bytes('b', 'c'), async (second) => {
        paths.push(first, second)
        expect([readFileSync(first, 'utf8'), readFileSync(second, 'utf8')]).toEqual(['a', 'bc'])
      })
    })
    expect(new Set(paths).size).toBe(2)
    await inbox.lend(bytes('d'), async (path) => void expect(paths).toContain(path))
  })

  test('gives up a file whose work failed, and says how it failed', async () => {
    let failed = ''
    const work = async (path: string) => {
      failed = path
      throw new RangeError('refused')
    }
    await expect(inbox.lend(bytes('a'), work)).rejects.toThrow(new RangeError('refused'))
    expect(existsSync(failed)).toBe(false)
    await inbox.lend(bytes('b'), async (path) => void expect(path).not.toBe(failed))
  })

  test('can be read by its user alone, and is gone once closed', async () => {
    await inbox.lend(bytes('a'), async (path) => {
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    })
    inbox.close()
    expect(readdirSync(base)).toEqual([])
  })
})
