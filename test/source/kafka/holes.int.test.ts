import { randomUUID } from 'node:crypto'
import type { Admin, Producer } from 'kafkajs'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../parts/eventually.ts'
import type { TestKafka } from '../../parts/kafka.ts'
import { startKafka } from '../../parts/kafka.ts'
import { lacks } from '../../parts/needs.ts'
import { binding, makePlay } from './kafka-play.ts'

describe.skipIf(lacks('kafka', import.meta.filename))('offsets that hold no message', () => {
  let kafka: TestKafka
  let client: Kafka
  let admin: Admin
  let producer: Producer
  let play: ReturnType<typeof makePlay>
  let topic: string
  let groupId: string

  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'group.min.session.timeout.ms': '1000' } })
    client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
    admin = client.admin()
    await admin.connect()
    producer = client.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      transactionalId: `curfew-test-${randomUUID()}`,
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await producer.connect()
  })
  afterAll(async () => {
    await producer?.disconnect()
    await admin?.disconnect()
    await kafka?.stop()
  })
  beforeEach(async () => {
    topic = `curfew-test-${randomUUID()}`
    groupId = `curfew-test-${randomUUID()}`
    play = makePlay(() => kafka)
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  })
  afterEach(() => play.endAll())

  /** Sends so many messages in one transaction, each `{"n":<its number>}` from `from` on. */
  const transact = async (from: number, count: number, end: 'commit' | 'abort'): Promise<void> => {
    const transaction = await producer.transaction()
    const messages = Array.from({ length: count }, (_, i) => ({ value: `{"n":${from + i}}` }))
    await transaction.send({ topic, messages })
    await transaction[end]()
  }
  const join = () => play.join('a', { groupId, topics: [{ topic, binding, format: 'v1' }] })
  const committed = async () => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    return Number(found?.partitions[0]?.offset)
  }
  const end = async () => Number((await admin.fetchTopicOffsets(topic))[0]?.high)
  const lagIsGone = () =>
    eventually({
      what: 'the committed offset at the end of the partition',
      timeoutMs: 15_000,
      probe: async () => ((await committed()) === (await end()) ? true : undefined),
    })
  const read = () => play.seen.map(({ value }) => JSON.parse(value).n)

  test('of an aborted transaction after messages are committed over', async () => {
    const { counts } = join()
    await transact(0, 3, 'commit')
    await transact(100, 50, 'abort')
    await play.until(3)
    await lagIsGone()
    expect(read()).toEqual([0, 1, 2])
    expect(counts.get('curfew_source_lag_messages')).toBe(0)
    await transact(3, 2, 'commit')
    await play.until(5)
    await lagIsGone()
    expect(read()).toEqual([0, 1, 2, 3, 4])
  })

  test('are committed over where the partition holds nothing else', async () => {
    await transact(100, 10, 'abort')
    await transact(200, 10, 'abort')
    const { counts } = join()
    await lagIsGone()
    expect(await committed()).toBe(22)
    expect(play.seen).toEqual([])
    expect(counts.get('curfew_source_lag_messages')).toBe(0)
  })

  test('are found committed by the next owner, who reads on from there', async () => {
    await transact(0, 3, 'commit')
    await transact(100, 10, 'abort')
    const first = join()
    await lagIsGone()
    await first.source.close()
    await transact(3, 2, 'commit')
    join()
    await play.until(5)
    await lagIsGone()
    expect(read()).toEqual([0, 1, 2, 3, 4])
  })

  test('of a transaction that is still open are waited for', async () => {
    await transact(0, 3, 'commit')
    const open = await producer.transaction()
    await open.send({ topic, messages: [{ value: '{"n":3}' }] })
    join()
    await play.until(3)
    await lagIsGone()
    expect(read()).toEqual([0, 1, 2])
    await open.commit()
    await play.until(4)
    await lagIsGone()
    expect(read()).toEqual([0, 1, 2, 3])
  })
})
