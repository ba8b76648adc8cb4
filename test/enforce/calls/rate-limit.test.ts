import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BudgetShare } from '../../../src/enforce/calls/rate-limit.ts'
import { makeBudget } from '../../../src/enforce/calls/rate-limit.ts'
import { makeClock, settle } from '../../given.ts'

describe('the budget of a provider', () => {
  test('gives a second of calls at once, then one by one as they come back', async () => {
    const { clock, advance } = makeClock()
    const budget = makeBudget({ callsPerSecondMax: 4, clock })
    expect([1, 2, 3, 4, 5].map(() => budget.tryTake('reserved'))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ])
    expect(budget.waitMs('reserved')).toBe(250)
    await advance(250)
    expect(budget.tryTake('reserved')).toBe(true)
    expect(budget.tryTake('reserved')).toBe(false)
  })

  test('keeps half for lifecycle and people however many findings ask', () => {
    const { clock } = makeClock()
    const budget = makeBudget({ callsPerSecondMax: 10, clock })
    const taken = Array.from({ length: 50 }, () => budget.tryTake('finding'))
    expect(taken.filter(Boolean)).toHaveLength(5)
    expect(
      Array.from({ length: 50 }, () => budget.tryTake('reserved')).filter(Boolean),
    ).toHaveLength(5)
  })

  test('gives findings a call now and then even of less than one a second', async () => {
    const { clock, advance } = makeClock()
    const budget = makeBudget({ callsPerSecondMax: 0.5, clock })
    expect(budget.tryTake('finding')).toBe(true)
    expect(budget.waitMs('finding')).toBe(4000)
    expect(budget.tryTake('reserved')).toBe(true)
    await advance(4000)
    expect(budget.tryTake('finding')).toBe(true)
  })

  test('gives nobody a call while paused, and a shorter pause does not end a longer one', async () => {
    const { clock, advance } = makeClock()
    const budget = makeBudget({ callsPerSecondMax: 10, clock })
    budget.pauseUntil(clock.now() + 60_000)
    budget.pauseUntil(clock.now() + 1000)
    expect(budget.waitMs('reserved')).toBe(60_000)
    await advance(59_999)
    expect(budget.tryTake('reserved')).toBe(false)
    await advance(1)
    expect(budget.tryTake('reserved')).toBe(true)
  })

  test('waits by the clock until a call is there, or until told to stop', async () => {
    const { clock, advance } = makeClock()
    const budget = makeBudget({ callsPerSecondMax: 2, clock })
    budget.tryTake('reserved')
    budget.tryTake('reserved')
    const stop = new AbortController()
    const outcomes: boolean[] = []
    const waiting = [budget.take('reserved'), budget.take('finding', stop.signal)]
    for (const each of waiting) void each.then((taken) => outcomes.push(taken))
    await settle()
    expect(outcomes).toEqual([])
    await advance(500)
    expect(outcomes).toEqual([true])
    stop.abort()
    expect(await Promise.all(waiting)).toEqual([true, false])
  })

  test('gives nothing extra when the clock is set back', async () => {
    const { clock, advance } = makeClock()
    let offsetMs = 0
    const wandering = { ...clock, now: () => clock.now() + offsetMs }
    const budget = makeBudget({ callsPerSecondMax: 2, clock: wandering })
    budget.tryTake('reserved')
    budget.tryTake('reserved')
    offsetMs = -3_600_000
    expect(budget.tryTake('reserved')).toBe(false)
    await advance(500)
    expect(budget.tryTake('reserved')).toBe(true)
  })

  test('never gives more than the rate and a second saved, nor findings more than half of it', () => {
    const shares = fc.constantFrom<BudgetShare>('finding', 'reserved')
    const asks = fc.array(fc.tuple(fc.nat(700), shares), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 40 }), (all, halves) => {
        const perSecond = halves / 2
        let now = 0
        const clock = { now: () => now, wait: () => Promise.resolve() }
        const budget = makeBudget({ callsPerSecondMax: perSecond, clock })
        const taken: { readonly at: number; readonly share: BudgetShare }[] = []
        for (const [ms, share] of all) {
          now += ms
          if (budget.tryTake(share)) taken.push({ at: now, share })
          const burst = Math.max(2, perSecond)
          for (const [calls, most] of [
            [taken, 1],
            [taken.filter((call) => call.share === 'finding'), 0.5],
          ] as const) {
            for (const [from, first] of calls.entries()) {
              const within = calls.length - from
              const allowed = most * (burst + (perSecond * (now - first.at)) / 1000)
              expect(within).toBeLessThanOrEqual(allowed + 1e-6)
            }
          }
        }
      }),
    )
  })
})
