import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import kafkajs from 'kafkajs'
import { CurfewError } from '../../contract/errors.ts'
import { waitFor } from '../deadline.ts'
import { describe, topicsToRead, watch } from '../kafka/admin.ts'
import type { FetchedBatch } from '../kafka/chunks.ts'
import { clientOf } from '../kafka/client.ts'
import type { DueOffset } from '../kafka/offsets.ts'
import type { Relay } from '../kafka/relay.ts'
import { makeRelay } from '../kafka/relay.ts'
import type {
  KafkaConnection,
  KafkaPorts,
  KafkaSettings,
  KafkaSettingsGiven,
} from '../kafka/settings.ts'
import { kafkaDefaults } from '../kafka/settings.ts'
import type { Attendance } from '../kafka/source.ts'
import { openKafkaSource, silentMsMax } from '../kafka/source.ts'
import type { Source } from '../source.ts'

// Node sees only some of the names this CommonJS module exports, so it is taken as a whole.
const { CompressionTypes, Partitioners } = kafkajs

/**
 * Opens Kafka as a source and as a way in. The source commits by itself, in order and only what is
 * durable; a broker that is away is waited for, for ever. `run` rejects only when a batch failed
 * for good. The relay is closed apart from the source, by whoever sends through it.
 */
export function openKafka(
  settings: KafkaSettings,
  ports: KafkaPorts,
): { readonly source: Source; readonly relay: Relay } {
  const client = clientOf(settings, ports)
  const source = openKafkaSource(settings, ports, (attendance) =>
    attend({ ...ports, ...attendance, client, settings: { ...kafkaDefaults, ...settings } }),
  )
  return { source, relay: relayOf(client) }
}

/** Opens only the way in: for a replica that reads no topic, and for simulations. */
export function openKafkaRelay(
  connection: KafkaConnection,
  ports: Pick<KafkaPorts, 'log' | 'clock'>,
): Relay {
  return relayOf(clientOf(connection, ports))
}

/**
 * Not the idempotent producer: this client's loses its count of sequence numbers after a failed
 * request and then sends nothing any more, while a duplicate costs us nothing (event ids).
 */
function relayOf(client: Kafka): Relay {
  const producer = client.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    idempotent: false,
    retry: { retries: 3, maxRetryTime: 2_000 },
  })
  return makeRelay({
    connect: () => producer.connect(),
    disconnect: () => producer.disconnect(),
    async produce(messages, codec) {
      const byTopic = Map.groupBy(messages, ({ topic }) => topic)
      const topicMessages = [...byTopic].map(([topic, some]) => ({
        topic,
        messages: some.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
      }))
      await producer.sendBatch({ acks: -1, compression: compressions[codec], topicMessages })
    },
  })
}

const compressions = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const

interface Stay extends Attendance, KafkaPorts {
  readonly client: Kafka
  readonly settings: KafkaSettingsGiven
}

/** A broker that does not answer must not keep us from going on. */
const leaveMsMax = 5_000

async function attend(stay: Stay): Promise<void> {
  const { client, settings, reader, clock } = stay
  const admin = client.admin()
  const consumer = client.consumer({
    groupId: settings.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: settings.sessionTimeoutMs,
    heartbeatInterval: settings.heartbeatEveryMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    maxBytes: settings.fetchBytesMax,
    maxBytesPerPartition: settings.fetchBytesPerPartitionMax,
    maxWaitTimeInMs: 500,
  })
  const over = new AbortController()
  const closed = AbortSignal.any([stay.closed, over.signal])
  const left = new Promise<void>((resolve) => {
    closed.addEventListener('abort', () => resolve(), { once: true })
    if (closed.aborted) resolve()
  })
  const work = async (): Promise<void> => {
    const topics = await begin({ ...stay, closed }, consumer, admin)
    await watch({ ...stay, closed, admin, topics })
  }
  try {
    await Promise.race([left, listen(stay, consumer, admin), reader.failed, work()])
  } finally {
    over.abort()
    reader.rejoining()
    const leaving = Promise.allSettled([consumer.disconnect(), admin.disconnect()])
    await waitFor(leaving, { clock, ms: leaveMsMax })
  }
}

