import { expect, it } from 'vitest'
import type { Ask } from '../../../src/contract/ports.ts'
import { SentNotices } from '../../../src/enforce/notices/sent-notices.ts'
import { makeClock } from '../../given.ts'

/** A store of cursors, and what was told after asking it. */
function given() {
  const stored = new Set<string>()
  const store = { asked: 0 }
  const ask: Ask = async (_, { ids = [] } = {}) => {
    store.asked += 1
    const named = Array.isArray(ids) ? ids.map(String) : []
    return named.filter((id) => stored.has(id)).map((id) => ({ id }))
  }
  const append = async (_: string, rows: readonly object[]) => {
    for (const row of rows) stored.add(String(Reflect.get(row, 'id')))
  }
  const open = () => new SentNotices({ ask, append, clock: makeClock().clock })
  return { open, store }
}

it('what was told of is told once, also after a restart, and the store is asked only of what is not remembered', async () => {
  const { open, store } = given()
  const [before, after] = [open(), open()]
  const said: string[] = []
  const notify = async () => void said.push('held')
  await Promise.all([before.once('wave 1', notify), before.once('wave 1', notify)])
  await before.markSent(['c1'])
  expect(await before.unsent(['c1', 'c2'])).toEqual(['c2'])
  await after.once('wave 1', notify)
  expect([said, await after.unsent(['c1', 'c2'])]).toEqual([['held'], ['c2']])
  const { asked } = store
  expect([await after.unsent(['c1']), store.asked]).toEqual([[], asked])
})

it('what could not be told is told again', async () => {
  const { open } = given()
  const told = open()
  const fails = () => Promise.reject(new Error('nobody answers'))
  await expect(told.once('wave 1', fails)).rejects.toThrow('nobody answers')
  expect(await told.unsent(['wave 1'])).toEqual(['wave 1'])
})
