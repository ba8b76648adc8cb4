import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TestKafka } from './kafka.ts'
import { startKafka } from './kafka.ts'
import { givenFor, lacks } from './needs.ts'

const MESSAGES = 1000

const aClient = (kafka: TestKafka): Kafka =>
  new Kafka({ clientId: 'curfew-test', brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })

const produce = async (kafka: TestKafka, topic: string): Promise<void> => {
  const producer = aClient(kafka).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  const messages = Array.from({ length: MESSAGES }, (_, index) => ({
    key: `subject-${index % 7}`,
    value: `message ${index}`,
  }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

/** Reads the topic from its start as a new group until `MESSAGES` different values are seen. */
const consumeAll = async (kafka: TestKafka, topic: string): Promise<ReadonlySet<string>> => {
  const consumer = aClient(kafka).consumer({ groupId: `curfew-test-${randomUUID()}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const seen = new Set<string>()
  const { promise, resolve } = Promise.withResolvers<void>()
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) seen.add(String(value))
      if (seen.size === MESSAGES) resolve()
    },
  })
  await promise
  await consumer.disconnect()
  return seen
}

describe.skipIf(lacks('kafka', import.meta.filename))('a real Kafka broker', () => {
  let kafka: TestKafka
  const topic = `curfew-test-${randomUUID()}`

  beforeAll(async () => {
    kafka = await startKafka()
    const admin = aClient(kafka).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] })
    await admin.disconnect()
  })

  afterAll(async () => {
    await kafka?.stop()
  })

  test('gives back every message that was put in', async () => {
    await produce(kafka, topic)
    const seen = await consumeAll(kafka, topic)
    expect(seen).toEqual(new Set(Array.from({ length: MESSAGES }, (_, i) => `message ${i}`)))
  })

  test.skipIf(givenFor('kafka'))('keeps its messages and its port over a restart', async () => {
    const { port } = kafka
    await kafka.restart()
    expect(kafka.port).toBe(port)
    expect((await consumeAll(kafka, topic)).size).toBe(MESSAGES)
  })

  test.skipIf(givenFor('kafka'))(
    'keeps its messages when it is killed and brought back',
    async () => {
      await kafka.kill()
      await expect(connectOnce(kafka)).rejects.toThrow()
      await kafka.restart()
      expect((await consumeAll(kafka, topic)).size).toBe(MESSAGES)
    },
  )
})

describe.skipIf(lacks('kafka', import.meta.filename))('a Kafka broker that cannot start', () => {
  test.skipIf(givenFor('kafka'))('says why, in its own last words', async () => {
    const started = startKafka({
      properties: { 'advertised.listeners': 'PLAINTEXT://0.0.0.0:1' },
    })
    await expect(started).rejects.toThrow(/advertised\.listeners cannot use the nonroutable/)
  })
})

describe('brokers named by the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('are used as they are, and never ended', async () => {
    vi.stubEnv('CURFEW_TEST_KAFKA', '192.0.2.7:9092, 192.0.2.8:9092')
    await using kafka = await startKafka()
    expect(kafka.brokers).toEqual(['192.0.2.7:9092', '192.0.2.8:9092'])
    await expect(kafka.restart()).rejects.toThrow('not ours to end')
    await expect(kafka.kill()).rejects.toThrow('not ours to end')
  })
})

const connectOnce = async (kafka: TestKafka): Promise<void> => {
  const admin = new Kafka({
    brokers: [...kafka.brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin()
  await admin.connect()
  await admin.disconnect()
}
