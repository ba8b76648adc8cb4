import { reasonOf } from '../../contract/errors.ts'
import { waitFor } from '../deadline.ts'
import type { KafkaAdmin } from './admin.ts'
import { clientOf } from './client.ts'
import type { KafkaConnection, KafkaPorts, KafkaTopic } from './settings.ts'
import { makeTopicChoice } from './topic-choice.ts'

/** How a topic stands, or why that cannot be told. */
export interface TopicFound {
  readonly name: string
  readonly partitions: number
  /** Messages that the broker still keeps. */
  readonly kept: number
  /** Of those, how many the group has not committed. */
  readonly unread: number
  readonly problem?: string
}

/** What the brokers tell whoever looks. */
export interface KafkaLook {
  /** Why they tell nothing, and whether it is because of who asks. */
  readonly refusal?: { readonly isSignIn: boolean; readonly reason: string }
  /** For each entry, in order, the topics that it is the first to fit. */
  readonly entries: readonly { readonly entry: KafkaTopic; readonly found: readonly TopicFound[] }[]
}

const lookMsMax = 15_000
const leaveMsMax = 2_000

/**
 * Asks the brokers which of these topics there are and how far the group has read them. Joins no
 * group, so that whoever reads goes on undisturbed; changes nothing, and never rejects.
 */
export async function lookAtKafka(
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
): Promise<KafkaLook> {
  const bounded = { connectionTimeoutMs: 3_000, requestTimeoutMs: 5_000, ...connection }
  const admin = clientOf(bounded, { log, clock }).admin()
  const work = async (): Promise<KafkaLook> => {
    await admin.connect()
    const choose = makeTopicChoice(topics)
    const names = Map.groupBy((await admin.listTopics()).sort(), choose)
    const entries = topics.map(async (entry) => ({
      entry,
      found: await Promise.all((names.get(entry) ?? []).map((name) => look(admin, groupId, name))),
    }))
    return { entries: await Promise.all(entries) }
  }
  const over = new AbortController()
  const late = clock.wait(lookMsMax, over.signal).then(() => {
    throw new Error(`no answer within ${lookMsMax / 1_000} s`)
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

/** The brokers' own words, which may repeat what they were sent. */
function hidden(reason: string, { sasl }: KafkaConnection): string {
  const secret = sasl !== undefined && 'password' in sasl ? sasl.password : ''
  return secret === '' ? reason : reason.replaceAll(secret, '[secret]')
}

async function look(admin: KafkaAdmin, groupId: string, name: string): Promise<TopicFound> {
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
