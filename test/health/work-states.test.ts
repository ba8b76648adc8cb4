import { expect, it } from 'vitest'
import type { WorkState } from '../../src/contract/work.ts'
import { makeWorkStates } from '../../src/health/work-states.ts'

const noon = Date.UTC(2026, 10, 3, 12)
const well: WorkState = {
  ...{ work: 'lists', of: 'sso', tenant: 'acme' },
  ...{ failing: false, reason: '', at: noon },
}
const failing = { ...well, failing: true, reason: 'no_answer' }

function someStates() {
  const rows: object[] = []
  const store = { isAway: false }
  const { keep } = makeWorkStates({
    append: async (_, some) => {
      if (store.isAway) throw new Error('away')
      for (const each of some) rows.push(each)
    },
  })
  return { rows, keep, store }
}

it('how work stands is written when it changes, and every half minute while it does not', async () => {
  const { rows, keep } = someStates()
  await keep([well], noon)
  await keep([{ ...well, at: noon + 2_000 }], noon + 2_000)
  expect(rows).toHaveLength(1)
  await keep([failing], noon + 4_000)
  expect(rows.at(-1)).toMatchObject({ failing: true, reason: 'no_answer' })
  await keep([failing], noon + 30_000)
  await keep([failing], noon + 34_000)
  expect(rows).toHaveLength(3)
})

it('how work stands is written later where the store was away', async () => {
  const { rows, keep, store } = someStates()
  store.isAway = true
  await keep([failing], noon)
  store.isAway = false
  await keep([failing], noon + 2_000)
  expect(rows).toHaveLength(1)
})
