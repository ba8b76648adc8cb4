import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOf, ipv4At, ipv6At, rangeOf } from '../../src/enrich/address.ts'
import { Records } from '../../src/enrich/boundaries.ts'
import type { NumberedRange } from '../../src/enrich/compile.ts'
import { stretchesOf } from '../../src/enrich/compile.ts'
import { encodeTable, openTable } from '../../src/enrich/table.ts'
import { aFile, anAddress } from './fixtures.ts'

const about = { build: 'fixture@2026-10-31', builtAt: Date.parse('2026-10-31T00:00:00Z') }
const nothing = stretchesOf([], false)
const nothingWide = stretchesOf([], true)
const base = {
  four: addressOf('203.0.113.0')?.value ?? 0n,
  six: addressOf('2001:db8::')?.value ?? 0n,
}

/** Ranges within 300 keys of a family, so that they often overlap, nest and begin together. */
const ranges = (start: bigint, step: bigint) =>
  fc.array(
    fc
      .record({ at: fc.nat(300), size: fc.nat(40), number: fc.integer({ min: 1, max: 5 }) })
      .map(({ at, size, number }) => ({
        first: start + BigInt(at) * step,
        last: start + BigInt(at + size + 1) * step - 1n,
        number,
      })),
    { maxLength: 30 },
  )

/** Of all ranges that hold a place the one that begins last, of those the shortest, the latest told. */
function bySearchingAll(list: readonly NumberedRange[], place: bigint): number {
  let best: NumberedRange | undefined
  for (const range of list) {
    if (place < range.first || place > range.last) continue
    const isNearer =
      best === undefined ||
      range.first > best.first ||
      (range.first === best.first && range.last <= best.last)
    if (isNearer) best = range
  }
  return best?.number ?? 0
}

async function tableOf(four: readonly NumberedRange[], six: readonly NumberedRange[]) {
  const content = {
    about,
    four: stretchesOf(four, false),
    six: stretchesOf(six, true),
    records: ['"one"', '"two"', '"three"', '"four"', '["fünf",5]'],
  }
  return await openTable(aFile('fixture.table', encodeTable(content)))
}

const records = [undefined, 'one', 'two', 'three', 'four', ['fünf', 5]]

describe('a look-up table', () => {
  test('answers as a search through the whole list does, for IPv4, mapped IPv4 and IPv6', async () => {
    await fc.assert(
      fc.asyncProperty(
        ranges(base.four, 1n),
        ranges(base.six, 1n << 64n),
        fc.array(fc.nat(350), { minLength: 1, maxLength: 30 }),
        async (four, six, places) => {
          const table = await tableOf(four, six)
          for (const place of places) {
            const plain = ipv4At(Number((base.four + BigInt(place)) & 0xffff_ffffn))
            const expected = records[bySearchingAll(four, plain.value)]
            expect(table.find(plain)).toEqual(expected)
            expect(table.find(anAddress(`::ffff:${plain.text}`))).toEqual(expected)
            const wide = ipv6At(base.six + (BigInt(place) << 64n) + 7n)
            expect(table.find(wide)).toEqual(records[bySearchingAll(six, wide.value)])
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  test('knows the first and the last address of either family', async () => {
    const whole = (text: string, number: number) => ({ ...(rangeOf(text) ?? base4()), number })
    const table = await tableOf([whole('0.0.0.0/0', 1)], [whole('::/0', 2)])
    const find = (text: string) => table.find(anAddress(text))
    expect(['0.0.0.0', '255.255.255.255', '::ffff:255.255.255.255'].map(find)).toEqual(
      Array(3).fill('one'),
    )
    expect(find('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toBe('two')
  })

  test('takes part of a /64 for the whole of it', async () => {
    const first = addressOf('2001:db8::100')?.value ?? 0n
    const table = await tableOf([], [{ first, last: first + 5n, number: 3 }])
    expect(table.find(anAddress('2001:db8::1'))).toBe('three')
    expect(table.find(anAddress('2001:db8:0:1::'))).toBeUndefined()
  })

  test('that holds nothing answers nothing', async () => {
    const table = await tableOf([], [])
    expect(table.find(anAddress('203.0.113.1'))).toBeUndefined()
    expect(table.find(anAddress('2001:db8::1'))).toBeUndefined()
    expect(table.about).toEqual(about)
  })

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 8)],
    ['of which a bit has turned', (bytes: Buffer) => bytes.fill(0x55, 5000, 5001)],
    [
      'of another format',
      (bytes: Buffer) => bytes.fill('9', bytes.indexOf(':') + 1, bytes.indexOf(':') + 2),
    ],
    ['that is empty', () => Buffer.alloc(0)],
    ['that is something else', () => Buffer.from('country,city\n')],
  ])('%s is not opened', async (_, harm) => {
    const four = stretchesOf(
      Array.from({ length: 300 }, (_, n) => ({
        first: base.four + BigInt(n),
        last: base.four + BigInt(n),
        number: 1 + (n % 2),
      })),
      false,
    )
    const whole = encodeTable({ about, four, six: nothingWide, records: ['"a"', '"b"'] })
    await openTable(aFile('whole.table', whole))
    await expect(openTable(aFile('harmed.table', harm(Buffer.from(whole))))).rejects.toThrow(Error)
  })
})

test('equal records are held once', () => {
  const all = new Records()
  expect(
    [
      ['a', 1],
      ['b', 1],
      ['a', 1],
    ].map((record) => all.numberOf(record)),
  ).toEqual([1, 2, 1])
  expect(all.texts()).toEqual(['["a",1]', '["b",1]'])
  expect(nothing.lows).toHaveLength(0)
})

function base4() {
  return { first: 0n, last: 0n }
}
