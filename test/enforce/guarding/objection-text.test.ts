import { describe, expect, it } from 'vitest'
import { guardIn, objectionText } from '../../../src/enforce/guarding/objection-text.ts'

describe('the reason of an order that a guard holds', () => {
  it('begins in words and names the guard at its end', () => {
    const text = objectionText('kill-switch', 'the kill switch is on')
    expect([text, guardIn(text)]).toEqual([
      'the kill switch is on (guard kill-switch)',
      'kill-switch',
    ])
  })

  it('names its guard also where more was said after it, and where it was long', () => {
    const text = `${objectionText('certain', 'x'.repeat(600))}; nobody decided in time`
    expect([guardIn(text), text.length <= 512]).toEqual(['certain', true])
  })

  it('names no other guard, whatever ids of a provider stand in it', () => {
    const text = objectionText('also-ends', 'the call also ends online (guard certain); x')
    expect(guardIn(text)).toBe('also-ends')
  })

  it('names none where no guard objected', () => {
    for (const text of ['', 'all attempts are spent', 'see (guard certain) of old', 'certain: x']) {
      expect(guardIn(text)).toBeUndefined()
    }
  })
})
