import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { WorkDone } from '../../../src/contract/work.ts'
import type { ReviewResult } from '../../../src/enforce/review/review-rounds.ts'
import type { CyclesDeps } from '../../../src/enforce/rounds/cycles.ts'
import { makeCycles } from '../../../src/enforce/rounds/cycles.ts'
import { idleMeter, makeClock, settle, silentLog } from '../../given.ts'

const looked = { curfews: 0, more: false, through: 5, failure: undefined }

/** Cycles that write down what they do, over parts that find nothing. */
function given(more: Partial<CyclesDeps> = {}) {
  const time = makeClock()
  const done = { looks: 0, reviews: 0, rounds: 0 }
  const works: WorkDone[] = []
  const cycles = makeCycles({
    reconcile: async () => {
      done.looks += 1
      return looked
    },
    review: async () => {
      done.reviews += 1
      return { reviewed: 0, more: false, left: 0 }
    },
    scheduler: {
      startRounds: () => {
        done.rounds += 1
        return []
      },
      nextAt: () => undefined,
    },
    ...{ orderLog: { openCount: 0 }, outstanding: { size: 0 }, isElected: () => true },
    ...{ clock: time.clock, log: silentLog, meter: idleMeter, everyMs: 1_000 },
    onWork: (work) => void works.push(work),
    ...more,
  })
  const stop = new AbortController()
  void cycles.run(stop.signal)
  return { cycles, done, works, stop, time }
}

describe('a look that takes long', () => {
  it('delays no review and no order', async () => {
    const { cycles, done, time, stop } = given({ reconcile: () => new Promise(() => {}) })
    await settle()
    const before = { ...done }
    cycles.review()
    await settle()
    expect(done.reviews).toBe(before.reviews + 1)
    await time.advance(1_000)
    expect(done.rounds).toBeGreaterThan(before.rounds)
    stop.abort()
  })
})

describe('all that was recorded', () => {
  it('counts as dealt with once what a look handed over is reviewed, and not before', async () => {
    const review = Promise.withResolvers<ReviewResult>()
    let reviews = 0
    const { works, time, stop } = given({
      review: () => {
        reviews += 1
        return reviews === 1
          ? Promise.resolve({ reviewed: 0, more: false, left: 1 })
          : review.promise
      },
    })
    await settle()
    expect(works.filter(({ through }) => through !== undefined)).toEqual([])
    review.resolve({ reviewed: 1, more: false, left: 0 })
    await settle()
    await time.advance(1_000)
    expect(works.some(({ through }) => through === 5)).toBe(true)
    stop.abort()
  })

  it('does not while a look fails or left something', async () => {
    for (const rest of [{ more: true }, { failure: { error: 'x' } }, { through: undefined }]) {
      let looks = 0
      const { works, time, stop } = given({
        reconcile: async () => {
          looks += 1
          return looks > 3 ? await new Promise(() => {}) : { ...looked, ...rest }
        },
      })
      await time.advance(5_000)
      expect(works.filter(({ through }) => through !== undefined)).toEqual([])
      stop.abort()
    }
  })
})

it('reviews that go well say nothing of a look that fails for ever', async () => {
  let looks = 0
  const { works, time, stop } = given({
    reconcile: async () => {
      looks += 1
      if (looks === 1) return looked
      throw new CurfewError('STORE_REFUSED', 'no')
    },
  })
  await settle()
  await time.advance(20_000)
  const words = works.filter(({ of, isUnderway }) => of === '' && !isUnderway)
  expect(words.map(({ error }) => error !== undefined).indexOf(true)).toBe(1)
  expect(words.slice(1).every(({ error }) => error !== undefined)).toBe(true)
  expect(works.some(({ of, through }) => of === 'reviews' && through === 5)).toBe(true)
  stop.abort()
})

it('reviews that meet a store that is away are told of by themselves, and tried again', async () => {
  let reviews = 0
  const { works, time, stop } = given({
    review: async () => {
      reviews += 1
      throw new CurfewError('STORE_UNREACHABLE', 'away', { retry: true })
    },
  })
  await settle()
  await time.advance(1_000)
  expect(reviews).toBeGreaterThan(1)
  expect(works.filter(({ of, error }) => of === 'reviews' && error)).not.toHaveLength(0)
  stop.abort()
})
