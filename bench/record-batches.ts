import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * Kafka record batches in memory, as a fetch brings them, made and read by the client's own codec:
 * what the client costs is then part of every figure, without a broker's noise.
 */
const require = createRequire(import.meta.url)
const RecordBatch: (options: object) => Promise<{ readonly buffer: Buffer }> =
  require('kafkajs/src/protocol/recordBatch/v0/index.js').RecordBatch
const Record: (
  options: object,
) => object = require('kafkajs/src/protocol/recordBatch/record/v0/index.js')
const Decoder: new (bytes: Buffer) => object = require('kafkajs/src/protocol/decoder.js')
const decode: (decoder: object) => Promise<{
  readonly records: readonly Decoded[]
}> = require('kafkajs/src/protocol/recordBatch/v0/decoder.js')

export interface Decoded {
  readonly offset: string
  readonly value: Buffer
}

/** Messages of one batch: what a fetch of some hundred kilobytes brings. */
const batchMessages = 2_000

/** Writes messages as record batches of 2,000, each behind its length. */
export async function writeBatches(path: string, messages: Iterable<string>): Promise<void> {
  const file = openSync(path, 'wx', 0o600)
  let values: string[] = []
  let first = 0
  const flush = async () => {
    if (values.length === 0) return
    const records = values.map((value, offsetDelta) =>
      Record({ offsetDelta, key: null, value: Buffer.from(value) }),
    )
    const { buffer } = await RecordBatch({
      firstOffset: first,
      lastOffsetDelta: records.length - 1,
      records,
    })
    const length = Buffer.alloc(4)
    length.writeUInt32LE(buffer.length)
    writeSync(file, length)
    writeSync(file, buffer)
    first += values.length
    values = []
  }
  for (const message of messages) {
    values.push(message)
    if (values.length === batchMessages) await flush()
  }
  await flush()
  closeSync(file)
}

/**
 * Reads such a file batch by batch, into a few buffers in turn: fetching new memory for each would
 * cost the kernel more than a socket does. A batch holds until the fourth after it is read.
 */
export function* readBatches(path: string): Generator<Buffer> {
  const file = openSync(path, 'r')
  const length = Buffer.alloc(4)
  const buffers = Array.from({ length: 4 }, () => Buffer.alloc(0))
  for (let turn = 0; readSync(file, length) === 4; turn = (turn + 1) % buffers.length) {
    const size = length.readUInt32LE()
    if ((buffers[turn]?.length ?? 0) < size) buffers[turn] = Buffer.alloc(size * 2)
    const bytes = (buffers[turn] ?? Buffer.alloc(size)).subarray(0, size)
    readSync(file, bytes)
    yield bytes
  }
  closeSync(file)
}

/** Reads one record batch as the client does. */
export async function decodeBatch(bytes: Buffer): Promise<readonly Decoded[]> {
  return (await decode(new Decoder(bytes))).records
}
