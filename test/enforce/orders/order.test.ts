import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OrderState, OrderStep } from '../../../src/contract/order-step.ts'
import { terminalStates } from '../../../src/contract/order-step.ts'
import { busyMs, isOverdue, isSpent, jitterMs } from '../../../src/enforce/orders/backoff.ts'
import type { Occurrence, Order } from '../../../src/enforce/orders/order.ts'
import { dueAtOf, fold, next, open } from '../../../src/enforce/orders/order.ts'

const opening = {
  tenant: 'acme',
  instance: 'one',
  orderId: 'order-1',
  sessionKind: 'online',
  sessionId: 'session-1',
  incarnation: 0,
  subjectRef: 'ref-ada',
  provider: 'one',
} as const

const about = { curfewIds: ['k1'], causeIds: ['c1'], reason: '' }
const begin = (at = 1_000): Order => fold(undefined, open(opening, about, { epoch: 1, at }))

/** Lets things happen one after the other; the steps come along with the order. */
function play(what: readonly (Occurrence['what'] | Occurrence)[]) {
  let order = begin()
  const steps: OrderStep[] = [order.last]
  for (const each of what) {
    const occurrence = typeof each === 'string' ? { what: each } : each
    for (const step of next(order, occurrence, { epoch: 1, at: order.last.at + 10 })) {
      steps.push(step)
      order = fold(order, step)
    }
  }
  return { order, steps, states: steps.map(({ state }) => state) }
}

const anyOccurrence: fc.Arbitrary<Occurrence> = fc.record({
  what: fc.constantFrom<Occurrence['what'][]>(
    ...([
      'joined',
      'passed',
      'waited',
      'held',
      'suppressed',
      'shadowed',
      'approved',
      'denied',
      'lapsed',
      'withdrawn',
      'intended',
      'acknowledged',
      'unknown',
      'throttled',
      'doubted',
      'refused',
      'exhausted',
      'verifying',
      'unproved',
      'questioned',
      'proved',
      'lived',
    ] as const),
  ),
  curfewIds: fc.subarray(['k1', 'k2', 'k3']),
  causeIds: fc.subarray(['c1', 'c2', 'c3']),
})

