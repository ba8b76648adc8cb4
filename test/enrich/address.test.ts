import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOf, ipv4At, ipv6At, makeKindOf, rangeOf } from '../../src/enrich/address.ts'

const ipv6Value = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })

test('every spelling of an IPv6 address is the same address', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = addressOf(text)
      expect(address).toBeDefined()
      if (address?.family === 6) expect(addressOf(address.text)).toEqual(address)
    }),
  )
})

test('an IPv6 address written out and read again keeps its place', () => {
  fc.assert(
    fc.property(
      ipv6Value.filter((value) => value >> 32n !== 0xffffn),
      (value) => {
        expect(addressOf(ipv6At(value).text)).toEqual({
          family: 6,
          value,
          text: expect.any(String),
        })
      },
    ),
  )
})

test('an IPv4 address written out and read again keeps its place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (number) => {
      expect(addressOf(ipv4At(number).text)).toEqual(ipv4At(number))
    }),
  )
})

test.each([
  ['192.0.2.1', 4, '192.0.2.1'],
  ['::ffff:192.0.2.1', 4, '192.0.2.1'],
  ['::FFFF:c000:0201', 4, '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', 4, '192.0.2.1'],
  ['2001:db8::1', 6, '2001:db8:0:0:0:0:0:1'],
  ['2001:DB8::', 6, '2001:db8:0:0:0:0:0:0'],
  ['::', 6, '0:0:0:0:0:0:0:0'],
  ['64:ff9b::192.0.2.33', 6, '64:ff9b:0:0:0:0:c000:221'],
  ['fe80::1%eth0', 6, 'fe80:0:0:0:0:0:0:1'],
])('%s is an address of family %i, spelled %s', (text, family, spelled) => {
  expect(addressOf(text)).toMatchObject({ family, text: spelled })
})

test.each([
  '',
  'unknown',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.1:443',
  '010.0.0.1',
  ':::',
  '1::2::3',
])("'%s' is no address", (text) => {
  expect(addressOf(text)).toBeUndefined()
})

describe('a range', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.0', '192.0.2.255'],
    ['192.0.2.77/24', '192.0.2.0', '192.0.2.255'],
    ['192.0.2.7', '192.0.2.7', '192.0.2.7'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
    ['::ffff:192.0.2.0/120', '192.0.2.0', '192.0.2.255'],
    ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s reaches from %s to %s', (text, first, last) => {
    expect(rangeOf(text)).toEqual({ first: addressOf(first)?.value, last: addressOf(last)?.value })
  })

  test.each([
    '192.0.2.0/33',
    '2001:db8::/129',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2.0/2 4',
    'x/8',
  ])('%s is none', (text) => {
    expect(rangeOf(text)).toBeUndefined()
  })
})

describe('the kind of an address', () => {
  const kindOf = makeKindOf()
  test.each([
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['127.0.0.1', 'private'],
    ['169.254.7.7', 'private'],
    ['100.64.0.1', 'private'],
    ['100.127.255.255', 'private'],
    ['::1', 'private'],
    ['fe80::1', 'private'],
    ['fd12::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['2001:db8::1', 'documentation'],
    ['0.0.0.0', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['2002:c000:201::', 'reserved'],
    ['64:ff9b::c000:201', 'reserved'],
    ['2001:0:1::1', 'reserved'],
    ['ff02::1', 'reserved'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['172.32.0.0', 'public'],
    ['8.8.8.8', 'public'],
    ['2001:630:212::1', 'public'],
  ])('of %s is %s', (text, kind) => {
    const address = addressOf(text)
    expect(address && kindOf(address)).toBe(kind)
  })
})
