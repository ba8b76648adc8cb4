import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import { describe, expect, test } from 'vitest'
import {
  gzipCodec,
  lz4Codec,
  snappyCodec,
  unpackedBytesMax,
  zstdCodec,
} from '../../../src/source/kafka/codecs.ts'

const codecs = { gzip: gzipCodec, zstd: zstdCodec, lz4: lz4Codec, snappy: snappyCodec }

describe.each(Object.entries(codecs))('%s', (_, codec) => {
  test('gives back what it was given', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.uint8Array({ minLength: 1, maxLength: 20 }).map((part) => Buffer.alloc(200_000, part)),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (given) => {
        const packed = await codec.compress({ buffer: Buffer.from(given) })
        expect(Buffer.compare(await codec.decompress(packed), given)).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  test('rejects garbage, and never ends the process with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (garbage) => {
        await codec.decompress(Buffer.from(garbage)).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Error)
        })
      }),
    )
  })
})

test('a batch that unpacks to gigabytes is refused before the memory is taken', async () => {
  const zeros = Buffer.alloc(unpackedBytesMax + 1)
  await expect(gzipCodec.decompress(gzipSync(zeros))).rejects.toThrow()
  await expect(zstdCodec.decompress(zstdCompressSync(zeros))).rejects.toThrow()
  await expect(lz4Codec.decompress(compressFrameSync(zeros))).rejects.toThrow('unpacks to')
  const snapped = compressSync(zeros)
  await expect(snappyCodec.decompress(snapped)).rejects.toThrow('unpacks to')
  await expect(snappyCodec.decompress(inXerialFrame([snapped]))).rejects.toThrow('unpacks to')
})

describe('Snappy as Java frames it', () => {
  test('is read block by block', async () => {
    const framed = inXerialFrame([
      compressSync('one '),
      compressSync('two '),
      compressSync('three'),
    ])
    expect(String(await snappyCodec.decompress(framed))).toBe('one two three')
  })

  test('is refused when a block does not fit its frame', async () => {
    const framed = inXerialFrame([compressSync('one'), compressSync('two')])
    await expect(snappyCodec.decompress(framed.subarray(0, -1))).rejects.toThrow('does not fit')
    const endless = Buffer.concat([framed.subarray(0, 16), Buffer.alloc(4)])
    await expect(snappyCodec.decompress(endless)).rejects.toThrow('does not fit')
  })
})

test('LZ4 is read with sizes and checksums in its frame', async () => {
  const framed = compressFrameSync('a'.repeat(300_000), {
    contentChecksum: true,
    blockChecksums: true,
  })
  expect((await lz4Codec.decompress(framed)).length).toBe(300_000)
})

function inXerialFrame(blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from('82534e41505059000000000100000001', 'hex')
  return Buffer.concat([header, ...blocks.flatMap((block) => [lengthOf(block), block])])
}

function lengthOf(block: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(block.length)
  return length
}
