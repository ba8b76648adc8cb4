import { isIP } from 'node:net'

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
