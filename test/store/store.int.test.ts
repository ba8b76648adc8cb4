import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openLastingStore } from '../parts/store.ts'

let store: Store
let path: string

beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'curfew-store-'))
  store = await openLastingStore({ kind: 'embedded', path })
})

afterAll(async () => {
  await store.close()
  rmSync(path, { recursive: true, force: true })
})

describe('the store', () => {
  it('gives back any text exactly as it was handed in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom("a'b", '\n\ndrop table events', '\\', "\\'", '{a:String}'),
        ),
        async (text) => {
          const rows = await store.ask('select {text:String} as text', { text })
          expect(rows).toEqual([{ text }])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('lets a sweep take longer than a person may, and the memory as long as it needs', async () => {
    const secondsOf = async (ask: Store['ask']) =>
      (await ask(`select toUInt32(getSetting('max_execution_time')) as seconds`))[0]?.seconds
    expect(await secondsOf(store.ask)).toBe(20)
    expect(await secondsOf(store.askSweep)).toBe(600)
    expect(await secondsOf(store.askRecall)).toBe(0)
  })

  it('keeps blank lines and SQL inside a value as data', async () => {
    const reason = "x\n\ndrop table requests\n\n'; drop table requests; --"
    await store.append('requests', [
      {
        tenant: 'acme',
        instance: 'one',
        request_id: 'r1',
        kind: 'deny',
        reason,
        at: '2026-11-03T09:00:00.000Z',
      },
    ])
    expect(
      await store.ask('select reason from requests where request_id = {id:String}', { id: 'r1' }),
    ).toEqual([{ reason }])
  })

  it('keeps what only some of the rows tell that are appended at once', async () => {
    const row = { tenant: 'some', instance: 'one', kind: 'deny', at: '2026-11-03T09:00:00.000Z' }
    await store.append('requests', [
      { ...row, request_id: 'r1' },
      { ...row, request_id: 'r2', reason: 'it was me' },
    ])
    expect(
      await store.ask(
        `select request_id, reason from requests where tenant = 'some' order by request_id`,
      ),
    ).toEqual([
      { request_id: 'r1', reason: '' },
      { request_id: 'r2', reason: 'it was me' },
    ])
  })

  it('applies its migrations once and finds nothing to do the second time', async () => {
    const before = await store.ask('select count() as n from migrations')
    expect(before[0]?.n).toBeGreaterThan(10)
  })

  it('says which process to ask when its folder is in use', async () => {
    const { execFileSync } = await import('node:child_process')
    const script = `
      import { openStore } from './src/store/store.ts'
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      try { await openStore({ target: { kind: 'embedded', path: process.argv[1] }, migrations: 'schemas/clickhouse', sealKey: Buffer.alloc(32), log }); console.log('opened') }
      catch (error) { console.log(error.code) }
      process.exit(0)`
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script, path], {
      encoding: 'utf8',
    })
    expect(out).toContain('STORE_LOCKED')
  })
})
