import { BlockList, isIP } from 'node:net'

/**
 * The one spelling of an IP address, '' when the text is none: IPv4 as it is, IPv6 as RFC 5952
 * wants it, and an IPv4 address that came in IPv6 clothes (RFC 4291 section 2.5.5.2) without them.
 * Else one address would count as two places, two networks and two people.
 */
export function addressOf(text: string): string {
  const family = isIP(text)
  if (family === 4) return text
  // A zone (RFC 4007) means something only inside the host that wrote it.
  if (family === 0 || text.includes('%')) return ''
  const lower = text.toLowerCase()
  // Only a group that begins with a zero, one that is left out, and a dotted tail can be spelled in
  // more than one way: RFC 5952 section 4.2.2 leaves no single group out, some programs do.
  return zeroOrDot.test(lower) || leavesOneOut.test(lower) ? respelled(lower) : lower
}

const zeroOrDot = /(?:^|:)0|\.|^::ffff:/
/** Of eight groups and `::` at most one can be left out where there are seven colons or more. */
const leavesOneOut = /^(?=.*::)(?:[^:]*:){7}/

function respelled(lower: string): string {
  const spelled = new URL(`http://[${lower}]`).hostname.slice(1, -1)
  const mapped = mappedV4.exec(spelled)
  if (mapped === null) return spelled
  const high = Number.parseInt(mapped[1] ?? '', 16)
  const low = Number.parseInt(mapped[2] ?? '', 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

const mappedV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/**
 * The client's address in what a producer has: an address with its port, its brackets, its zone, or a
 * host's name before it as Java prints it (`host/203.0.113.9:443`), or a list of addresses as of
 * `X-Forwarded-For` or `Forwarded` (RFC 7239). '' when it names none, as `unknown` and `_hidden` do.
 *
 * Each proxy adds to the end of a list whom it was called by, so only the end can be believed: what
 * stands before was written by whoever called. `trustedHops` proxies of one's own added to it, and
 * the client's address is that many from the end. Undefined: private addresses at the end are taken
 * for proxies, and the last other one for the client's.
 */
export function clientAddressOf(text: string, trustedHops?: number): string {
  const plain = addressOf(text)
  // No header is longer than this; what is would only cost time.
  if (plain !== '' || text.length > 8_192) return plain
  const list = text.split(',').filter((each) => each.trim() !== '')
  if (list.length === 1) return addressWithin(list[0])
  if (trustedHops !== undefined) return addressWithin(list[Math.max(0, list.length - trustedHops)])
  for (const each of list.reverse()) {
    const address = addressWithin(each)
    if (address === '' || !isPrivate(address)) return address
  }
  return ''
}

function addressWithin(element = ''): string {
  const trimmed = element.trim()
  if (trimmed.length > 256) return ''
  const node = (forwardedFor.exec(trimmed)?.[1] ?? trimmed)
    .replaceAll('"', '')
    .replace(wholeMask, '$1$2')
    .replace(beforeHost, '')
  const host = bracketed.exec(node)?.[1] ?? withPort.exec(node)?.[1] ?? node
  // A zone (RFC 4007) means something only inside the host that wrote it; the address stays one.
  const zoneAt = host.indexOf('%')
  return addressOf(zoneAt < 0 ? host : host.slice(0, zoneAt))
}

const forwardedFor = /(?:^|;)\s*for=([^;]*)/i
/** A mask that leaves one address, as databases print theirs; any other one names a network. */
const wholeMask = /^([\d.]{7,15})\/32$|^([\da-f.]{0,4}:[\da-f:.]{1,45})\/128$/i
/** The name of a host, or the scheme of a URL. No address holds a slash before its first digit. */
const beforeHost = /^(?:[\w.-]{0,253}\/|[a-z][a-z0-9+.-]{0,15}:\/\/)/i
const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/
/** A port after an IPv6 address without brackets could be its last group, so only IPv4 has one. */
const withPort = /^([^%]*\d+\.\d+\.\d+\.\d+):\d{1,5}$/

const privateNets = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const) {
  privateNets.addSubnet(net, bits, 'ipv4')
}
for (const [net, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const) {
  privateNets.addSubnet(net, bits, 'ipv6')
}

function isPrivate(address: string): boolean {
  return privateNets.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}
