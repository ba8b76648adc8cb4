import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, clientAddressOf } from '../../src/decode/address.ts'

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

describe("a client's address", () => {
  it.each([
    ['198.51.100.20:51324', '198.51.100.20'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['[2001:DB8::7]', '2001:db8::7'],
    ['2001:db8::7:443', '2001:db8::7:443'],
    ['fe80::6:5605:b4d9:dfe9%eth0', 'fe80::6:5605:b4d9:dfe9'],
    ['[fe80::1%25en0]:8080', 'fe80::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9:443', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:443', '203.0.113.9'],
    [' 203.0.113.9 ', '203.0.113.9'],
    ['"203.0.113.9:80"', '203.0.113.9'],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', '192.0.2.60'],
    ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['by=203.0.113.43; for=192.0.2.60', '192.0.2.60'],
    ['198.51.100.21:49153, 10.0.0.6', '198.51.100.21'],
    ['203.0.113.9,', '203.0.113.9'],
    ['1.2.3.4, 203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, 10.0.0.6, 192.168.1.1, fd00::1, 100.64.0.7', '203.0.113.9'],
    ['for=192.0.2.43, for="[2001:db8:cafe::17]"', '2001:db8:cafe::17'],
    ['unknown, 203.0.113.9', '203.0.113.9'],
    ['/203.0.113.9', '203.0.113.9'],
    ['/203.0.113.9:51324', '203.0.113.9'],
    ['gateway.example.com/203.0.113.9', '203.0.113.9'],
    ['/[2001:db8:0:0:0:0:0:7]:51324', '2001:db8::7'],
    ['tcp://203.0.113.9:443', '203.0.113.9'],
    ['203.0.113.9/32', '203.0.113.9'],
    ['2001:DB8::7/128', '2001:db8::7'],
  ])('is found in %j', (text, address) => {
    expect(clientAddressOf(text)).toBe(address)
  })

  it.each([
    'unknown',
    '_hidden',
    'for=_gazonk',
    'for=unknown',
    '-',
    'localhost',
    '',
    ',',
    '203.0.113.0/24',
    '203.0.113.9/128',
    '2001:db8::/32',
    'a/b/203.0.113.9',
    '203.0.113.9:443:443',
    '203.0.113.9:999999',
    '[203.0.113.9',
    '10.0.0.5, 10.0.0.6',
    '203.0.113.9, unknown',
    '203.0.113.9, _hidden',
    '9'.repeat(10_000),
    `${'1.'.repeat(120)}:1`,
  ])('is not guessed from %j', (text) => {
    expect(clientAddressOf(text)).toBe('')
  })

  it.each([
    [1, '203.0.113.9'],
    [2, '198.51.100.7'],
    [3, '192.0.2.1'],
    [9, '192.0.2.1'],
    [0, ''],
  ])('with %d trusted hops is the one that the outermost of them saw', (hops, address) => {
    expect(clientAddressOf('192.0.2.1, 198.51.100.7, 203.0.113.9', hops)).toBe(address)
  })

  it('of one entry needs no trust, and of an entry that is none is left out', () => {
    expect(clientAddressOf('203.0.113.9', 2)).toBe('203.0.113.9')
    expect(clientAddressOf('203.0.113.9, unknown', 1)).toBe('')
  })

  it('is one spelling of an address or none, and never takes long', () => {
    const pieces = fc.constantFrom(
      '1',
      '.',
      ':',
      '[',
      ']',
      '%',
      ',',
      ';',
      'for=',
      ' ',
      '"',
      '::',
      'f',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 4000, size: 'max' }), (list) => {
        const address = clientAddressOf(list.join(''))
        expect(address).toBe(addressOf(address))
      }),
    )
  })
})
