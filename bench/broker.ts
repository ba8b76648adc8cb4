import { Kafka, logLevel } from 'kafkajs'
import type { Deliver } from '../src/source/source.ts'
import { openKafka } from '../src/source/sources/kafka.ts'
import type { Decoded } from './record-batches.ts'
import { decodeBatch, readBatches } from './record-batches.ts'
import type { Variant } from './variants.ts'
import { binding, clock, idle, silent } from './variants.ts'

/** Where the events of a run over a real broker are. */
export const topic = 'bench-events'
const partitions = 4

/** Puts the events into the topic, in turn over its partitions. */
export async function fillTopic(brokers: readonly string[], input: string): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }] })
  await admin.disconnect()
  await producer.connect()
  for (const bytes of readBatches(input)) {
    const read = await decodeBatch(bytes)
    const messages = read.map(({ value }, at) => ({ value, partition: at % partitions }))
    await producer.send({ topic, messages, acks: -1 })
  }
  await producer.disconnect()
}

/**
 * Reads the topic from its begin until so many messages are acknowledged; resolves to the seconds
 * from the first message to then. The product reads by its own source; the ordinary way by the plain
 * client, one batch after the other.
 */
export async function readTopic(
  variant: Variant,
  brokers: readonly string[],
  events: number,
): Promise<number> {
  const over = Promise.withResolvers<number>()
  let [begun, handed, acknowledged] = [0, 0, 0]
  const hand = async (some: number, taken: Promise<{ readonly durable: Promise<void> }>) => {
    if (begun === 0) begun = performance.now()
    handed += some
    const { durable } = await taken
    durable
      .then(() => {
        acknowledged += some
        if (acknowledged >= events) over.resolve((performance.now() - begun) / 1_000)
      })
      .catch(over.reject)
    return { durable }
  }
  const { deliver } = variant
  const leave = deliver
    ? readAsProduct(brokers, (batch) => hand(batch.messages.length, deliver(batch)), over.reject)
    : await readPlainly(brokers, async (messages) => {
        await hand(messages.length, variant.take(messages))
        // What is left is fewer rows than it waits for.
        if (handed >= events) await variant.close()
      })
  const seconds = await over.promise
  await leave()
  return seconds
}

function readAsProduct(
  brokers: readonly string[],
  deliver: Deliver,
  failed: (error: unknown) => void,
): () => Promise<void> {
  const topics = [{ topic, binding, format: 'session-event-v1' }]
  const { source } = openKafka(
    { brokers, clientId: 'bench', groupId: `bench-${process.pid}`, topics },
    { log: silent, meter: idle, clock },
  )
  source.run(deliver).catch(failed)
  return () => source.close()
}

/** What one would write in an afternoon: the client's own loop, a batch at a time. */
async function readPlainly(
  brokers: readonly string[],
  take: (messages: readonly Decoded[]) => Promise<void>,
): Promise<() => Promise<void>> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachBatch: async ({ batch }) => {
      const { messages } = batch
      await take(messages.flatMap(({ value, offset }) => (value ? [{ value, offset }] : [])))
    },
  })
  return () => consumer.disconnect()
}
