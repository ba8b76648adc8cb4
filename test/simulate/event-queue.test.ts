import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Agenda } from '../../src/simulate/event-queue.ts'

it('gives everything back in order of time, and what is simultaneous in order of entry', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const agenda = new Agenda<{ at: number; place: number }>()
      for (const [place, at] of times.entries()) agenda.add(at, { at, place })
      const taken = times.map(() => agenda.take(20))
      const sorted = times
        .map((at, place) => ({ at, place }))
        .sort((one, other) => one.at - other.at || one.place - other.place)
      expect(taken).toEqual(sorted)
      expect(agenda.size).toBe(0)
    }),
  )
})

it('keeps what is not due, and says when it will be', () => {
  const agenda = new Agenda<string>()
  expect(agenda.nextAt).toBe(Number.POSITIVE_INFINITY)
  agenda.add(7, 'later')
  agenda.add(5, 'soon')

  expect(agenda.take(4)).toBeUndefined()
  expect(agenda.nextAt).toBe(5)
  expect(agenda.take(5)).toBe('soon')
  expect(agenda.take(6)).toBeUndefined()
  expect(agenda.take(9)).toBe('later')
})
