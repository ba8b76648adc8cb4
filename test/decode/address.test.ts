import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf } from '../../src/decode/address.ts'

describe('an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2::a:b:c', '2001:db8:1:2:0:a:b:c'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::', '::'],
    ['::1', '::1'],
  ])('%s has the one spelling %s', (text, spelling) => {
    expect(addressOf(text)).toBe(spelling)
  })

  it.each([
    '',
    'unknown',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.09',
    '203.0.113.9:443',
    ' 203.0.113.9',
    '[2001:db8::1]',
    '2001:db8::1::2',
    'fe80::1%eth0',
    '1.2.3.4, 5.6.7.8',
  ])('%j is none', (text) => {
    expect(addressOf(text)).toBe('')
  })

  it('keeps its spelling when it is read again, and stays an address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const spelling = addressOf(text)
        expect(isIP(spelling)).not.toBe(0)
        expect(addressOf(spelling)).toBe(spelling)
      }),
    )
  })

  it('of IPv6 is the same however many of its zeros are written, or left out', () => {
    const group = fc.constantFrom(0, 0, 0, 1, 0xdb8, 0xffff)
    const place = fc.integer({ min: 0, max: 7 })
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), place, (groups, at) => {
        const short = groups.map((each) => each.toString(16)).join(':')
        const long = groups
          .map((each) => each.toString(16).padStart(4, '0').toUpperCase())
          .join(':')
        expect(addressOf(long)).toBe(addressOf(short))
        // RFC 4291 section 2.2: `::` stands for one group of zeros or for several.
        const left = groups.slice(0, at).map((each) => each.toString(16))
        const right = groups.slice(at).map((each) => each.toString(16))
        while (right[0] === '0') right.shift()
        if (left.length + right.length === 8) return
        expect(addressOf(`${left.join(':')}::${right.join(':')}`)).toBe(addressOf(short))
      }),
    )
  })
})
