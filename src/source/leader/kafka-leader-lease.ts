import type { Admin, Consumer, PartitionAssigner } from 'kafkajs'
import kafkajs from 'kafkajs'
import { reasonOf } from '../../contract/errors.ts'
import { backOffMs, waitFor } from '../deadline.ts'
import { clientOf } from '../kafka/client.ts'
import type { KafkaConnection, KafkaPorts } from '../kafka/settings.ts'
import type { Seat, SeatTimes } from './leader-lease.ts'
import { SeatKeeper, seatedOf, seatTimes } from './leader-lease.ts'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol

export interface KafkaSeatSettings extends KafkaConnection {
  readonly groupId: string
  /** Nothing is ever written to it; whoever has its partition 0 has the seat. */
  readonly topic: string
  readonly times?: SeatTimes
}

/** How often the keeper is asked whether a term begins or is over. */
const lookEveryMs = 100
/** Beats are sent between fetches, so none may wait long for a message that never comes. */
const fetchWaitMs = 200
/** A broker that does not answer must not keep us from going on. */
const leaveMsMax = 5_000
const rejoinMsFirst = 250
const rejoinMsMax = 5_000
const tellEveryMs = 60_000
const claim = Buffer.from('seated')

/**
 * A seat that the members of a consumer group share: the group gives partition 0 of a topic to one
 * of them. Who has it keeps it while members come and go. The topic is made when it is not there.
 */
export function openKafkaSeat(settings: KafkaSeatSettings, ports: KafkaPorts): Seat {
  const { clock, log, meter } = ports
  const times = settings.times ?? seatTimes
  const keeper = new SeatKeeper(clock.now, times)
  const closing = new AbortController()
  const closed = new AbortController()
  let terms: Promise<void> = Promise.resolve()
  let attending: Promise<void> = Promise.resolve()
  let term: Promise<void> = Promise.resolve()

  /** One term: from holding the seat to having lost it, and until its work has ended. */
  const serve = async (work: (term: AbortSignal) => Promise<void>): Promise<void> => {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, closing.signal])
    log.info({ group: settings.groupId }, 'this process enforces from now on')
    meter.gauge('curfew_enforce_elected', 1)
    const done = work(signal).finally(() => over.abort())
    term = done.catch(() => {})
    while (keeper.mayBeOurs() && !signal.aborted) await clock.wait(lookEveryMs, signal)
    over.abort()
    meter.gauge('curfew_enforce_elected', 0)
    log.info({ group: settings.groupId }, 'this process enforces no more')
    await done
  }
  const serveForEver = async (work: (term: AbortSignal) => Promise<void>): Promise<void> => {
    while (!closing.signal.aborted) {
      if (keeper.isHeld()) await serve(work)
      else await clock.wait(lookEveryMs, closing.signal)
    }
  }
  return {
    isHeld: () => keeper.isHeld(),
    async run(work) {
      meter.gauge('curfew_enforce_elected', 0)
      const stay = { ...ports, settings, times, keeper, closed: closed.signal, idle: () => term }
      attending = attendForEver(stay)
      terms = serveForEver(work)
      await terms
    },
    async close() {
      closing.abort()
      await terms.catch(() => undefined)
      closed.abort()
      await waitFor(attending, { clock, ms: leaveMsMax }).catch(() => undefined)
    },
  }
}

interface Stay extends KafkaPorts {
  readonly settings: KafkaSeatSettings
  readonly times: SeatTimes
  readonly keeper: SeatKeeper
  readonly closed: AbortSignal
  /** Resolves when no work of a term is under way. */
  readonly idle: () => Promise<void>
}

/** Attends the group again and again; whatever the broker does is waited out, told once a minute. */
async function attendForEver(stay: Stay): Promise<void> {
  const { keeper, closed, clock, log } = stay
  let toldAt = Number.NEGATIVE_INFINITY
  for (let failures = 0; !closed.aborted; failures += 1) {
    const begunAt = clock.now()
    try {
      await attend(stay)
    } catch (error) {
      if (clock.now() - begunAt > rejoinMsMax) failures = 0
      const isDue = clock.now() - toldAt >= tellEveryMs
      if (isDue) toldAt = clock.now()
      const say = isDue ? log.warn : log.debug
      say({ reason: reasonOf(error) }, 'not in the group that elects who enforces; trying again')
      await clock.wait(backOffMs(failures, rejoinMsFirst, rejoinMsMax), closed)
    } finally {
      keeper.left()
    }
  }
}

/** One stay in the group. Rejects when the broker is lost, resolves when the seat is closed. */
async function attend({ settings, times, keeper, closed, idle, ...ports }: Stay): Promise<void> {
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
    partitionAssigners: [assignerOf(settings.topic, keeper)],
  })
  const crashed = listen(settings.topic, keeper, consumer)
  const over = new Promise<void>((resolve) => {
    closed.addEventListener('abort', () => resolve(), { once: true })
    if (closed.aborted) resolve()
  })
  try {
    const begun = begin(settings.topic, consumer, admin)
    await Promise.race([over, crashed, begun.then(() => Promise.race([over, crashed]))])
  } finally {
    keeper.left()
    // Whoever leaves is followed at once: what was begun in our term must be over before.
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
 * Sticky by what the members say themselves: a seat that moved to whoever joins would be given away
 * while its holder still has a call under way.
 */
function assignerOf(topic: string, keeper: SeatKeeper): PartitionAssigner {
  const [name, version] = ['curfew-seat', 1] as const
  return () => ({
    name,
    version,
    async assign({ members }) {
      const seated = seatedOf(
        members.map(({ memberId, memberMetadata }) => ({
          memberId,
          claims: MemberMetadata.decode(memberMetadata)?.userData?.equals(claim) === true,
        })),
      )
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version,
          assignment: memberId === seated ? { [topic]: [0] } : {},
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol({ topics }) {
      const userData = keeper.mayBeOurs() ? claim : Buffer.alloc(0)
      return { name, metadata: MemberMetadata.encode({ version, topics, userData }) }
    },
  })
}

/** Numbers of requests in Kafka's protocol. */
const apiKeys = { joinGroup: 11, heartbeat: 12, syncGroup: 14 } as const

/** The client calls nobody back, but says which requests were answered. Rejects when it gave up. */
function listen(topic: string, keeper: SeatKeeper, consumer: Consumer): Promise<never> {
  const { events } = consumer
  let beatenAt = 0
  let joinedAt = 0
  consumer.on(events.REBALANCING, () => keeper.joining())
  consumer.on(events.REQUEST, ({ payload: { apiKey, sentAt } }) => {
    if (apiKey === apiKeys.heartbeat) beatenAt = sentAt
    else if (apiKey === apiKeys.joinGroup) keeper.joining()
    else if (apiKey === apiKeys.syncGroup) joinedAt = sentAt
  })
  consumer.on(events.HEARTBEAT, () => keeper.beaten(beatenAt))
  consumer.on(events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    keeper.joined(memberAssignment[topic]?.includes(0) === true, joinedAt)
  })
  return new Promise<never>((_, reject) => {
    consumer.on(events.CRASH, ({ payload: { error } }) => reject(error))
  })
}
