import { promisify } from 'node:util'
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'
import { compressFrame, decompressFrame } from 'lz4-napi'
import snappy from 'snappy'

/** What the Kafka client asks of a codec. */
export interface KafkaCodec {
  readonly compress: (encoder: { readonly buffer: Buffer }) => Promise<Buffer>
  readonly decompress: (bytes: Buffer) => Promise<Buffer>
}

/** A batch that unpacks to more than this is no batch of events; brokers allow 1 MiB packed. */
export const unpackedBytesMax = 128 * 1024 * 1024

const bounded = { maxOutputLength: unpackedBytesMax }

/** The client's own gzip would unpack without bound. */
export const gzipCodec: KafkaCodec = {
  compress: ({ buffer }) => promisify(gzip)(buffer),
  decompress: (bytes) => promisify(gunzip)(bytes, bounded),
}

export const zstdCodec: KafkaCodec = {
  compress: ({ buffer }) => promisify(zstdCompress)(buffer),
  decompress: (bytes) => promisify(zstdDecompress)(bytes, bounded),
}

/** Kafka packs LZ4 in its frame format (magic 0x184D2204), not in bare blocks. */
export const lz4Codec: KafkaCodec = {
  compress: ({ buffer }) => compressFrame(buffer),
  async decompress(bytes) {
    refuseBeyondBound(lz4BytesAtMost(bytes))
    return await decompressFrame(bytes)
  },
}

/** Java clients frame Snappy in blocks of their own kind; others send one bare block. Reads both. */
export const snappyCodec: KafkaCodec = {
  compress: ({ buffer }) => snappy.compress(buffer),
  async decompress(bytes) {
    if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return await unsnap(bytes)
    let total = 0
    const blocks: Buffer[] = []
    for (const block of xerialBlocks(bytes)) {
      total += snappyLength(block)
      refuseBeyondBound(total)
      blocks.push(await unsnap(block))
    }
    return Buffer.concat(blocks)
  },
}

/** The frame of xerial's snappy-java: this, two version numbers, then length-prefixed blocks. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const xerialHeaderBytes = 16

function* xerialBlocks(bytes: Buffer): Generator<Buffer> {
  let at = xerialHeaderBytes
  while (at < bytes.length) {
    const length = bytes.readInt32BE(at)
    const end = at + 4 + length
    if (length <= 0 || end > bytes.length) {
      throw new RangeError(`a Snappy block of ${length} bytes does not fit its frame`)
    }
    yield bytes.subarray(at + 4, end)
    at = end
  }
}

async function unsnap(block: Buffer): Promise<Buffer> {
  refuseBeyondBound(snappyLength(block))
  const bytes = await snappy.uncompress(block, { asBuffer: true })
  return typeof bytes === 'string' ? Buffer.from(bytes) : bytes
}

/** A Snappy block begins with its unpacked length: 7 bits a byte, the lowest first. */
function snappyLength(block: Buffer): number {
  let length = 0
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw new RangeError('a Snappy block does not tell its length')
}

const lz4Magic = 0x184d2204
/** Block sizes by their number in the frame's descriptor, 4 to 7. */
const lz4BlockBytes = [0, 0, 0, 0, 64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024] as const

/**
 * An upper bound of what an LZ4 frame unpacks to, from the heads of its blocks: as many full blocks
 * as it has, and no more than the 255-fold that the format can express.
 */
function lz4BytesAtMost(frame: Buffer): number {
  if (frame.length < 7 || frame.readUInt32LE(0) !== lz4Magic) {
    throw new RangeError('the batch does not begin with an LZ4 frame')
  }
  const flags = frame[4] ?? 0
  const blockBytesMax = lz4BlockBytes[((frame[5] ?? 0) >> 4) & 7] ?? 0
  const hasBlockChecksums = (flags & 0x10) !== 0
  let at = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4)
  let blocks = 0
  while (at + 4 <= frame.length) {
    // The highest bit says that the block is stored as it is.
    const length = frame.readUInt32LE(at) & 0x7fffffff
    if (length === 0) break
    blocks += 1
    at += 4 + length + (hasBlockChecksums ? 4 : 0)
  }
  return Math.min(blocks * blockBytesMax, frame.length * 255)
}

function refuseBeyondBound(bytes: number): void {
  if (bytes <= unpackedBytesMax) return
  throw new RangeError(`a batch unpacks to ${bytes} bytes, beyond the ${unpackedBytesMax} allowed`)
}
