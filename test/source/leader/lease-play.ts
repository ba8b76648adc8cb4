import { setTimeout as delay } from 'node:timers/promises'
import { openKafkaLeaderLease } from '../../../src/source/leader/kafka-leader-lease.ts'
import type { LeaderLease } from '../../../src/source/leader/leader-lease.ts'
import { idleMeter, silentLog } from '../../given.ts'
import type { TestKafka } from '../../parts/kafka.ts'
import { wallClock } from '../kafka/kafka-play.ts'

/** The times of a lease, short enough for a test. */
export const quick = {
  sessionTimeoutMs: 3_000,
  rebalanceTimeoutMs: 4_000,
  heartbeatEveryMs: 200,
  heartbeatAgeMsMax: 1_000,
}

/** One who wants the lease, and the terms it had. */
export interface Claimant {
  readonly name: string
  readonly lease: LeaderLease
  /** Instants by `performance.now`; `endedAt` is when the work had ended, after `endsInMs`. */
  readonly terms: readonly { readonly begunAt: number; readonly endedAt: number | undefined }[]
}

export function makeClaimants(kafka: () => TestKafka) {
  const all: Claimant[] = []
  const together = new Set<string>()
  /** Every pair that was at work, or held the lease, at the same time. */
  const overlaps: string[] = []

  function join(
    name: string,
    { groupId, topic }: { readonly groupId: string; readonly topic: string },
    { endsInMs = 0 } = {},
  ): Claimant {
    const settings = { brokers: kafka().brokers, clientId: name, groupId, topic, times: quick }
    const ports = { log: silentLog, meter: idleMeter, clock: wallClock }
    const lease = openKafkaLeaderLease(settings, ports)
    const terms: { begunAt: number; endedAt: number | undefined }[] = []
    const claimant = { name, lease, terms }
    all.push(claimant)
    void lease.run(async (term) => {
      const mine = { begunAt: performance.now(), endedAt: undefined as number | undefined }
      terms.push(mine)
      if (together.size > 0) overlaps.push(`${name} began beside ${[...together]}`)
      together.add(name)
      await new Promise<void>((resolve) => {
        if (term.aborted) resolve()
        term.addEventListener('abort', () => resolve(), { once: true })
      })
      await delay(endsInMs)
      together.delete(name)
      mine.endedAt = performance.now()
    })
    return claimant
  }

  /** Those who may act now; more than one is what must never be. */
  const holders = (): readonly string[] =>
    all.filter(({ lease }) => lease.isHeld()).map(({ name }) => name)

  return {
    join,
    overlaps,
    holders,
    at: () => [...together],
    closeAll: () => Promise.all(all.map(({ lease }) => lease.close())),
  }
}
