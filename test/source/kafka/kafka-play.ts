import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Meter } from '../../../src/contract/ports.ts'
import type { Batch, Binding } from '../../../src/contract/raw-message.ts'
import type { KafkaSettings } from '../../../src/source/kafka/settings.ts'
import type { Deliver, Source } from '../../../src/source/source.ts'
import { openKafka } from '../../../src/source/sources/kafka.ts'
import { silentLog } from '../../given.ts'
import { eventually } from '../../parts/eventually.ts'
import type { TestKafka } from '../../parts/kafka.ts'

/** The clock of the wall, for tests against a broker, which has no other. */
export const wallClock: Clock = {
  now: Date.now,
  wait: (ms, signal) =>
    delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
}

export const binding: Binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
}

/** A message as it was delivered, and in which order over all members. */
export interface Seen {
  readonly by: string
  readonly source: string
  readonly partition: number
  readonly offset: number
  readonly value: string
  readonly known: boolean
}

/** A member of the group that keeps what it is given, and a journal shared by all members. */
export interface Member {
  readonly source: Source
  readonly run: Promise<void>
  readonly batches: readonly Batch[]
  /** Lets everything withheld become durable, and all that follows at once. */
  readonly release: () => void
  readonly counts: ReadonlyMap<string, number>
}

export function makePlay(kafka: () => TestKafka) {
  const seen: Seen[] = []
  const early: string[] = []
  const members: Member[] = []

  function join(
    by: string,
    settings: Partial<KafkaSettings> & Pick<KafkaSettings, 'groupId' | 'topics'>,
    { withheld = false, durableMs = 0 } = {},
  ): Member {
    const counts = new Map<string, number>()
    const meter: Meter = {
      count: (name, _labels, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by),
      gauge: (name, value) => counts.set(name, value),
      observeMs() {},
    }
    const batches: Batch[] = []
    const released = Promise.withResolvers<void>()
    if (!withheld) released.resolve()
    let last: Promise<void> = Promise.resolve()
    const underway = new Set<string>()
    const deliver: Deliver = async (batch) => {
      batches.push(batch)
      const { source, partition, redelivered: known } = batch
      for (const { offset, value } of batch.messages) {
        const seenNow = { by, source, partition, offset, value: String(value), known }
        if (underway.has(placeOf(seenNow))) early.push(placeOf(seenNow))
        underway.add(placeOf(seenNow))
        seen.push(seenNow)
      }
      const before = last
      last = (async () => {
        await Promise.all([released.promise, delay(durableMs)])
        // Like the journey: one batch after the other.
        await before
        await batch.commit()
        for (const { offset } of batch.messages) underway.delete(placeOf({ ...batch, offset }))
      })()
      return { durable: last }
    }
    const { source } = openKafka(
      {
        brokers: kafka().brokers,
        clientId: `test-${by}`,
        sessionTimeoutMs: 3_000,
        heartbeatEveryMs: 300,
        rebalanceTimeoutMs: 6_000,
        watchEveryMs: 500,
        ...settings,
      },
      { log: silentLog, meter, clock: wallClock },
    )
    const run = source.run(deliver)
    const member = { source, run, batches, release: () => released.resolve(), counts }
    members.push(member)
    return member
  }

  return {
    seen,
    /** Messages that a member was given again while it still had them underway. */
    early,
    join,
    /** Waits until so many different messages were delivered to anybody. */
    until: (count: number, timeoutMs = 20_000) =>
      eventually({
        what: `${count} different messages delivered`,
        timeoutMs,
        probe: async () => (distinct(seen) >= count ? true : undefined),
        evidence: () => `; there were ${distinct(seen)}`,
      }),
    async endAll(): Promise<void> {
      for (const member of members) member.release()
      await Promise.all(members.map(({ source }) => source.close(2_000)))
    },
  }
}

const placeOf = (at: Pick<Seen, 'source' | 'partition' | 'offset'>): string =>
  `${at.source}/${at.partition}/${at.offset}`

export const distinct = (seen: readonly Seen[]): number => new Set(seen.map(placeOf)).size

/** Deliveries of a message that somebody had before, and that did not say that it may be known. */
export function wronglyNew(seen: readonly Seen[]): readonly Seen[] {
  const before = new Set<string>()
  return seen.filter((message) => {
    const wasThere = before.has(placeOf(message))
    before.add(placeOf(message))
    return wasThere && !message.known
  })
}
