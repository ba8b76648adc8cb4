import { reasonOf } from '../../contract/errors.ts'
import { waitFor } from '../deadline.ts'
import type { KafkaAdmin } from './admin.ts'
import { clientOf } from './client.ts'
import type { KafkaConnection, KafkaPorts, KafkaTopic } from './settings.ts'
import { makeTopicChoice } from './topic-choice.ts'

/** The state of a topic, or why it is not available. */
export interface TopicCheck {
  readonly name: string
  readonly partitions: number
  /** Messages that the broker retains. */
  readonly kept: number
  /** Of those, how many the group has not committed. */
  readonly unread: number
  readonly problem?: string
}

/** The answer of the brokers. */
export interface KafkaCheck {
  /** Why they refused, and whether it was for the credentials. */
  readonly refusal?: { readonly isSignIn: boolean; readonly reason: string }
  /** For each entry, in order, the topics that it is the first to fit. */
  readonly entries: readonly { readonly entry: KafkaTopic; readonly found: readonly TopicCheck[] }[]
}

const checkMsMax = 15_000
const leaveMsMax = 2_000

/**
 * Checks which of these topics exist and how far the group has read them. Joins no group, so that its
 * members are not disturbed; changes nothing, and never rejects.
 */
export async function checkKafka(
  {
    connection,
    groupId,
    topics,
  }: {
    readonly connection: KafkaConnection
    readonly groupId: string
    readonly topics: readonly KafkaTopic[]
  },
  { log, clock }: Pick<KafkaPorts, 'log' | 'clock'>,
): Promise<KafkaCheck> {
  const bounded = { connectionTimeoutMs: 3_000, requestTimeoutMs: 5_000, ...connection }
  const admin = clientOf(bounded, { log, clock }).admin()
  const work = async (): Promise<KafkaCheck> => {
    await admin.connect()
    const choose = makeTopicChoice(topics)
    const names = Map.groupBy((await admin.listTopics()).sort(), choose)
    const entries = topics.map(async (entry) => ({
      entry,
      found: await Promise.all(
        (names.get(entry) ?? []).map((name) => checkTopic(admin, groupId, name)),
      ),
    }))
    return { entries: await Promise.all(entries) }
  }
  const over = new AbortController()
  const late = clock.wait(checkMsMax, over.signal).then(() => {
    throw new Error(`no answer within ${checkMsMax / 1_000} s`)
  })
  try {
    return await Promise.race([work(), late])
  } catch (error) {
    const isSignIn = error instanceof Error && error.name === 'KafkaJSSASLAuthenticationError'
    return { entries: [], refusal: { isSignIn, reason: hidden(reasonOf(error), connection) } }
  } finally {
    late.catch(() => undefined)
    over.abort()
    await waitFor(admin.disconnect(), { clock, ms: leaveMsMax }).catch(() => undefined)
  }
}

/** The brokers' message without the password, which it may repeat. */
function hidden(reason: string, { sasl }: KafkaConnection): string {
  const secret = sasl !== undefined && 'password' in sasl ? sasl.password : ''
  return secret === '' ? reason : reason.replaceAll(secret, '[secret]')
}

async function checkTopic(admin: KafkaAdmin, groupId: string, name: string): Promise<TopicCheck> {
  try {
    const bounds = await admin.fetchTopicOffsets(name)
    const committed = await admin.fetchOffsets({ groupId, topics: [name] })
    const readTo = new Map(
      committed
        .flatMap(({ partitions }) => partitions)
        .map(({ partition, offset }) => [partition, Number(offset)]),
    )
    let [kept, unread] = [0, 0]
    for (const { partition, low, high } of bounds) {
      kept += Number(high) - Number(low)
      unread += Number(high) - Math.max(Number(low), readTo.get(partition) ?? 0)
    }
    return { name, partitions: bounds.length, kept, unread }
  } catch (error) {
    return { name, partitions: 0, kept: 0, unread: 0, problem: reasonOf(error) }
  }
}