/** Any sequence of occurrences; those that cannot happen are refused and leave no trace. */
function playAny(occurrences: readonly Occurrence[]) {
  let order = begin()
  const steps: OrderStep[] = [order.last]
  for (const [index, occurrence] of occurrences.entries()) {
    try {
      for (const step of next(order, occurrence, { epoch: 1, at: 2_000 + index })) {
        steps.push(step)
        order = fold(order, step)
      }
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
  }
  return { order, steps }
}
const anyPlay = fc.array(anyOccurrence, { maxLength: 60 }).map(playAny)

describe('an order', () => {
  it('numbers its steps from 1 without a gap, whatever happens', () => {
    fc.assert(
      fc.property(anyPlay, ({ steps }) => {
        expect(steps.map(({ seq }) => seq)).toEqual(steps.map((_, index) => index + 1))
      }),
      { numRuns: 500 },
    )
  })

  it('leaves a settled state only when its session lives or may live, or by late proof of its death', () => {
    fc.assert(
      fc.property(anyPlay, ({ steps }) => {
        const states = steps.map(({ state }) => state)
        const left = states.slice(0, -1).flatMap((state, index): OrderState[][] => {
          return terminalStates.has(state) ? [states.slice(index, index + 3)] : []
        })
        for (const [from, to, then] of left) {
          if (to === 'contained' || to === 'already_ended') {
            expect(['unverified', 'rejected', 'dead']).toContain(from)
            continue
          }
          expect(['contained', 'already_ended', 'unverified']).toContain(from)
          if (to === 'queued') expect(from).not.toBe('unverified')
          else expect([to, then]).toEqual(['regressed', 'queued'])
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('counts a call only where a step of its own said before that it would be made', () => {
    fc.assert(
      fc.property(anyPlay, ({ steps, order }) => {
        const intents = steps.filter(({ state }) => state === 'dispatching')
        expect(order.last.attempt).toBe(intents.length)
        for (const [index, { state }] of steps.entries()) {
          const before = steps.slice(0, index).map((step) => step.state)
          // A new reason repeats the state.
          if (state === 'acknowledged') expect(['dispatching', state]).toContain(before.at(-1))
          if (['throttled', 'in_doubt', 'verifying'].includes(state)) {
            expect(before).toContain('dispatching')
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is the same after a restart as before it', () => {
    fc.assert(
      fc.property(anyPlay, ({ steps, order }) => {
        const rebuilt = steps.reduce<Order | undefined>(fold, undefined)
        expect(rebuilt).toEqual(order)
        // A step that an insert repeated changes nothing.
        expect(
          steps.flatMap((step) => [step, step]).reduce<Order | undefined>(fold, undefined),
        ).toEqual(order)
      }),
      { numRuns: 300 },
    )
  })

  it('goes from a passed judgement to containment by the steps of the trade', () => {
    const { states } = play(['passed', 'intended', 'acknowledged', 'verifying', 'proved'])
    expect(states).toEqual([
      'proposed',
      'queued',
      'dispatching',
      'acknowledged',
      'verifying',
      'contained',
    ])
  })

  it('takes no credit for a session that was dead before anything was called', () => {
    expect(play(['passed', 'proved']).order.last.state).toBe('already_ended')
    expect(play(['passed', 'intended', 'unknown', 'proved']).order.last.state).toBe('already_ended')
    expect(play(['passed', 'intended', 'doubted', 'proved']).order.last.state).toBe('contained')
  })

  it('lists further curfews and causes without losing any', () => {
    const joined = { what: 'joined', curfewIds: ['k2'], causeIds: ['c2'] } as const
    const { order, steps } = play(['passed', joined, joined])
    expect(order.last.curfewIds).toEqual(['k1', 'k2'])
    expect(order.last.causeIds).toEqual(['c1', 'c2'])
    expect(steps).toHaveLength(3)
  })

  it('remembers who approved it, also after it was throttled and came back', () => {
    const approved = { what: 'approved', actor: 'grace' } as const
    const { order } = play(['held', approved, 'intended', 'throttled', 'intended', 'acknowledged'])
    expect(order.approvedBy).toBe('grace')
    expect(order.roundAttempts).toBe(2)
  })

  it('cannot be cancelled, joined or judged while its call is under way', () => {
    for (const what of ['withdrawn', 'joined', 'held', 'suppressed', 'proved'] as const) {
      const order = play(['passed', 'intended']).order
      expect(() => next(order, { what }, { epoch: 1, at: 2_000 })).toThrow(TypeError)
    }
  })

  it('begins a new round of attempts when it came back to life', () => {
    const { order } = play(['passed', 'intended', 'acknowledged', 'verifying', 'proved', 'lived'])
    expect(order.last.state).toBe('queued')
    expect(order).toMatchObject({
      returns: [expect.any(Number)],
      roundAttempts: 0,
      roundStartedAt: null,
    })
  })
})

describe('waiting between calls', () => {
  it('never spends all attempts within one window of a limit, and never waits for ever', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 8 }),
        fc.option(fc.double({ min: -1e9, max: 1e12, noNaN: false }), { nil: undefined }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, requestedWaitMs, chance) => {
          const ms = busyMs(attempt, requestedWaitMs, () => chance)
          expect(ms).toBeGreaterThanOrEqual(125)
          expect(ms).toBeLessThanOrEqual(15 * 60_000)
        },
      ),
    )
  })

  it('spreads repeated calls over the whole of a growing span', () => {
    expect(jitterMs(3, () => 0)).toBe(0)
    expect(jitterMs(3, () => 0.999)).toBe(1_998)
    expect(jitterMs(30, () => 0.5)).toBe(15_000)
  })

  it('gives up after eight calls, or after one made ten minutes after the first', () => {
    const again = (at: number): Order => {
      const { order } = play(['passed', 'intended', 'throttled'])
      return next(order, { what: 'intended' }, { epoch: 1, at }).reduce(fold, order)
    }
    const begun = again(0).roundStartedAt ?? 0
    expect(isSpent(again(begun + 599_999))).toBe(false)
    expect(isSpent(again(begun + 600_000))).toBe(true)
    const often = Array.from({ length: 7 }, () => ['intended', 'throttled'] as const).flat()
    expect(isSpent(play(['passed', ...often]).order)).toBe(false)
    expect(isSpent(play(['passed', ...often, 'intended']).order)).toBe(true)
  })

  it('stops asking how a call went ten minutes after the first', () => {
    const { order } = play(['passed', 'intended', 'doubted'])
    const begun = order.roundStartedAt ?? 0
    expect(isOverdue(order, begun + 599_999)).toBe(false)
    expect(isOverdue(order, begun + 600_000)).toBe(true)
  })
})

describe('the schedule of an order', () => {
  const dueAfter = (...what: Parameters<typeof play>[0]) => dueAtOf(play(what).order)

  it('has an order due at once unless it waits for an instant, a person or nothing more', () => {
    expect(dueAfter()).toBeUndefined()
    expect(dueAfter('held')).toBeUndefined()
    expect(dueAfter('passed')).toBe(0)
    expect(dueAfter('passed', 'intended')).toBe(0)
    expect(dueAfter('passed', 'intended', 'acknowledged')).toBe(0)
    expect(dueAfter('passed', 'intended', 'refused')).toBeUndefined()
  })
})
