import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressOf, rangeOf } from '../../src/enrich/address.ts'
import type { Range } from '../../src/enrich/ranges.ts'
import { RangeTable } from '../../src/enrich/ranges.ts'

/** Blocks within one /24, so that they often nest and repeat. */
const block = fc
  .record({ host: fc.nat(255), prefix: fc.integer({ min: 24, max: 32 }), value: fc.nat() })
  .map(({ host, prefix, value }) => rangeFor(`192.0.2.${host}/${prefix}`, value))

function rangeFor(text: string, value: number): Range<number> {
  const range = rangeOf(text)
  if (range === undefined) throw new TypeError(text)
  return { ...range, value }
}

/** The narrowest block that holds the place, the later of equal ones: by looking at all of them. */
function bySearchingAll(ranges: readonly Range<number>[], place: bigint): number | undefined {
  let best: Range<number> | undefined
  for (const range of ranges) {
    if (place < range.first || place > range.last) continue
    if (best === undefined || range.last - range.first <= best.last - best.first) best = range
  }
  return best?.value
}

test('the narrowest block that holds an address answers, whatever the order of the list', () => {
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 40 }),
      fc.integer({ min: -3, max: 258 }),
      (list, at) => {
        const place = (addressOf('192.0.2.0')?.value ?? 0n) + BigInt(at)
        expect(new RangeTable(list).find(place)).toBe(bySearchingAll(list, place))
      },
    ),
    { numRuns: 1000 },
  )
})

test('a table holds at most twice the stretches it was given', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 40 }), (list) => {
      expect(new RangeTable(list).size).toBeLessThanOrEqual(2 * list.length)
    }),
  )
})

test('blocks of both families lie apart in one table', () => {
  const table = new RangeTable([rangeFor('192.0.2.0/24', 4), rangeFor('2001:db8::/32', 6)])
  const find = (text: string) => table.find(addressOf(text)?.value ?? -1n)
  expect(['192.0.2.9', '2001:db8::9', '::9', '192.0.3.0', '2001:db9::'].map(find)).toEqual([
    4,
    6,
    undefined,
    undefined,
    undefined,
  ])
})

test('an empty table answers nothing', () => {
  expect(new RangeTable([]).find(0n)).toBeUndefined()
})
