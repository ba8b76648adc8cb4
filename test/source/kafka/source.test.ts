import { beforeEach, describe, expect, test } from 'vitest'
import type { Log, Meter } from '../../../src/contract/ports.ts'
import type { KafkaAdmin } from '../../../src/source/kafka/admin.ts'
import { describe as describePartitions, watch } from '../../../src/source/kafka/admin.ts'
import { KafkaReader } from '../../../src/source/kafka/reader.ts'
import type { KafkaPorts } from '../../../src/source/kafka/settings.ts'
import { kafkaDefaults } from '../../../src/source/kafka/settings.ts'
import type { GroupMembership } from '../../../src/source/kafka/source.ts'
import { openKafkaSource } from '../../../src/source/kafka/source.ts'
import { idleMeter, makeClock, settle, silentLog } from '../../given.ts'

const binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
} as const
const topic = { topic: 'events', binding, format: 'v1' }
const settings = { brokers: ['192.0.2.7:9092'], clientId: 'c', groupId: 'g', topics: [topic] }

let time: ReturnType<typeof makeClock>
let ports: KafkaPorts
beforeEach(() => {
  time = makeClock()
  ports = { clock: time.clock, log: silentLog, meter: idleMeter }
})

/** Delivers one batch of one message, as a client would after it has joined. */
async function readOne({ reader }: GroupMembership): Promise<void> {
  reader.heartbeatAccepted(time.clock.now())
  reader.joined(async () => [
    { topic: 'events', partition: 0, committed: null, stamp: null, end: 0 },
  ])
  await reader.read({
    topic: 'events',
    partition: 0,
    messages: [{ offset: '0', value: null }],
    receivedAt: time.clock.now(),
    lastOffset: 0,
    end: 1,
    heartbeat: async () => undefined,
    passed: () => undefined,
  })
}

