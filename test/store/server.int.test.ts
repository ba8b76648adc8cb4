import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import type { Store } from '../../src/store/store.ts'
import type { HttpEngine } from '../parts/clickhouse-http.ts'
import { startHttpEngine } from '../parts/clickhouse-http.ts'
import { openLastingStore } from '../parts/store.ts'

const password = randomBytes(12).toString('hex')
let engine: HttpEngine
let store: Store

beforeAll(async () => {
  engine = await startHttpEngine('curfew', password)
  store = await open()
})
afterAll(async () => {
  await store.close()
  await engine[Symbol.asyncDispose]()
})

function open(given: { readonly password?: string; readonly url?: string } = {}): Promise<Store> {
  const target = {
    kind: 'server',
    url: engine.url,
    username: 'curfew',
    password,
    database: 'default',
  }
  return openLastingStore({ ...target, kind: 'server', ...given })
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) =>
      error instanceof CurfewError ? `${error.code} ${error.retry}` : `${error}`,
  )

describe('a store on a server', () => {
  it('has every table once opened, and finds them when it is opened again', async () => {
    const tables = await store.ask('show tables')
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['events', 'sessions', 'curfews', 'evidence', 'verdicts']),
    )
    const again = await open()
    expect(await again.ask('select count() as tables from system.tables')).toHaveLength(1)
    await again.close()
  })

  it('asks with every setting that answers rest on, whatever the defaults of the server', () => {
    expect(engine.asked.at(-1)?.settings).toMatchObject({
      session_timezone: 'UTC',
      join_use_nulls: '0',
      async_insert: '0',
      output_format_json_quote_64bit_integers: '0',
    })
  })

  it('takes no answer before the statement has ended, or rows of one that fails would pass for all', () => {
    expect(engine.asked.map(({ settings }) => settings.wait_end_of_query)).not.toContain(undefined)
  })

  it('keeps appended rows, blank lines and SQL in them included', async () => {
    const excerpt = "a\n\ninsert into rejected select 'x'; drop table rejected; --"
    const place = { tenant: 'acme', instance: 'main', source: 'kafka:a', partition: 0, offset: 1 }
    await store.append('rejected', [{ ...place, reason: 'not_json', excerpt }])
    const found = await store.ask(
      'select excerpt, offset from rejected where tenant = {tenant:String}',
      {
        tenant: 'acme',
      },
    )
    expect(found).toEqual([{ excerpt, offset: 1 }])
  })

  it('keeps a block that comes in many pieces', async () => {
    // Native: two columns, three rows; each column its name, its type and its values.
    const text = (value: string) => Buffer.concat([Buffer.of(value.length), Buffer.from(value)])
    const column = (name: string, values: readonly string[]) => [
      text(name),
      text('String'),
      ...values.map(text),
    ]
    const ids = ['s1', 's2', 's3']
    const block = [
      Buffer.of(2, 3),
      ...column('session_id', ids),
      ...column('value', ['d1', 'd1', 'd2']),
    ]
    await store.insertBlock('session_edges', ['session_id', 'value'], block)
    const rows = await store.ask('select session_id from session_edges order by session_id')
    expect(rows.map(({ session_id }) => session_id)).toEqual(ids)
  })

  it('tells data that is refused from a statement that is, and both from a server in trouble', async () => {
    const noBlock = store.insertBlock('session_edges', ['session_id'], [Buffer.from('no block')])
    expect(await codeOf(noBlock)).toMatch(/^(RECORD_DATA|STORE_REFUSED) false$/)
    expect(await codeOf(store.ask('select nothing from nowhere'))).toBe('STORE_REFUSED false')
    engine.failNext(252, 'Too many parts (300). (TOO_MANY_PARTS)')
    expect(await codeOf(store.askControl('select 1'))).toBe('STORE_UNREACHABLE true')
    engine.failNext(241, 'Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED)')
    expect(await codeOf(store.append('rejected', [{ tenant: 'acme' }]))).toBe(
      'STORE_UNREACHABLE true',
    )
    expect(await store.askControl('select 1 as one')).toEqual([{ one: 1 }])
  })

  it('cannot be opened with another password, and says so', async () => {
    await expect(open({ password: 'another' })).rejects.toThrow(/516|AUTHENTICATION|password/i)
  })

  it('is away, and not refused, when nobody listens', async () => {
    expect(await codeOf(open({ url: 'http://127.0.0.1:1' }))).toBe('STORE_UNREACHABLE true')
  })
})
