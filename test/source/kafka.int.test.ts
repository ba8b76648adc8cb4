import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { CompressionCodecs, CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs'
import { compressSync } from 'snappy'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Relay, RelayCodec } from '../../src/source/kafka/relay.ts'
import type { KafkaTopic } from '../../src/source/kafka/settings.ts'
import { openKafkaRelay } from '../../src/source/sources/kafka.ts'
import { silentLog } from '../given.ts'
import { eventually } from '../parts/eventually.ts'
import type { TestKafka } from '../parts/kafka.ts'
import { startKafka } from '../parts/kafka.ts'
import { givenFor, lacks } from '../parts/needs.ts'
import { binding, distinct, makePlay, wallClock, wronglyNew } from './kafka/kafka-play.ts'

describe.skipIf(lacks('kafka', import.meta.filename))('Kafka as a source', () => {
  let kafka: TestKafka
  let client: Kafka
  let admin: Admin
  let relay: Relay
  let play: ReturnType<typeof makePlay>
  let topic: string
  let groupId: string

  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'group.min.session.timeout.ms': '1000' } })
    relay = openKafkaRelay(
      { brokers: kafka.brokers, clientId: 'test-relay' },
      { log: silentLog, clock: wallClock },
    )
    client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
    admin = client.admin()
    await admin.connect()
  })
  afterAll(async () => {
    await relay?.close()
    await admin?.disconnect()
    await kafka?.stop()
  })

  beforeEach(async () => {
    topic = `curfew-test-${randomUUID()}`
    groupId = `curfew-test-${randomUUID()}`
    play = makePlay(() => kafka)
    await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] })
  })
  afterEach(async () => {
    await play.endAll()
    expect(play.early).toEqual([])
  })

  const entry = (): KafkaTopic => ({ topic, binding, format: 'v1' })
  const member = (name: string, options?: Parameters<typeof play.join>[2]) =>
    play.join(name, { groupId, topics: [entry()] }, options)
  const produce = (from: number, count: number, codec: RelayCodec = 'lz4') =>
    relay.send(
      Array.from({ length: count }, (_, i) => ({
        topic,
        key: `subject-${(from + i) % 97}`,
        value: Buffer.from(`{"n":${from + i}}`),
      })),
      { codec },
    )
  const committed = async () =>
    (await admin.fetchOffsets({ groupId, topics: [topic] }))
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
  const committedReaches = (count: number) =>
    eventually({
      what: `${count} messages committed`,
      timeoutMs: 10_000,
      probe: async () => ((await committed()) === count ? true : undefined),
    })
  const membersOf = async () => {
    const { groups } = await admin.describeGroups([groupId])
    return groups[0]?.members.length ?? 0
  }
  const values = () => new Set(play.seen.map(({ value }) => value))
  const numbers = (count: number) => new Set(Array.from({ length: count }, (_, i) => `{"n":${i}}`))

  test('reads every codec, and Snappy as Java frames it', async () => {
    const codecs: readonly RelayCodec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
    for (const [index, codec] of codecs.entries()) await produce(index * 300, 300, codec)
    const ours = CompressionCodecs[CompressionTypes.Snappy]
    CompressionCodecs[CompressionTypes.Snappy] = () => ({ compress: inXerialFrame })
    const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({
      topic,
      compression: CompressionTypes.Snappy,
      messages: Array.from({ length: 300 }, (_, i) => ({ value: `{"n":${1_500 + i}}` })),
    })
    await producer.disconnect()
    CompressionCodecs[CompressionTypes.Snappy] = ours

    member('a')
    await play.until(1_800)
    expect(values()).toEqual(numbers(1_800))
    expect(play.seen).toHaveLength(1_800)
  })

  test('commits only what is durable, and after a crash the rest comes again, marked', async () => {
    await produce(0, 1_000)
    const first = member('first', { withheld: true })
    await play.until(1_000)
    await first.source.close(0)
    expect(await committed()).toBe(0)

    const second = member('second')
    await eventually({
      what: 'all of it again',
      timeoutMs: 10_000,
      probe: async () => (play.seen.length === 2_000 ? true : undefined),
    })
    expect(second.batches.every(({ redelivered }) => redelivered)).toBe(true)
    await committedReaches(1_000)

    await produce(1_000, 1_000)
    await play.until(2_000)
    await second.source.close()
    expect(await committed()).toBe(2_000)
    expect(wronglyNew(play.seen)).toEqual([])
    expect(play.seen.slice(2_000).some(({ known }) => known)).toBe(false)
  })

  test('holds no more than it may while nothing becomes durable, and stays a member', async () => {
    await produce(0, 40_000)
    const settings = { groupId, topics: [entry()], inFlightMax: 5 }
    const slow = play.join('slow', settings, { withheld: true })
    await eventually({
      what: 'five slices underway',
      timeoutMs: 10_000,
      probe: async () => (slow.batches.length === 5 ? true : undefined),
    })
    await delay(4_000) // longer than the session lasts without heartbeats
    expect(slow.batches).toHaveLength(5)
    expect(slow.counts.get('curfew_source_waiting_partitions')).toBeGreaterThan(0)
    slow.release()
    await play.until(40_000)
    expect(play.seen).toHaveLength(40_000)
    expect(slow.counts.get('curfew_source_rebalances_total')).toBe(1)
    await committedReaches(40_000)
    // The broker shows a commit to others before the member has its answer.
    await eventually({
      what: 'no lag',
      timeoutMs: 10_000,
      probe: async () => slow.counts.get('curfew_source_lag_messages') === 0 || undefined,
    })
    expect(slow.counts.get('curfew_source_waiting_partitions')).toBe(0)
  })

  test('loses nothing while members come and go, and never takes for new what was had', async () => {
    const producing = (async () => {
      for (let from = 0; from < 30_000; from += 1_000) {
        await produce(from, 1_000)
        await delay(100)
      }
    })()
    const a = member('a', { durableMs: 150 })
    await play.until(5_000)
    const b = member('b', { durableMs: 150 })
    await eventually({
      what: 'the second member reads',
      timeoutMs: 15_000,
      probe: async () => (b.batches.length > 3 ? true : undefined),
    })
    await a.source.close()
    await producing
    await play.until(30_000)
    expect(values()).toEqual(numbers(30_000))
    expect(wronglyNew(play.seen)).toEqual([])
    const again = play.seen.length - distinct(play.seen)
    expect(again).toBeLessThan(10_000)
  })

  test('leaves at once when it is closed, with everything durable committed', async () => {
    await produce(0, 2_000)
    const { source, run } = member('a', { durableMs: 100 })
    await play.until(2_000)
    const startedAt = performance.now()
    await source.close()
    await run
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(await committed()).toBe(2_000)
    expect(await membersOf()).toBe(0)
  })

  test('finds topics of a pattern that are made later, each read as its entry says', async () => {
    const pattern = `${topic}-.*`
    const others = { pattern, binding: { ...binding, instance: 'other' }, format: 'okta' }
    const { batches } = play.join('a', { groupId, topics: [entry(), others] })
    await produce(0, 10)
    await play.until(10)
    const late = `${topic}-late`
    await admin.createTopics({ topics: [{ topic: late, numPartitions: 1 }] })
    const headers = { 'curfew-format': 'workos', 'curfew-received-at': '1' }
    await relay.send([{ topic: late, key: null, value: Buffer.from('{}'), headers }])
    await play.until(11)
    const batch = batches.find(({ source }) => source === `kafka:${late}`)
    expect(batch).toMatchObject({ format: 'okta', binding: { instance: 'other' } })
    expect(batch?.messages[0]?.format).toBe('workos')
    // Whoever may write to a topic that is no relay does not choose when its events were received.
    expect(batch?.messages[0]?.receivedAt).toBeGreaterThan(1)
  })

  test.skipIf(givenFor('kafka'))('outlives a restart of the broker in the middle', async () => {
    await produce(0, 5_000)
    const { run } = member('a', { durableMs: 50 })
    let ended = false
    void run.finally(() => {
      ended = true
    })
    await play.until(5_000)
    await kafka.restart()
    await eventually({
      what: 'the relay sends again',
      timeoutMs: 20_000,
      probe: () => produce(5_000, 1_000).then(() => true as const),
    })
    await play.until(6_000, 40_000)
    expect(values()).toEqual(numbers(6_000))
    expect(wronglyNew(play.seen)).toEqual([])
    expect(ended).toBe(false)
  })

  test.skipIf(givenFor('kafka'))('may be opened before the broker is there', async () => {
    await produce(0, 100)
    await kafka.kill()
    member('early')
    await delay(1_500)
    expect(play.seen).toEqual([])
    await kafka.restart()
    await play.until(100, 40_000)
  })
})

/** What snappy-java writes: a magic number, two versions, then blocks of at most 32 KiB. */
async function inXerialFrame({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> {
  const parts: Buffer[] = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (let at = 0; at < buffer.length; at += 1_000) {
    const block = compressSync(buffer.subarray(at, at + 1_000))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}
