import { expect, it } from 'vitest'
import type { WorkGap } from '../../src/contract/work.ts'
import { gapBeforeStart, makeWorkGaps } from '../../src/health/work-gaps.ts'
import { makeClock } from '../given.ts'

const noon = Date.UTC(2026, 10, 3, 12)
const gap: WorkGap = {
  ...{ work: 'sources', of: 'feed:sso', tenant: 'acme', reason: 'no_answer' },
  ...{ fromAt: noon - 90_000, untilAt: noon },
}

function someGaps() {
  const rows: object[] = []
  const store = { isAway: false }
  const { keepGaps } = makeWorkGaps({
    append: async (_, some) => {
      if (store.isAway) throw new Error('away')
      for (const each of some) rows.push(each)
    },
  })
  return { rows, keepGaps, store }
}

it('a gap is written at once, every half minute while it lasts, and at once when it is over', async () => {
  const { rows, keepGaps } = someGaps()
  const lasting = (ms: number) => keepGaps([{ ...gap, untilAt: noon + ms }], noon + ms)
  await lasting(0)
  await lasting(2_000)
  expect(rows).toHaveLength(1)
  await lasting(30_000)
  expect(rows).toHaveLength(2)
  await lasting(32_000)
  await keepGaps([], noon + 34_000)
  expect(rows).toHaveLength(3)
  expect(rows.at(-1)).toMatchObject({ until_at: '2026-11-03T12:00:32.000Z' })
  await keepGaps([], noon + 90_000)
  expect(rows).toHaveLength(3)
})

it('a gap that the store did not take is written once it takes it', async () => {
  const { rows, keepGaps, store } = someGaps()
  store.isAway = true
  await keepGaps([gap], noon)
  store.isAway = false
  await keepGaps([], noon + 600_000)
  expect(rows).toEqual([
    {
      ...{ tenant: 'acme', work: 'sources', of: 'feed:sso', reason: 'no_answer' },
      ...{ from_at: '2026-11-03T11:58:30.000Z', until_at: '2026-11-03T12:00:00.000Z' },
    },
  ])
})

it('the time before a start in which no process wrote of its work is a gap', async () => {
  const { clock } = makeClock(noon)
  const before = (last_at: number) => gapBeforeStart(async () => [{ last_at }], clock)
  expect(await before(0)).toEqual([])
  expect(await before(noon - 60_000)).toEqual([])
  expect(await before(noon - 3_600_000)).toMatchObject([
    { work: 'process', tenant: '', fromAt: noon - 3_600_000, untilAt: noon },
  ])
})
