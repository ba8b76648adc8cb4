import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millisecondsOf, millisecondsOfLoose } from '../../src/decode/time.ts'

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

  it('without a zone is UTC where a provider is known to write so', () => {
    const instant = Date.UTC(2026, 10, 3, 9, 12, 44, 120)
    expect(millisecondsOfLoose('2026-11-03 09:12:44.120')).toBe(instant)
    expect(millisecondsOfLoose('2026-11-03T09:12:44.120Z')).toBe(instant)
    expect(millisecondsOfLoose('2026-11-03 09:12:44.120Z')).toBeNaN()
    expect(millisecondsOfLoose('2026-11-03T09:12:44.120')).toBeNaN()
  })
})
