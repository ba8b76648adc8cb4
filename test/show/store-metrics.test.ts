import { expect, it } from 'vitest'
import { makeStoreMetrics } from '../../src/show/store-metrics.ts'
import { idleMeter, makeClock, settle, silentLog } from '../given.ts'

/** A store whose answers wait until they are let go, and how often it was asked. */
function slowStore() {
  const time = makeClock(Date.UTC(2026, 10, 3))
  let gate = Promise.withResolvers<void>()
  const asked = { times: 0, atOnce: 0, most: 0 }
  const page = makeStoreMetrics({
    ask: async () => {
      asked.times += 1
      asked.atOnce += 1
      asked.most = Math.max(asked.most, asked.atOnce)
      await gate.promise
      asked.atOnce -= 1
      return []
    },
    isStopped: () => false,
    meter: idleMeter,
    text: async () => 'page',
    clock: time.clock,
    log: silentLog,
  })
  const letGo = () => {
    gate.resolve()
    gate = Promise.withResolvers<void>()
    gate.resolve()
  }
  return { time, page, asked, letGo }
}

it('scrapes at the same time cost one reading, one question at a time', async () => {
  const { page, asked, letGo } = slowStore()
  const pages = [page(), page(), page()]
  letGo()
  expect(await Promise.all(pages)).toEqual(['page', 'page', 'page'])
  expect(asked).toEqual({ times: 4, atOnce: 0, most: 1 })
})

it('a scrape within half a minute reads nothing anew, and one after it does', async () => {
  const { page, asked, time, letGo } = slowStore()
  letGo()
  await page()
  await page()
  expect(asked.times).toBe(4)
  await time.advance(30_000)
  await page()
  expect(asked.times).toBe(8)
})

it('a scrape does not wait longer than two seconds for a slow store, and starts no second reading', async () => {
  const { page, asked, time } = slowStore()
  const first = page()
  await settle()
  await time.advance(2_000)
  expect(await first).toBe('page')
  const second = page()
  await settle()
  await time.advance(2_000)
  expect([await second, asked.times]).toEqual(['page', 1])
})
