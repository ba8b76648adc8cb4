import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecentIds } from '../../src/process/recent-ids.ts'

const ids = fc.array(
  fc.integer({ min: 0, max: 30 }).map((id) => `id-${id}`),
  { maxLength: 300 },
)

it('recent ids keep the last of them, never more than twice as many, and no id that was never added', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), ids, (min, run) => {
      const recent = new RecentIds(min)
      const added: string[] = []
      for (const id of run) {
        const isKnown = recent.has(id)
        expect(recent.add(id)).toBe(!isKnown)
        if (!isKnown) added.push(id)
        for (const last of added.slice(-min)) expect(recent.has(last)).toBe(true)
        expect(recent.size).toBeLessThanOrEqual(2 * min)
        expect(recent.has('another')).toBe(false)
      }
    }),
  )
})

it('a deleted recent id is new again, also after its generation was rotated', () => {
  const recent = new RecentIds(2)
  for (const id of ['a', 'b', 'c']) recent.add(id)
  recent.delete('a')
  recent.delete('c')
  expect([recent.add('a'), recent.add('b'), recent.add('c')]).toEqual([true, false, true])
})

it.each([0, -1, 1.5, Number.NaN])('recent ids refuse a bound of %s', (min) => {
  expect(() => new RecentIds(min)).toThrow(TypeError)
})
