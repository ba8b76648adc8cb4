import { randomUUID } from 'node:crypto'
import type { Admin, Message, Producer } from 'kafkajs'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aDecode } from '../../decode/given.ts'
import type { TestKafka } from '../../parts/kafka.ts'
import { startKafka } from '../../parts/kafka.ts'
import { lacks } from '../../parts/needs.ts'
import { binding, makePlay } from './kafka-play.ts'

describe.skipIf(lacks('kafka', import.meta.filename))('what producers write to a topic', () => {
  let kafka: TestKafka
  let admin: Admin
  let producer: Producer
  let play: ReturnType<typeof makePlay>
  let topic: string

  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'group.min.session.timeout.ms': '1000' } })
    const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
    admin = client.admin()
    producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await Promise.all([admin.connect(), producer.connect()])
  })
  afterAll(async () => {
    await Promise.all([admin?.disconnect(), producer?.disconnect()])
    await kafka?.stop()
  })
  beforeEach(async () => {
    topic = `curfew-test-${randomUUID()}`
    play = makePlay(() => kafka)
    await admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: 1,
          configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
        },
      ],
    })
  })
  afterEach(() => play.endAll())

  const event = (id: string) => ({
    version: 1,
    id,
    type: 'session.created',
    occurred_at: '2020-01-01T00:00:00Z',
    session: { id: `session-${id}` },
    subject: { id: 'ada' },
  })
  const text = (value: object) => JSON.stringify(value)
  const framed = (hex: string, value: object) =>
    Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(text(value))])
  const cloudEvent = { specversion: '1.0', id: 'ce-1', source: '/sso', type: 'com.example.session' }

  /** Produces the messages, reads all of them over the broker, and decodes what was delivered. */
  async function decoded(messages: readonly Omit<Message, 'partition'>[], envelope?: string) {
    const keyed = messages.map((message, at) => ({ key: `k${at}`, ...message }))
    await producer.send({ topic, messages: keyed })
    const lane = 'historical'
    const entry = { topic, binding: { ...binding, lane }, format: 'session-event-v1' } as const
    const { batches } = play.join('a', {
      groupId: `curfew-test-${randomUUID()}`,
      topics: [envelope === undefined ? entry : { ...entry, envelope }],
    })
    await play.until(messages.length)
    const told = batches.map(aDecode())
    return {
      ids: told.flatMap(({ events }) => events.map(({ nativeId }) => nativeId)),
      rejected: told.flatMap(({ rejected }) => rejected.map(({ detail }) => detail)),
      tombstones: told.reduce((sum, { tombstones }) => sum + tombstones, 0),
    }
  }

  test('is read out of whatever is around it, and from headers nothing is taken', async () => {
    const told = await decoded([
      { value: text(event('bare')) },
      { value: framed('000000002a', event('confluent')) },
      { value: framed('00000000000000002a', event('apicurio')) },
      { value: text({ schema: { type: 'struct' }, payload: event('connect') }) },
      { value: text({ ...cloudEvent, data: event('cloudevents') }) },
      {
        value: text(event('binary')),
        headers: {
          'content-type': 'application/json',
          ce_specversion: '1.0',
          ce_id: 'ce-2',
          ce_source: '/sso',
          ce_type: 'com.example.session',
        },
      },
      { value: `\ufeff${text(event('marked'))}` },
    ])
    expect(told.rejected).toEqual([])
    expect(told.ids).toEqual([
      'bare',
      'confluent',
      'apicurio',
      'connect',
      'cloudevents',
      'binary',
      'marked',
    ])
  })

  test('is passed over where it is a tombstone, and rejected where it is Avro or an array', async () => {
    const told = await decoded([
      { value: text(event('one')) },
      { value: null },
      { value: '' },
      { value: Buffer.from('000000002a1a7573652d376633610274', 'hex') },
      { value: text([event('two')]) },
      { value: text(event('three')) },
    ])
    expect(told.ids).toEqual(['one', 'three'])
    expect(told.tombstones).toBe(2)
    expect(told.rejected).toEqual([
      expect.stringContaining('Avro or Protobuf'),
      expect.stringContaining('one message holds one event'),
    ])
  })

  test('is opened as the topic says, and rejected where it is not so', async () => {
    const told = await decoded(
      [
        { value: text({ schema: { type: 'struct' }, payload: event('connect') }) },
        { value: text(event('bare')) },
      ],
      'connect',
    )
    expect(told.ids).toEqual(['connect'])
    expect(told.rejected).toEqual([expect.stringContaining('envelope says: connect')])
  })
})
