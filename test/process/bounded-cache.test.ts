import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedCache } from '../../src/process/bounded-cache.ts'

const steps = fc.array(
  fc.record({ key: fc.integer({ min: 0, max: 30 }), write: fc.boolean(), value: fc.nat() }),
  { maxLength: 300 },
)

test('a cache never answers anything but what was last stored under the key', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), steps, (max, run) => {
      const cache = new BoundedCache<number, number>(max)
      const oracle = new Map<number, number>()
      for (const { key, write, value } of run) {
        if (write) {
          cache.set(key, value)
          oracle.set(key, value)
        } else {
          const found = cache.get(key)
          if (found !== undefined) expect(found).toBe(oracle.get(key))
        }
      }
    }),
  )
})

test('a cache never holds more than its bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), steps, (max, run) => {
      const cache = new BoundedCache<number, number>(max)
      for (const { key, write, value } of run) {
        if (write) cache.set(key, value)
        else cache.get(key)
        expect(cache.size).toBeLessThanOrEqual(max)
      }
    }),
  )
})

/** Few enough keys that they come again, and enough that a small cache must forget some. */
const fewKeys = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 20, maxLength: 200 })

test('the half of the bound that was used last is always there', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 10 }), fewKeys, (max, run) => {
      const cache = new BoundedCache<number, number>(max)
      const usedLast: number[] = []
      for (const key of run) {
        const found = cache.get(key)
        if (usedLast.slice(-Math.floor(max / 2)).includes(key)) expect(found).toBe(key)
        if (found === undefined) cache.set(key, key)
        const at = usedLast.indexOf(key)
        if (at >= 0) usedLast.splice(at, 1)
        usedLast.push(key)
      }
    }),
  )
})

test('hits and misses are counted', () => {
  const cache = new BoundedCache<string, number>(10)
  cache.get('a')
  cache.set('a', 1)
  cache.get('a')
  cache.get('a')
  expect({ hits: cache.hits, misses: cache.misses }).toEqual({ hits: 2, misses: 1 })
})

test('a cleared cache knows nothing and holds nothing', () => {
  const cache = new BoundedCache<string, number>(10)
  cache.set('a', 1)
  cache.clear()
  expect([cache.get('a'), cache.size]).toEqual([undefined, 0])
})

test.each([0, 1, -5, 2.5, Number.NaN])('a bound of %s is refused', (max) => {
  expect(() => new BoundedCache(max)).toThrow(TypeError)
})
