import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { excerptOf, plainExcerpt } from '../../src/contract/excerpt.ts'

const thereAndBack = (text: string) => plainExcerpt(excerptOf(Buffer.from(text), false))

describe('the excerpt of a message', () => {
  it.each(['{"version":1,"name":\'x\',"path":"C:\\\\u0022"}', 'Zoë Åström grüßt 東京 🦀'])(
    'is read as the message had it: %s',
    (text) => {
      expect(thereAndBack(text)).toBe(text)
    },
  )

  it('still writes out what shows nothing by itself or turns text around', () => {
    expect(thereAndBack('a\u0000b\u001b[2Jc\u202ed')).toBe('a\\u0000b\\u001b[2Jc\\u202ed')
  })

  it('is read back whole however short it is cut, and never longer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 700 }), (text) => {
        expect(text.startsWith(thereAndBack(text))).toBe(true)
        expect(excerptOf(Buffer.from(text), false).length).toBeLessThanOrEqual(512)
      }),
    )
  })
})
