import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { clientOf } from '../../../src/source/kafka/client.ts'
import { makeClock, silentLog } from '../../given.ts'

const require = createRequire(import.meta.url)

/** A varint of the protocol, for small numbers. */
const small = (n: number) => Buffer.from([n << 1])

/** A record with an offset relative to its batch and one byte of value. */
function recordOf(delta: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    ...[small(0), small(delta), Buffer.from([1]), small(1), Buffer.from('x'), small(0)],
  ])
  return Buffer.concat([small(body.length), body])
}

/** A record batch as Kafka 0.11 and later stores it: of `span` offsets, of which some are left. */
function batchOf(first: number, span: number, left: readonly number[]): Buffer {
  const records = Buffer.concat(left.map(recordOf))
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(BigInt(first), 0)
  head.writeInt32BE(49 + records.length, 8)
  head.writeInt8(2, 16)
  head.writeInt32BE(span - 1, 23)
  head.writeBigInt64BE(-1n, 43)
  head.writeInt32BE(left.length, 57)
  return Buffer.concat([head, records])
}

/** What the client makes of a fetch that brought these batches from an offset on. */
async function fetched(from: number, batches: readonly Buffer[]) {
  const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js')
  const Decoder = require('kafkajs/src/protocol/decoder.js')
  const Batch = require('kafkajs/src/consumer/batch.js')
  const bytes = Buffer.concat(batches)
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  const messages = await decodeMessages(new Decoder(Buffer.concat([size, bytes])))
  const batch = new Batch('topic', String(from), { partition: 0, highWatermark: '100', messages })
  return {
    isEmpty: batch.isEmpty(),
    read: batch.messages.map(({ offset }: { offset: string }) => Number(offset)),
    last: Number(batch.lastOffset()),
  }
}

test.each([
  ['is delivered on up to its end where nothing of it is left', 10, [[10, 5, []]], [], 14],
  [
    'is delivered on up to its end where its last records are gone',
    10,
    [[10, 5, [0, 2]]],
    [10, 12],
    14,
  ],
  [
    'is no message of its own behind another',
    10,
    [
      [10, 2, [0, 1]],
      [12, 3, []],
    ],
    [10, 11],
    14,
  ],
  ['changes nothing where all of it is there', 10, [[10, 3, [0, 1, 2]]], [10, 11, 12], 12],
  ['is passed in one step where only its end is new', 13, [[10, 5, [0, 2]]], [], 14],
] as const)('a record batch %s', async (_name, from, batches, read, last) => {
  // As a process does that opens Kafka: the client's decoder is mended before its first fetch.
  clientOf(
    { brokers: ['127.0.0.1:1'], clientId: 'test' },
    { log: silentLog, clock: makeClock().clock },
  )
  const made = batches.map(([first, span, left]) => batchOf(first, span, left))
  expect(await fetched(from, made)).toEqual({ isEmpty: false, read, last })
})
