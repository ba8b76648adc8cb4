import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench } from '../bench.ts'
import { hour, start } from '../world.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})

afterAll(async () => {
  await bench.close()
})

const row = (at: number, more: object = {}) => ({
  tenant: 'unread',
  instance: 'one',
  source: 'feed:keycloak',
  format: 'keycloak',
  name: 'UPDATE USER',
  why: 'incomplete',
  lack: 'admin_event_representation',
  messages: 2,
  hour: new Date(at - (at % hour)).toISOString(),
  last_at: new Date(at).toISOString(),
  ...more,
})

it('the report of unread messages sums each kind, and says of what hides causes what to switch on', async () => {
  const other = { name: 'VERIFY_EMAIL', why: 'unknown', lack: '', messages: 9 }
  await bench.store.append('unread', [row(start), row(start), row(start + hour), row(start, other)])
  const { rows, summary } = await bench.run('unread', { tenant: 'unread' })
  expect(rows).toMatchObject([
    { name: 'UPDATE USER', messages: 6, remedy: expect.stringContaining('Include representation') },
    { name: 'VERIFY_EMAIL', messages: 9, hides: '', remedy: '' },
  ])
  expect(summary).toEqual({ incomplete: 6, unknown: 9, irrelevant: 0 })
})
