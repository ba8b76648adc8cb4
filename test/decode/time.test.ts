import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instantInUtc, instantOf, millisecondsOf } from '../../src/decode/time.ts'

describe('a time', () => {
  it('is the instant that Date.parse finds, for every instant of every year', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(date, (instant) => {
        expect(millisecondsOf(instant.toISOString())).toBe(instant.getTime())
      }),
      { numRuns: 2000 },
    )
  })

  it('is the same instant in every offset', () => {
    const offset = fc.tuple(fc.constantFrom('+', '-'), fc.nat(23), fc.nat(59))
    fc.assert(
      fc.property(offset, ([sign, hours, minutes]) => {
        const two = (n: number) => String(n).padStart(2, '0')
        const text = `2026-03-01T00:30:00.500${sign}${two(hours)}:${two(minutes)}`
        expect(millisecondsOf(text)).toBe(Date.parse(text))
      }),
    )
  })

  it.each([
    ['2026-11-03T09:12:44Z', '2026-11-03T09:12:44.000Z'],
    ['2026-11-03t09:12:44.1z', '2026-11-03T09:12:44.100Z'],
    ['2026-11-03T09:12:44.129999999Z', '2026-11-03T09:12:44.129Z'],
    ['2024-02-29T23:59:59-01:30', '2024-03-01T01:29:59.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2017-01-01T01:29:60+01:30', '2017-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(millisecondsOf(text)).toISOString()).toBe(iso)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-11-03T24:00:00Z',
    '2026-11-03T09:60:00Z',
    '2026-11-03T09:12:60Z',
    '2026-11-03T09:12:44',
    '2026-11-03T09:12:44.Z',
    '2026-11-03T09:12:44.1',
    '2026-11-03T09:12:44+1:00',
    '2026-11-03T09:12:44+0100',
    '2026-11-03T09:12:44+24:00',
    '2026-11-03T09:12:44+01:60',
    '2026-11-03T09:12:44Z ',
    '2026-11-03T09:12:44ZZ',
    ' 2026-11-03T09:12:44Z',
    '2026-11-03 09:12:44Z',
    '2026/11/03T09:12:44Z',
    '2026-11-03T09.12.44Z',
    '+026-11-03T09:12:44Z',
    '٢٠٢٦-11-03T09:12:44Z',
    '1793697164120',
    '',
  ])('%j is none', (text) => {
    expect(millisecondsOf(text)).toBeNaN()
  })

  it.each([
    ['2026-11-20T09:00:00.123+0000', '2026-11-20T09:00:00.123Z'],
    ['2026-11-20T10:00:00+0100', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20 09:06:00.123+00', '2026-11-20T09:06:00.123Z'],
    ['2026-11-20T10:00:00.5+01', '2026-11-20T09:00:00.500Z'],
    ['2026-11-20T09:01Z', '2026-11-20T09:01:00.000Z'],
    ['2026-11-20T09:01+02:30', '2026-11-20T06:31:00.000Z'],
    ['2026-11-20 09:00:00Z', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20 09:00:00 UTC', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20 10:00:00.123456789 +0100 CET', '2026-11-20T09:00:00.123Z'],
    ['2026-11-20T09:02:00.123456789Z', '2026-11-20T09:02:00.123Z'],
    ['2026-11-20T09:02:00,250Z', '2026-11-20T09:02:00.250Z'],
    ['2026-11-20T09:00:00Z[UTC]', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20T10:05:00.123+01:00[Europe/Paris]', '2026-11-20T09:05:00.123Z'],
    ['20261120T090000Z', '2026-11-20T09:00:00.000Z'],
    ['20261120T09:00:00Z', '2026-11-20T09:00:00.000Z'],
    ['Fri, 20 Nov 2026 09:00:00 GMT', '2026-11-20T09:00:00.000Z'],
    ['6 Nov 2026 10:00 +0100', '2026-11-06T09:00:00.000Z'],
    [' 2026-11-20T09:00:00Z\n', '2026-11-20T09:00:00.000Z'],
    ['1795165200000', '2026-11-20T09:00:00.000Z'],
    ['1795165200', '2026-11-20T09:00:00.000Z'],
    ['1795165200.123000000', '2026-11-20T09:00:00.123Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    [1_795_165_200_000, '2026-11-20T09:00:00.000Z'],
    [1_795_165_200, '2026-11-20T09:00:00.000Z'],
    [1_795_165_200.123, '2026-11-20T09:00:00.123Z'],
    [1_795_165_200_123_456, '2026-11-20T09:00:00.123Z'],
    [1_795_165_200_123_000_000, '2026-11-20T09:00:00.123Z'],
  ])('written as %s is the instant %s', (text, iso) => {
    expect(new Date(instantOf(text)).toISOString()).toBe(iso)
  })

  it.each([
    '2026-11-20T09:00:00',
    '2026-11-20 09:00:00',
    '2026-11-20T09:00:00[Europe/Paris]',
    '2026-11-20T09:00:00 CET',
    '2026-11-20',
    '2026-02-30T09:00Z',
    '2026-11-20T25:00Z',
    '2026-11-20T09:00:00+0160',
    '11/20/2026 09:00:00 UTC',
    'Fri, 20 Nov 2026 09:00:00 CET',
    'Fri, 31 Feb 2026 09:00:00 GMT',
    '20 ovD 2026 09:00:00 GMT',
    'now',
    '-1795165200',
    `2026-11-20T09:00:00+0000[${'x'.repeat(80)}]`,
    0,
    -1,
    20_261_120,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])('written as %j means no one instant', (text) => {
    expect(instantOf(text)).toBeNaN()
  })

  it('is the same instant as a number of any unit, whenever it is', () => {
    const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2299, 11, 31) })
    fc.assert(
      fc.property(instant, (at) => {
        const spellings = [at, at / 1000, String(at), (at / 1000).toFixed(3), `${at}000`]
        for (const each of spellings) expect(instantOf(each)).toBe(at)
      }),
      { numRuns: 2000 },
    )
  })

  it('without an offset is UTC where a provider is known to write so', () => {
    const instant = Date.UTC(2026, 10, 3, 9, 12, 44, 120)
    expect(instantInUtc('2026-11-03 09:12:44.120')).toBe(instant)
    expect(instantInUtc('2026-11-03T09:12:44.120')).toBe(instant)
    expect(instantInUtc('2026-11-03T09:12:44.120Z')).toBe(instant)
    expect(instantInUtc('2026-11-03')).toBeNaN()
  })
})
