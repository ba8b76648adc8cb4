import { isIPv4, isIPv6 } from 'node:net'
import { RangeTable } from './ranges.ts'

/** An internet address, the same object shape for both families. */
export interface Address {
  /** 4 also for IPv4 mapped into IPv6 (RFC 4291 section 2.5.5.2), however it was spelled. */
  readonly family: 4 | 6
  /** Place on one line of 128 bits; IPv4 lies at ::ffff:0:0/96. */
  readonly value: bigint
  /** One spelling per address, without zone, `::` or embedded dots: parsers differ on those. */
  readonly text: string
}

/** What a look-up can say about an address before any database is asked. */
export type AddressKind = 'public' | 'private' | 'documentation' | 'reserved'

const mappedBase = 0xffff_0000_0000n

/** Reads an address as text; undefined when it is none. */
export function addressOf(text: string): Address | undefined {
  if (isIPv4(text)) return fromIPv4(text)
  if (!isIPv6(text)) return undefined
  const groups = groupsOf(text)
  let value = 0n
  for (const group of groups) value = (value << 16n) | BigInt(group)
  if (value >> 32n === 0xffffn) {
    const low = Number(value & 0xffff_ffffn)
    return { family: 4, value, text: dotted(low) }
  }
  return { family: 6, value, text: groups.map((group) => group.toString(16)).join(':') }
}

/** The IPv6 address at a place of the 128-bit line. */
export function ipv6At(value: bigint): Address {
  const hex = value.toString(16).padStart(32, '0')
  return { family: 6, value, text: (hex.match(/.{4}/g) ?? []).join(':') }
}

/** The IPv4 address with that 32-bit number. */
export function ipv4At(number: number): Address {
  return { family: 4, value: mappedBase | BigInt(number), text: dotted(number) }
}

/**
 * Reads `address/prefix`, or one address, as its first and last place on the 128-bit line; bits
 * beyond the prefix are cleared, as published lists are often sloppy. Undefined when it is neither.
 */
export function rangeOf(text: string): { first: bigint; last: bigint } | undefined {
  const slash = text.indexOf('/')
  const address = addressOf(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const bits = text.includes(':') ? 128 : 32
  const prefixText = slash < 0 ? String(bits) : text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(prefixText) || Number(prefixText) > bits) return undefined
  const free = BigInt(bits - Number(prefixText))
  const first = (address.value >> free) << free
  return { first, last: first + (1n << free) - 1n }
}

/**
 * Builds the test for addresses that no database can place: the special-purpose registries of IANA
 * (RFC 6890), with carrier-grade NAT (RFC 6598), documentation (RFC 5737, 3849, 9637) and the
 * transition prefixes, behind which the true address is not the one we see.
 */
export function makeKindOf(): (address: Address) => AddressKind {
  const ranges = Object.entries(specialRanges).flatMap(([kind, texts]) =>
    texts.flatMap((text) => {
      const range = rangeOf(text)
      // The keys of `specialRanges` are kinds; Object.entries widens them to string.
      return range === undefined ? [] : [{ ...range, value: kind as AddressKind }]
    }),
  )
  const table = new RangeTable(ranges)
  return (address) => table.find(address.value) ?? 'public'
}

const specialRanges: { readonly [Kind in Exclude<AddressKind, 'public'>]: readonly string[] } = {
  private: [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '::1/128',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
  ],
  documentation: [
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '2001:db8::/32',
    '3fff::/20',
  ],
  reserved: [
    '0.0.0.0/8',
    '192.0.0.0/24',
    '192.88.99.0/24',
    '198.18.0.0/15',
    '224.0.0.0/4',
    '240.0.0.0/4',
    '::/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2002::/16',
    '5f00::/16',
    'ff00::/8',
  ],
}

function fromIPv4(text: string): Address {
  let number = 0
  for (const part of text.split('.')) number = number * 256 + Number(part)
  return { family: 4, value: mappedBase | BigInt(number), text }
}

function dotted(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(text: string): number[] {
  const zone = text.indexOf('%')
  const bare = zone < 0 ? text : text.slice(0, zone)
  const [head = '', tail] = bare.split('::')
  const left = partsOf(head)
  if (tail === undefined) return left
  const right = partsOf(tail)
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function partsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)]
    const low = Number(fromIPv4(part).value & 0xffff_ffffn)
    return [low >>> 16, low & 0xffff]
  })
}
