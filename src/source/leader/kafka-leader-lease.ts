import type { Admin, Consumer, PartitionAssigner } from 'kafkajs'
import kafkajs from 'kafkajs'
import { reasonOf } from '../../contract/errors.ts'
import { backOffMs, waitFor } from '../deadline.ts'
import { clientOf } from '../kafka/client.ts'
import type { KafkaConnection, KafkaPorts } from '../kafka/settings.ts'
import type { LeaderLease, LeaseTimes } from './leader-lease.ts'
import { electedOf, LeaseMembership, leaseTimes } from './leader-lease.ts'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol

export interface KafkaLeaderLeaseSettings extends KafkaConnection {
  readonly groupId: string
  /** No message is written to it; the member with its partition 0 holds the lease. */
  readonly topic: string
  readonly times?: LeaseTimes
}

/** How often it is checked whether a term begins or ends, ms. */
const checkEveryMs = 100
/** Heartbeats are sent between fetches, so no fetch may wait long, ms. */
const fetchWaitMs = 200
/** How long leaving may take where the broker does not answer, ms. */
const leaveMsMax = 5_000
const rejoinMsFirst = 250
const rejoinMsMax = 5_000
const logEveryMs = 60_000
const claim = Buffer.from('holder')

/**
 * A leader lease over a consumer group: the group assigns partition 0 of a topic to one member. The
 * holder keeps it while members come and go. A missing topic is created.
 */
export function openKafkaLeaderLease(
  settings: KafkaLeaderLeaseSettings,
  ports: KafkaPorts,
): LeaderLease {
  const { clock, log, meter } = ports
  const times = settings.times ?? leaseTimes
  const membership = new LeaseMembership(clock.now, times)
  const closing = new AbortController()
  const closed = new AbortController()
  let terms: Promise<void> = Promise.resolve()
  let joining: Promise<void> = Promise.resolve()
  let term: Promise<void> = Promise.resolve()

  /** One term: from getting the lease to losing it, and until its work has ended. */
  const serve = async (work: (term: AbortSignal) => Promise<void>): Promise<void> => {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, closing.signal])
    log.info({ group: settings.groupId }, 'this process is now the leader and enforces')
    meter.gauge('curfew_enforce_elected', 1)
    const done = work(signal).finally(() => over.abort())
    term = done.catch(() => {})
    while (membership.mayStillHold() && !signal.aborted) await clock.wait(checkEveryMs, signal)
    over.abort()
    meter.gauge('curfew_enforce_elected', 0)
    log.info(
      { group: settings.groupId },
      'this process is no longer the leader and does not enforce',
    )
    await done
  }
  const serveForEver = async (work: (term: AbortSignal) => Promise<void>): Promise<void> => {
    while (!closing.signal.aborted) {
      if (membership.isHeld()) await serve(work)
      else await clock.wait(checkEveryMs, closing.signal)
    }
  }
  return {
    isHeld: () => membership.isHeld(),
    async run(work) {
      meter.gauge('curfew_enforce_elected', 0)
      const member = {
        ...ports,
        settings,
        times,
        membership,
        closed: closed.signal,
        idle: () => term,
      }
      joining = joinForEver(member)
      terms = serveForEver(work)
      await terms
    },
    async close() {
      closing.abort()
      await terms.catch(() => undefined)
      closed.abort()
      await waitFor(joining, { clock, ms: leaveMsMax }).catch(() => undefined)
    },
  }
}

interface Member extends KafkaPorts {
  readonly settings: KafkaLeaderLeaseSettings
  readonly times: LeaseTimes
  readonly membership: LeaseMembership
  readonly closed: AbortSignal
  /** Resolves when no work of a term is under way. */
  readonly idle: () => Promise<void>
}

