import { describe, expect, it } from 'vitest'
import { kilometres, span } from '../../src/detect/measures.ts'

describe('the sentence of a finding', () => {
  it.each([
    [0, 'less than a second'],
    [400, 'less than a second'],
    [1_200, '1 second'],
    [12_400, '12 seconds'],
    [119_000, '119 seconds'],
    [240_000, '4 minutes'],
    [5_400_000, '90 minutes'],
    [10_800_000, '3 hours'],
    [172_800_000, '2 days'],
  ])('says a span of %i ms as %s', (ms, words) => {
    expect(span(ms)).toBe(words)
  })

  it.each([
    [345.6, 340],
    [999.9, 990],
    [6_831.4, 6_800],
    [16_921, 16_900],
  ])('says a distance of at least %d km as %i', (km, rounded) => {
    expect(kilometres(km)).toBe(rounded)
  })
})
