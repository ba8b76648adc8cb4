import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openChild } from '../../parts/child.ts'
import { eventually } from '../../parts/eventually.ts'
import type { TestKafka } from '../../parts/kafka.ts'
import { startKafka } from '../../parts/kafka.ts'
import { givenFor, lacks } from '../../parts/needs.ts'
import { makeClaimants, quick } from './lease-play.ts'

describe.skipIf(lacks('kafka', import.meta.filename))('a lease among processes', () => {
  let kafka: TestKafka
  let place: { readonly groupId: string; readonly topic: string }
  let claimants: ReturnType<typeof makeClaimants>

  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'group.min.session.timeout.ms': '1000' } })
  })
  afterAll(() => kafka?.stop())
  beforeEach(() => {
    place = { groupId: `seat-${randomUUID()}`, topic: `seat-${randomUUID()}` }
    claimants = makeClaimants(() => kafka)
  })
  afterEach(async () => {
    await claimants.closeAll()
    expect(claimants.overlaps).toEqual([])
  })

  const seated = (name?: string, timeoutMs = 15_000) =>
    eventually({
      what: `${name ?? 'somebody'} seated`,
      timeoutMs,
      everyMs: 20,
      probe: async () => {
        const [at] = claimants.at()
        return at !== undefined && (name === undefined || at === name) ? at : undefined
      },
      evidence: () => `; held by: ${claimants.holders()}`,
    })
  /** Looks for so long, and gives every set of holders that there was. */
  const watched = async (ms: number) => {
    const seen = new Set<string>()
    for (const until = performance.now() + ms; performance.now() < until; await delay(10)) {
      seen.add(claimants.holders().join(' and '))
    }
    return seen
  }

  test('is made when its topic is not there, with one partition', async () => {
    claimants.join('a', place)
    await seated('a')
    const admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [place.topic] })
    await admin.disconnect()
    expect(topics[0]?.partitions).toHaveLength(1)
  })

  test('is held by exactly one, and stays with it while others come and go', async () => {
    const first = claimants.join('z', place)
    await seated('z')
    const others = ['a', 'b'].map((name) => claimants.join(name, place))
    const seen = await watched(4_000)
    await others[0]?.lease.close()
    for (const each of await watched(2_000)) seen.add(each)
    seen.delete('')
    expect([...seen]).toEqual(['z'])
    expect(first.terms).toHaveLength(1)
  })

  test('goes to another at once when it is left, and not before the work in it has ended', async () => {
    const first = claimants.join('a', place, { endsInMs: 700 })
    await seated('a')
    const second = claimants.join('b', place)
    await watched(1_500)
    await first.lease.close()
    await seated('b')
    const [left, taken] = [first.terms[0]?.endedAt ?? 0, second.terms[0]?.begunAt ?? 0]
    expect(taken).toBeGreaterThanOrEqual(left)
    expect(taken - left).toBeLessThan(quick.sessionTimeoutMs)
  })

  test('goes to another only after the session of one that was killed', async () => {
    const child = await openChild({
      command: process.execPath,
      args: [
        join(import.meta.dirname, 'lease-member.ts'),
        kafka.brokers.join(),
        place.groupId,
        place.topic,
      ],
    })
    await eventually({
      what: 'the process with the lease',
      timeoutMs: 15_000,
      probe: async () => (child.lastLines(5).includes('seated') ? true : undefined),
      abandon: child.ended,
      evidence: () => child.lastLines(20),
    })
    const next = claimants.join('b', place)
    await watched(1_500)
    expect(next.terms).toEqual([])
    const killedAt = performance.now()
    await child.kill()
    await seated('b')
    // Its last beat was at most a beat and a fetch before.
    const silence = (next.terms[0]?.begunAt ?? 0) - killedAt
    expect(silence).toBeGreaterThan(quick.sessionTimeoutMs - 600)
  })

  test.skipIf(givenFor('kafka'))(
    "is nobody's within a beat's age of the broker going away, and somebody's after it is back",
    async () => {
      claimants.join('a', place)
      claimants.join('b', place)
      await seated()
      await kafka.kill()
      await delay(quick.heartbeatAgeMsMax)
      expect([...(await watched(500))]).toEqual([''])
      await kafka.restart()
      await seated(undefined, 40_000)
      for (const holders of await watched(3_000)) expect(['', 'a', 'b']).toContain(holders)
    },
  )
})