/** Joins the group again after each failure, with back-off; failures are logged once a minute. */
async function joinForEver(member: Member): Promise<void> {
  const { membership, closed, clock, log } = member
  let loggedAt = Number.NEGATIVE_INFINITY
  for (let failures = 0; !closed.aborted; failures += 1) {
    const begunAt = clock.now()
    try {
      await join(member)
    } catch (error) {
      if (clock.now() - begunAt > rejoinMsMax) failures = 0
      const isDue = clock.now() - loggedAt >= logEveryMs
      if (isDue) loggedAt = clock.now()
      const write = isDue ? log.warn : log.debug
      write({ reason: reasonOf(error) }, 'not in the group that elects the leader; trying again')
      await clock.wait(backOffMs(failures, rejoinMsFirst, rejoinMsMax), closed)
    } finally {
      membership.left()
    }
  }
}

/** One membership in the group. Rejects when the broker is lost, resolves when the lease is closed. */
async function join({
  settings,
  times,
  membership,
  closed,
  idle,
  ...ports
}: Member): Promise<void> {
  const { clock } = ports
  const client = clientOf(settings, ports)
  const admin = client.admin()
  const consumer = client.consumer({
    groupId: settings.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: times.sessionTimeoutMs,
    rebalanceTimeout: times.rebalanceTimeoutMs,
    heartbeatInterval: times.heartbeatEveryMs,
    maxWaitTimeInMs: fetchWaitMs,
    partitionAssigners: [assignerOf(settings.topic, membership)],
  })
  const crashed = listen(settings.topic, membership, consumer)
  const over = new Promise<void>((resolve) => {
    closed.addEventListener('abort', () => resolve(), { once: true })
    if (closed.aborted) resolve()
  })
  try {
    const begun = begin(settings.topic, consumer, admin)
    await Promise.race([over, crashed, begun.then(() => Promise.race([over, crashed]))])
  } finally {
    membership.left()
    // A successor begins as soon as this member leaves, so the work of our term must end before.
    await waitFor(idle(), { clock, ms: times.sessionTimeoutMs })
    const leaving = Promise.allSettled([consumer.disconnect(), admin.disconnect()])
    await waitFor(leaving, { clock, ms: leaveMsMax })
  }
}

async function begin(topic: string, consumer: Consumer, admin: Admin): Promise<void> {
  await admin.connect()
  if (!(await admin.listTopics()).includes(topic)) {
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  }
  await admin.disconnect()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: true, eachBatch: async () => {} })
}

/**
 * Sticky by the members' own claims: if the lease moved to a new member, its holder could still have a
 * call under way.
 */
function assignerOf(topic: string, membership: LeaseMembership): PartitionAssigner {
  const [name, version] = ['curfew-leader-lease', 1] as const
  return () => ({
    name,
    version,
    async assign({ members }) {
      const elected = electedOf(
        members.map(({ memberId, memberMetadata }) => ({
          memberId,
          claims: MemberMetadata.decode(memberMetadata)?.userData?.equals(claim) === true,
        })),
      )
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version,
          assignment: memberId === elected ? { [topic]: [0] } : {},
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol({ topics }) {
      const userData = membership.mayStillHold() ? claim : Buffer.alloc(0)
      return { name, metadata: MemberMetadata.encode({ version, topics, userData }) }
    },
  })
}

/** API keys of requests in Kafka's protocol. */
const apiKeys = { joinGroup: 11, heartbeat: 12, syncGroup: 14 } as const

/** Tracks membership by the client's events, which name answered requests. Rejects when it gave up. */
function listen(topic: string, membership: LeaseMembership, consumer: Consumer): Promise<never> {
  const { events } = consumer
  let heartbeatAt = 0
  let joinedAt = 0
  consumer.on(events.REBALANCING, () => membership.joining())
  consumer.on(events.REQUEST, ({ payload: { apiKey, sentAt } }) => {
    if (apiKey === apiKeys.heartbeat) heartbeatAt = sentAt
    else if (apiKey === apiKeys.joinGroup) membership.joining()
    else if (apiKey === apiKeys.syncGroup) joinedAt = sentAt
  })
  consumer.on(events.HEARTBEAT, () => membership.heartbeat(heartbeatAt))
  consumer.on(events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    membership.joined(memberAssignment[topic]?.includes(0) === true, joinedAt)
  })
  return new Promise<never>((_, reject) => {
    consumer.on(events.CRASH, ({ payload: { error } }) => reject(error))
  })
}
