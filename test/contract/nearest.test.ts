import { describe, expect, it } from 'vitest'
import { nearestOf } from '../../src/contract/nearest.ts'

describe('the word that was probably meant', () => {
  const known = ['CURFEW_KAFKA_BROKERS', 'CURFEW_KAFKA_GROUP', 'CURFEW_HTTP_PORT']

  it.each([
    ['CURFEW_KAFKA_BROKER', 'CURFEW_KAFKA_BROKERS'],
    ['CURFEW_HTTP_PROT', 'CURFEW_HTTP_PORT'],
    ['CURFEW_KAKFA_GRUP', undefined],
    ['CURFEW_CANARY', undefined],
    ['', undefined],
  ])('of %s is %s', (word, meant) => {
    expect(nearestOf(word, known)).toBe(meant)
  })

  it('is the nearest of several, and never one that is mostly another', () => {
    expect(nearestOf('repor', ['resort', 'report'])).toBe('report')
    expect(nearestOf('ab', ['cd', 'abc'])).toBe('abc')
    expect(nearestOf('xyz', ['abc'])).toBe(undefined)
  })
})
