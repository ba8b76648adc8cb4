import type { Batch } from '../../../src/contract/raw-message.ts'
import type { FetchedBatch } from '../../../src/source/kafka/chunks.ts'
import type { Assignment, DueOffset } from '../../../src/source/kafka/offsets.ts'
import { KafkaReader } from '../../../src/source/kafka/reader.ts'
import type { Delivered } from '../../../src/source/source.ts'
import { idleMeter, makeClock, silentLog } from '../../given.ts'

const binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
} as const
export const topic = 'events'
export const sessionTimeoutMs = 30_000

/** A reader with a journey that takes and records batches only when told to. */
export function makeGame(inFlightMax = 4) {
  const time = makeClock()
  const taken: { batch: Batch; take: () => void; record: () => Promise<void>; fail: () => void }[] =
    []
  const commits: (readonly DueOffset[])[] = []
  const passed: number[] = []
  const game = { beats: 0, beatFailure: undefined as Error | undefined, takesAtOnce: true }
  const reader = new KafkaReader({
    deliver: (batch) => {
      const delivered = Promise.withResolvers<Delivered>()
      const durable = Promise.withResolvers<void>()
      const take = () => delivered.resolve({ durable: durable.promise })
      if (game.takesAtOnce) take()
      taken.push({
        batch,
        take,
        record: async () => durable.resolve(batch.commit()),
        fail: () => durable.reject(new Error('the store refused it')),
      })
      return delivered.promise
    },
    topicOf: () => ({ topic, binding, format: 'v1' }),
    inFlightMax,
    sessionTimeoutMs,
    drainMs: 10_000,
    clock: time.clock,
    log: silentLog,
    meter: idleMeter,
  })
  reader.commitBy(async (offsets) => {
    commits.push(offsets)
  })
  const heartbeat = async (): Promise<void> => {
    game.beats += 1
    if (game.beatFailure !== undefined) throw game.beatFailure
    reader.heartbeatAccepted(time.clock.now())
  }
  const join = (given: Partial<Assignment> = {}, partitions = [0]): void => {
    reader.heartbeatAccepted(time.clock.now())
    reader.joined(async () =>
      partitions.map((partition) => ({
        topic,
        partition,
        committed: null,
        stamp: null,
        end: 0,
        ...given,
      })),
    )
  }
  const fetch = (from: number, count: number, partition = 0): FetchedBatch => ({
    topic,
    partition,
    messages: Array.from({ length: count }, (_, i) => ({ offset: String(from + i), value: null })),
    receivedAt: time.clock.now(),
    lastOffset: from + count - 1,
    end: from + count,
    heartbeat,
    passed: (offset) => passed.push(offset),
  })
  return { ...time, game, reader, taken, commits, passed, join, fetch }
}