describe('the Kafka source', () => {
  test('waits for a broker that is away for ever, ever longer up to 15 s, and says so once a minute', async () => {
    const attendedAt: number[] = []
    let isAway = true
    let told = 0
    const warn = () => {
      told += 1
    }
    const log = { ...silentLog, warn }
    const source = openKafkaSource(settings, { ...ports, log }, async (membership) => {
      attendedAt.push(time.clock.now())
      if (isAway) throw new Error('connect ECONNREFUSED')
      await new Promise<void>((resolve) =>
        membership.closed.addEventListener('abort', () => resolve()),
      )
    })
    const run = source.run(async () => ({ durable: Promise.resolve() }))
    await settle()
    await time.advance(300_000)
    const waits = attendedAt.slice(1).map((at, i) => at - (attendedAt[i] ?? 0))
    expect(waits.slice(0, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
    expect(told).toBe(5)
    isAway = false
    await time.advance(15_000)
    const { length } = attendedAt
    await time.advance(300_000)
    expect(attendedAt).toHaveLength(length)
    await source.close()
    await run
  })

  test('says each time that it could not be read, so that somebody hears of it', async () => {
    const told: unknown[] = []
    const onIntakeHealth = (standing: object) => told.push(standing)
    const source = openKafkaSource(settings, { ...ports, onIntakeHealth }, async () => {
      throw new Error('connect ECONNREFUSED')
    })
    void source.run(async () => ({ durable: Promise.resolve() }))
    await settle()
    await time.advance(500)
    await source.close()
    expect(told).toMatchObject([
      { source: 'kafka', isUp: false },
      { source: 'kafka', isUp: false },
    ])
  })

  test('begins the back-off anew after a membership that got as far as joining', async () => {
    let stays = 0
    const attendedAt: number[] = []
    const source = openKafkaSource(settings, ports, async ({ reader }) => {
      attendedAt.push(time.clock.now())
      stays += 1
      if (stays === 4) reader.heartbeatAccepted(time.clock.now())
      throw new Error('lost')
    })
    void source.run(async () => ({ durable: Promise.resolve() }))
    await settle()
    await time.advance(500 + 1_000 + 2_000 + 500)
    expect(attendedAt).toHaveLength(5)
    await source.close()
  })

  test('ends with the failure of a batch that failed for good, and only with that', async () => {
    const failure = new Error('the store refused it')
    const source = openKafkaSource(settings, ports, async (membership) => {
      await readOne(membership)
      await membership.reader.failed
    })
    const run = source.run(async () => ({ durable: Promise.reject(failure) }))
    await expect(run).rejects.toBe(failure)
  })

  test('when closed stops fetching first, leaves when all is durable, and waits no longer than told', async () => {
    const order: string[] = []
    const durable = Promise.withResolvers<void>()
    const source = openKafkaSource(settings, ports, async (membership) => {
      membership.closing.addEventListener('abort', () => order.push('closing'))
      membership.closed.addEventListener('abort', () => order.push('closed'))
      await readOne(membership)
      await new Promise<void>((resolve) =>
        membership.closed.addEventListener('abort', () => resolve()),
      )
    })
    const run = source.run(async () => ({ durable: durable.promise }))
    await settle()
    const closed = source.close(5_000)
    await settle()
    expect(order).toEqual(['closing'])
    await time.advance(5_000)
    await Promise.all([closed, run])
    expect(order).toEqual(['closing', 'closed'])
  })
})

const given = { ...kafkaDefaults, ...settings }

function adminWith(more: Partial<KafkaAdmin>): KafkaAdmin {
  return {
    listTopics: async () => ['events'],
    fetchTopicOffsets: async () => [{ partition: 0, low: '40', high: '90' }],
    fetchOffsets: async () => [],
    ...more,
  }
}

describe('the partitions that were given to us', () => {
  const assigned = { events: [0, 1] }
  const bounds = [0, 1, 2].map((partition) => ({ partition, low: '40', high: '90' }))
  const describeWith = (offset: string, more: { log?: Log; meter?: Meter } = {}) => {
    const partitions = [0, 1, 2].map((partition) => ({ partition, offset, metadata: 'stamp' }))
    const admin = adminWith({
      fetchTopicOffsets: async () => bounds,
      fetchOffsets: async () => [{ topic: 'events', partitions }],
    })
    return describePartitions({ ...ports, ...more, settings: given, admin, assigned })
  }

  test('are described as the broker knows them, and no others', async () => {
    expect(await describeWith('50')).toEqual(
      [0, 1].map((partition) => ({
        topic: 'events',
        partition,
        committed: 50,
        stamp: 'stamp',
        end: 90,
      })),
    )
    expect(await describeWith('-1')).toMatchObject([{ committed: null }, { committed: null }])
  })

  test('that lost messages before they were read are told about, with how many', async () => {
    const lost: unknown[] = []
    const log = { ...silentLog, error: (fields: object) => void lost.push(fields) }
    let counted = 0
    const meter: Meter = {
      ...idleMeter,
      count: (name, _, by = 1) => {
        if (name === 'curfew_source_expired_messages_total') counted += by
      },
    }
    await describeWith('40', { log, meter })
    expect([lost.length, counted]).toEqual([0, 0])
    await describeWith('15', { log, meter })
    expect(lost).toMatchObject([{ partition: 0, messages: 25 }, { partition: 1 }])
    expect(counted).toBe(50)
  })
})

describe('the watch over topics and group', () => {
  function watching(admin: Partial<KafkaAdmin>) {
    const reader = new KafkaReader({
      ...ports,
      ...given,
      deliver: async () => ({ durable: Promise.resolve() }),
      topicOf: () => topic,
      drainMs: 1_000,
    })
    const ending = new AbortController()
    const membership = {
      reader,
      choose: (name: string) => (name.startsWith('events') ? topic : undefined),
      closing: ending.signal,
      closed: ending.signal,
    }
    const ended = watch({
      ...ports,
      ...membership,
      settings: given,
      admin: adminWith(admin),
      topics: ['events'],
    })
    return { reader, ended, ending }
  }

  test('ends when there is a topic more, and not for one that is none of ours', async () => {
    let topics = ['events', 'other']
    const { ended, reader } = watching({ listTopics: async () => topics })
    let isOver = false
    void ended.then(() => {
      isOver = true
    })
    await settle()
    reader.heartbeatAccepted(time.clock.now())
    await time.advance(30_000)
    expect(isOver).toBe(false)
    topics = ['other', 'events-late', 'events']
    await time.advance(15_000)
    expect(isOver).toBe(true)
  })

  test('outlives a broker that does not answer, but not a group that forgot us', async () => {
    const { ended } = watching({ listTopics: () => Promise.reject(new Error('away')) })
    let failure: unknown
    ended.catch((error: unknown) => {
      failure = error
    })
    await settle()
    await time.advance(2 * 30_000 + 60_000)
    expect(failure).toBeUndefined()
    await time.advance(15_000)
    expect(failure).toMatchObject({ code: 'SOURCE_UNREACHABLE', retry: true })
  })
})
