import { expect, it } from 'vitest'
import { makeStoreMetrics } from '../../../src/show/metrics/store-metrics.ts'
import { idleMeter, makeClock, settle, silentLog } from '../../given.ts'

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
    canList: () => true,
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
  expect(asked).toEqual({ times: 5, atOnce: 0, most: 1 })
})

it('a scrape within half a minute reads nothing anew, and one after it does', async () => {
  const { page, asked, time, letGo } = slowStore()
  letGo()
  await page()
  await page()
  expect(asked.times).toBe(5)
  await time.advance(30_000)
  await page()
  expect(asked.times).toBe(10)
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

it('an instance that was never listed is late since its first curfew, and one that cannot be listed never is', async () => {
  const noon = Date.UTC(2026, 10, 3, 12)
  const gauges: [string, number, unknown][] = []
  const rowOf = (tenant: string, instance: string, waiting: number) => {
    return { tenant, instance, waiting, waits_since: waiting === 0 ? 0 : noon / 1_000 - 1_800 }
  }
  const page = makeStoreMetrics({
    ask: async (sql) =>
      sql.includes('waits_since')
        ? [rowOf('acme', 'new', 3), rowOf('acme', 'well', 0), rowOf('acme', 'unconnected', 3)]
        : [],
    ...{ isStopped: () => false, canList: (_, instance) => instance !== 'unconnected' },
    meter: { ...idleMeter, gauge: (...told) => void gauges.push(told as (typeof gauges)[number]) },
    ...{ text: async () => '', clock: makeClock(noon).clock, log: silentLog },
  })
  await page()
  const late = gauges.filter(([name]) => name === 'curfew_list_late_seconds')
  expect(late.map(([, seconds, labels]) => [labels, seconds])).toEqual([
    [{ instance: 'new' }, 1_800],
    [{ instance: 'well' }, 0],
  ])
})
