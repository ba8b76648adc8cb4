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
  KafkaSettingsFilled,
} from '../kafka/settings.ts'
import { kafkaDefaults } from '../kafka/settings.ts'
import type { GroupMembership } from '../kafka/source.ts'
import { openKafkaSource, silentMsMax } from '../kafka/source.ts'
import type { Source } from '../source.ts'

// Node sees only some of the names this CommonJS module exports, so it is taken as a whole.
const { CompressionTypes, Partitioners } = kafkajs

/**
 * Opens Kafka as a source and a relay. The source commits durable offsets in order, and retries for ever
 * while a broker is away. `run` rejects only when a batch failed for good. The caller closes the relay
 * separately.
 */
export function openKafka(
  settings: KafkaSettings,
  ports: KafkaPorts,
): { readonly source: Source; readonly relay: Relay } {
  const client = clientOf(settings, ports)
  const source = openKafkaSource(settings, ports, (membership) =>
    join({ ...ports, ...membership, client, settings: { ...kafkaDefaults, ...settings } }),
  )
  return { source, relay: relayOf(client) }
}

/** Opens the relay alone: for a process that reads no topic, and for simulations. */
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

interface Member extends GroupMembership, KafkaPorts {
  readonly client: Kafka
  readonly settings: KafkaSettingsFilled
}

/** How long leaving may take where the broker does not answer, ms. */
const leaveMsMax = 5_000

async function join(member: Member): Promise<void> {
  const { client, settings, reader, clock } = member
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
  const closed = AbortSignal.any([member.closed, over.signal])
  const left = new Promise<void>((resolve) => {
    closed.addEventListener('abort', () => resolve(), { once: true })
    if (closed.aborted) resolve()
  })
  const work = async (): Promise<void> => {
    const topics = await begin({ ...member, closed }, consumer, admin)
    await watch({ ...member, closed, admin, topics })
  }
  try {
    await Promise.race([left, listen(member, consumer, admin), reader.failed, work()])
  } finally {
    over.abort()
    reader.rejoining()
    const leaving = Promise.allSettled([consumer.disconnect(), admin.disconnect()])
    await waitFor(leaving, { clock, ms: leaveMsMax })
  }
}

/** Subscribes to the existing topics and begins to read them. */
async function begin(member: Member, consumer: Consumer, admin: Admin): Promise<readonly string[]> {
  const { settings, reader, choose, clock, closing, closed } = member
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
      // Not `consumer.commitOffsets`: it retries, and a retry after a rebalance would commit offsets of
      // the old generation for the new one.
      reader.commitBy((offsets) => payload.commitOffsetsIfNecessary(groupedOf(offsets)))
      await reader.read(fetchedOf(payload, clock.now()))
    },
  })
  // Otherwise the client would fetch the same messages again and again while we wait to leave.
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
    heartbeat,
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

/** API keys of requests in Kafka's protocol. */
const apiKeys = { joinGroup: 11, heartbeat: 12, syncGroup: 14 } as const

/**
 * Updates the reader's membership by the client's events, which name answered requests. After the answer
 * to a join no partition is assigned until the assignment comes. Times are those of sending, since the
 * broker counts from before its answer.
 *
 * Rejects when the consumer has given up.
 */
function listen(member: Member, consumer: Consumer, admin: Admin): Promise<never> {
  const { reader, log, meter, settings } = member
  const { events } = consumer
  let heartbeatAt = 0
  let joinedAt = 0
  consumer.on(events.REQUEST, ({ payload: { apiKey, sentAt } }) => {
    if (apiKey === apiKeys.heartbeat) heartbeatAt = sentAt
    else if (apiKey === apiKeys.joinGroup) reader.rejoining()
    else if (apiKey === apiKeys.syncGroup) joinedAt = sentAt
  })
  const withinMs = silentMsMax(settings)
  const isUp = () => member.onIntakeHealth?.({ source: 'kafka', isUp: true, withinMs })
  consumer.on(events.HEARTBEAT, () => {
    reader.heartbeatAccepted(heartbeatAt)
    isUp()
  })
  consumer.on(events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    meter.count('curfew_source_rebalances_total')
    meter.gauge('curfew_source_up', 1, { source: 'kafka' })
    isUp()
    log.info({ group: settings.groupId, partitions: memberAssignment }, 'joined the consumer group')
    reader.heartbeatAccepted(joinedAt)
    reader.joined(() => describe({ ...member, admin, assigned: memberAssignment }))
  })
  return new Promise<never>((_, reject) => {
    consumer.on(events.CRASH, ({ payload: { error } }) => reject(error))
  })
}
