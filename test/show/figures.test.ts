import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationText, shareText } from '../../src/show/render/figures.ts'

describe('a share', () => {
  it.each([
    [24 / 31, '77.42 %'],
    [18 / 33, '54.55 %'],
    [0, '0.00 %'],
    [1, '100.00 %'],
    [0.99996, '> 99.99 %'],
    [0.00001, '< 0.01 %'],
  ])('%d is rounded, and never to all or nothing: %s', (value, text) => {
    expect(shareText(value)).toBe(text)
  })
})

describe('a duration', () => {
  it.each([
    [0, '0.000 s'],
    [0.35, '0.350 s'],
    [-17.104, '-17.104 s'],
    [59.9999, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3_599.7, '1 h 0 min'],
    [86_390, '1 d 0 h'],
    [1_938_000, '22 d 10 h'],
    [-5_400, '-1 h 30 min'],
  ])('of %d s reads %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text)
  })

  it('has no part that its next larger unit would hold', () => {
    fc.assert(
      fc.property(fc.double({ min: 60, max: 1e9, noNaN: true }), (seconds) => {
        const [, , lesser = '', unit = ''] = durationText(seconds).split(' ')
        const most: { readonly [unit: string]: number } = { h: 24, min: 60, s: 60 }
        expect(Number(lesser)).toBeLessThan(most[unit] ?? 0)
      }),
    )
  })
})