/** Subscribes to the topics that there are, and begins to read them. */
async function begin(stay: Stay, consumer: Consumer, admin: Admin): Promise<readonly string[]> {
  const { settings, reader, choose, clock, closing, closed } = stay
  await admin.connect()
  const topics = await topicsToRead(admin, choose)
  if (topics.length === 0) {
    throw new CurfewError(
      'SOURCE_UNREACHABLE',
      'Expected at least one of the topics to read; the broker shows none of them. ' +
        'Create them, or check their names and the right to describe them.',
      { retry: true },
    )
  }
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: true })
  if (closed.aborted) return topics
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: settings.partitionsConsumedConcurrently,
    eachBatch: async (payload) => {
      // Not `consumer.commitOffsets`: that retries by itself, and a retry after a rebalance would
      // commit for the new generation what was ours in the old one.
      reader.commitBy((offsets) => payload.commitOffsetsIfNecessary(groupedOf(offsets)))
      await reader.read(fetchedOf(payload, clock.now()))
    },
  })
  // Else the client would fetch the same messages over and over while we wait to leave.
  const pause = (): void => consumer.pause(topics.map((topic) => ({ topic })))
  closing.addEventListener('abort', pause, { once: true, signal: closed })
  if (closing.aborted) pause()
  return topics
}

function fetchedOf(
  { batch, heartbeat, resolveOffset }: EachBatchPayload,
  receivedAt: number,
): FetchedBatch {
  return {
    receivedAt,
    topic: batch.topic,
    partition: batch.partition,
    messages: batch.messages,
    lastOffset: Number(batch.lastOffset()),
    end: Number(batch.highWatermark),
    beat: heartbeat,
    passed: (offset) => resolveOffset(String(offset)),
  }
}

function groupedOf(offsets: readonly DueOffset[]) {
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    partitions: some.map(({ partition, offset, metadata }) => ({
      partition,
      offset: String(offset),
      metadata,
    })),
  }))
  return { topics }
}

/** Numbers of requests in Kafka's protocol. */
const apiKeys = { joinGroup: 11, heartbeat: 12, syncGroup: 14 } as const

/**
 * Tells the reader when we are a member and of what: the client calls nobody back, but it says
 * which requests were answered. Once a join was answered nothing is ours until the assignment
 * comes; times are those of sending, since the broker counts from before its answer.
 *
 * Rejects when the consumer has given up.
 */
function listen(stay: Stay, consumer: Consumer, admin: Admin): Promise<never> {
  const { reader, log, meter, settings } = stay
  const { events } = consumer
  let beatenAt = 0
  let joinedAt = 0
  consumer.on(events.REQUEST, ({ payload: { apiKey, sentAt } }) => {
    if (apiKey === apiKeys.heartbeat) beatenAt = sentAt
    else if (apiKey === apiKeys.joinGroup) reader.rejoining()
    else if (apiKey === apiKeys.syncGroup) joinedAt = sentAt
  })
  const withinMs = silentMsMax(settings)
  const isUp = () => stay.onIntakeHealth?.({ source: 'kafka', isUp: true, withinMs })
  consumer.on(events.HEARTBEAT, () => {
    reader.beaten(beatenAt)
    isUp()
  })
  consumer.on(events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    meter.count('curfew_source_rebalances_total')
    meter.gauge('curfew_source_up', 1, { source: 'kafka' })
    isUp()
    log.info({ group: settings.groupId, partitions: memberAssignment }, 'joined the consumer group')
    reader.beaten(joinedAt)
    reader.joined(() => describe({ ...stay, admin, assigned: memberAssignment }))
  })
  return new Promise<never>((_, reject) => {
    consumer.on(events.CRASH, ({ payload: { error } }) => reject(error))
  })
}
