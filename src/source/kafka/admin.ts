import { CurfewError, reasonOf } from '../../contract/errors.ts'
import type { Assignment } from './offsets.ts'
import type { KafkaPorts, KafkaSettingsFilled } from './settings.ts'
import type { GroupMembership } from './source.ts'

/** Admin calls to the brokers; offsets are decimal numbers as text. */
export interface KafkaAdmin {
  readonly listTopics: () => Promise<readonly string[]>
  readonly fetchTopicOffsets: (topic: string) => Promise<
    readonly {
      readonly partition: number
      /** First available offset, and that of the next message to be produced. */
      readonly low: string
      readonly high: string
    }[]
  >
  readonly fetchOffsets: (of: { readonly groupId: string; topics: string[] }) => Promise<
    readonly {
      readonly topic: string
      readonly partitions: readonly {
        readonly partition: number
        /** Negative when the group has none. */
        readonly offset: string
        readonly metadata: string | null
      }[]
    }[]
  >
}

interface Asking extends KafkaPorts {
  readonly settings: KafkaSettingsFilled
  readonly admin: KafkaAdmin
}

/** The existing topics that an entry chooses, in order of name. */
export async function topicsToRead(
  admin: KafkaAdmin,
  choose: GroupMembership['choose'],
): Promise<string[]> {
  return (await admin.listTopics()).filter((name) => choose(name) !== undefined).sort()
}

/** The offsets of the assigned partitions. Logs an error when the broker deleted unread messages. */
export async function describe({
  settings: { groupId },
  log,
  meter,
  admin,
  assigned,
}: Asking & {
  readonly assigned: { readonly [topic: string]: readonly number[] }
}): Promise<readonly Assignment[]> {
  const assignments: Assignment[] = []
  const topics = Object.keys(assigned)
  if (topics.length === 0) return []
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics })) {
    const bounds = new Map((await admin.fetchTopicOffsets(topic)).map((b) => [b.partition, b]))
    for (const { partition, offset, metadata } of partitions) {
      const bound = bounds.get(partition)
      if (bound === undefined || assigned[topic]?.includes(partition) !== true) continue
      const committed = Number(offset) < 0 ? null : Number(offset)
      const lost = committed === null ? 0 : Number(bound.low) - committed
      if (lost > 0) {
        meter.count('curfew_source_expired_messages_total', { topic }, lost)
        const fields = { topic, partition, messages: lost }
        log.error(
          fields,
          'the broker deleted messages before they were read; lengthen its retention',
        )
      }
      const end = Number(bound.high)
      assignments.push({ topic, partition, committed, stamp: metadata, end })
    }
  }
  return assignments
}

/**
 * Updates the lag of partitions that are not being fetched, and checks for new topics. Resolves when the
 * topics to read have changed. Rejects when no heartbeat was accepted for long and the client has not
 * noticed.
 */
export async function watch({
  settings,
  reader,
  choose,
  closed,
  clock,
  log,
  admin,
  topics,
}: Asking & GroupMembership & { readonly topics: readonly string[] }): Promise<void> {
  const silentMsMax = settings.sessionTimeoutMs * 2 + settings.rebalanceTimeoutMs
  const startedAt = clock.now()
  for (;;) {
    await clock.wait(settings.watchEveryMs, closed)
    if (closed.aborted) return
    if (clock.now() - Math.max(startedAt, reader.heartbeatAt) > silentMsMax) {
      throw new CurfewError(
        'SOURCE_UNREACHABLE',
        `Expected the group to accept a heartbeat at least every ${silentMsMax} ms; it accepted none. Joining again.`,
        { retry: true },
      )
    }
    try {
      if ((await topicsToRead(admin, choose)).join() !== topics.join()) return
      for (const topic of topics) {
        for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
          reader.noteEnd(topic, partition, Number(high))
        }
      }
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'the broker did not list its topics; asking again')
    }
  }
}
