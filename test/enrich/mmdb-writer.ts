import { rangeOf } from '../../src/enrich/address.ts'

/** A value as an MMDB data section can hold it. */
export type MmdbValue =
  | string
  | number
  | boolean
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue }

export interface MmdbSpec {
  readonly ipVersion: 4 | 6
  readonly databaseType: string
  readonly builtAt: number
  /** CIDR and record; IPv4 blocks lie at ::/96 of an IPv6 tree. Later, narrower blocks win. */
  readonly networks: readonly (readonly [string, MmdbValue])[]
}

type Node = [Branch, Branch]
type Branch = Node | { readonly data: number } | undefined

/** Writes a MaxMind DB 2.0 file with 24-bit records, enough of the format for small fixtures. */
export function mmdbFile({ ipVersion, databaseType, builtAt, networks }: MmdbSpec): Buffer {
  const root: Node = [undefined, undefined]
  const data: Buffer[] = []
  for (const [cidr, record] of networks) {
    const at = data.reduce((sum, part) => sum + part.length, 0)
    data.push(encoded(record))
    insert(root, bitsOf(cidr, ipVersion), { data: at })
  }
  const nodes = numbered(root)
  const tree = Buffer.concat(
    nodes.flatMap((node) => node.map((branch) => pointer(branch, nodes, nodes.length))),
  )
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: Math.floor(builtAt / 1000),
    database_type: databaseType,
    description: { en: 'fixture' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 24,
  })
  const marker = Buffer.from('ABCDEF4D61784D696E642E636F6D', 'hex')
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata])
}

function bitsOf(cidr: string, ipVersion: 4 | 6): string {
  const range = rangeOf(cidr)
  if (range === undefined) throw new TypeError(`no CIDR: ${cidr}`)
  const prefix = Number(cidr.slice(cidr.indexOf('/') + 1))
  if (cidr.includes(':')) return range.first.toString(2).padStart(128, '0').slice(0, prefix)
  const four = (range.first & 0xffff_ffffn).toString(2).padStart(32, '0').slice(0, prefix)
  return ipVersion === 4 ? four : '0'.repeat(96) + four
}

function insert(root: Node, bits: string, leaf: Branch): void {
  let node = root
  for (const [depth, bit] of [...bits].entries()) {
    const side = bit === '1' ? 1 : 0
    if (depth === bits.length - 1) {
      node[side] = leaf
      return
    }
    const next = node[side]
    const inner: Node = Array.isArray(next) ? next : [next, next]
    node[side] = inner
    node = inner
  }
}

function numbered(root: Node): Node[] {
  const nodes = [root]
  for (const node of nodes) for (const branch of node) if (Array.isArray(branch)) nodes.push(branch)
  return nodes
}

function pointer(branch: Branch, nodes: readonly Node[], nodeCount: number): Buffer {
  let value = nodeCount
  if (Array.isArray(branch)) value = nodes.indexOf(branch)
  else if (branch !== undefined) value = nodeCount + 16 + branch.data
  return Buffer.from([(value >>> 16) & 255, (value >>> 8) & 255, value & 255])
}

function encoded(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([control(2, bytes.length), bytes])
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0)
  if (typeof value === 'number') return number(value)
  if (Array.isArray(value)) {
    return Buffer.concat([control(11, value.length), ...value.map((item) => encoded(item))])
  }
  const entries = Object.entries(value)
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, item]) => [encoded(key), encoded(item)]),
  ])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(Number.isInteger(value) && value >= 0 ? 4 : 8)
  if (bytes.length === 4) bytes.writeUInt32BE(value)
  else bytes.writeDoubleBE(value)
  return Buffer.concat([control(bytes.length === 4 ? 6 : 3, bytes.length), bytes])
}

/** The control byte of the format: type and size, the type in a second byte from 8 on. */
function control(type: number, size: number): Buffer {
  const first = Math.min(size, 29)
  const more = size < 29 ? [] : [size - 29]
  return type < 8
    ? Buffer.from([(type << 5) | first, ...more])
    : Buffer.from([first, type - 7, ...more])
}
