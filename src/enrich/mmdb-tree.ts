import type { Response } from 'mmdb-lib'
import { Reader } from 'mmdb-lib'
import { ipv4At, ipv6At } from './address.ts'
import type { Stretches } from './boundaries.ts'
import { Boundaries } from './boundaries.ts'

/** All that an MMDB file says, in the order of addresses. */
export interface MmdbContent {
  /** Keys of 32 bits for a file of IPv4, else of 64: a /64 has the record of its first address. */
  readonly stretches: Stretches
  readonly builtAt: number
}

interface Tree {
  readonly bytes: DataView
  readonly nodeCount: number
  readonly recordSize: number
}

/**
 * Walks the whole search tree of an MMDB file (MaxMind DB format 2.0) and has each distinct record
 * numbered once; 0 means none. Takes a few seconds for millions of networks: not for the main thread.
 *
 * @throws Error when the bytes are no MMDB file.
 */
export function readMmdbWhole(bytes: Buffer, numberOf: (record: unknown) => number): MmdbContent {
  const reader = new Reader<Response>(bytes, { cache: new Map() })
  const { nodeCount, recordSize, ipVersion, buildEpoch } = reader.metadata
  const wide = ipVersion === 6
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tree: Tree = { bytes: view, nodeCount, recordSize }
  const boundaries = new Boundaries(wide)
  const numbers = new Map<number, number>()
  const numberAt = (pointer: number, high: number, low: number) => {
    const known = numbers.get(pointer)
    if (known !== undefined) return known
    const place = wide ? ipv6At((BigInt(high) << 96n) | (BigInt(low) << 64n)) : ipv4At(low)
    const number = numberOf(reader.get(place.text))
    numbers.set(pointer, number)
    return number
  }
  walk(tree, wide ? 64 : 32, (pointer, high, low) => {
    boundaries.add(high, low, pointer === nodeCount ? 0 : numberAt(pointer, high, low))
  })
  return { stretches: boundaries.stretches(), builtAt: buildEpoch.getTime() }
}

/**
 * Visits the leaves from left to right. `bits` is how deep keys go; of what lies deeper only the
 * leftmost leaf is visited. It recurses at most 128 deep.
 */
function walk(
  tree: Tree,
  bits: number,
  visit: (pointer: number, high: number, low: number) => void,
): void {
  const down = (node: number, depth: number, high: number, low: number) => {
    if (node >= tree.nodeCount) {
      visit(node, high, low)
      return
    }
    down(childOf(tree, node, 0), depth + 1, high, low)
    const bit = bits - 1 - depth
    if (bit < 0) return
    const right = childOf(tree, node, 1)
    if (bit >= 32) down(right, depth + 1, (high | (1 << (bit - 32))) >>> 0, low)
    else down(right, depth + 1, high, (low | (1 << bit)) >>> 0)
  }
  down(0, 0, 0, 0)
}

/** The left (0) or right (1) record of a node: a node, or `nodeCount` for nothing, or a pointer. */
function childOf({ bytes, recordSize }: Tree, node: number, side: 0 | 1): number {
  const at = (node * recordSize) / 4
  if (recordSize === 32) return bytes.getUint32(at + side * 4)
  if (recordSize === 24) return bytes.getUint32(at + side * 3) >>> 8
  // 28 bits: the byte in the middle holds the upper four bits of both.
  if (side === 1) return bytes.getUint32(at + 3) & 0x0fff_ffff
  return ((bytes.getUint8(at + 3) >>> 4) << 24) | (bytes.getUint32(at) >>> 8)
}
