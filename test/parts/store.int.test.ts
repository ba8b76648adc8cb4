import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from './store.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

describe('the store of the tests', () => {
  const place = { tenant: 'acme', instance: 'main', source: 'kafka:a', partition: 0, offset: 1 }
  const keptBy = async ({ ask, askControl, append }: Store) => {
    await append('rejected', [{ ...place, received_at: '2001-02-03T04:05:06.000Z' }])
    await askControl('optimize table rejected final')
    return (await ask('select toUInt32(count()) as rows from rejected'))[0]?.rows
  }

  it('keeps rows that are older than their table keeps them, also when the engine merges', async () => {
    expect(await keptBy(store)).toBe(1)
  })
})
