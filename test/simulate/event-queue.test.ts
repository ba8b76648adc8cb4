import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventQueue } from '../../src/simulate/event-queue.ts'

it('gives everything back in order of time, and what is simultaneous in order of entry', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = new EventQueue<{ at: number; place: number }>()
      for (const [place, at] of times.entries()) queue.add(at, { at, place })
      const taken = times.map(() => queue.take(20))
      const sorted = times
        .map((at, place) => ({ at, place }))
        .sort((one, other) => one.at - other.at || one.place - other.place)
      expect(taken).toEqual(sorted)
      expect(queue.size).toBe(0)
    }),
  )
})

it('keeps what is not due, and says when it will be', () => {
  const queue = new EventQueue<string>()
  expect(queue.nextAt).toBe(Number.POSITIVE_INFINITY)
  queue.add(7, 'later')
  queue.add(5, 'soon')

  expect(queue.take(4)).toBeUndefined()
  expect(queue.nextAt).toBe(5)
  expect(queue.take(5)).toBe('soon')
  expect(queue.take(6)).toBeUndefined()
  expect(queue.take(9)).toBe('later')
})
