import { reasonOf } from '../../contract/errors.ts'
import { backOffMs, waitFor } from '../deadline.ts'
import type { Source } from '../source.ts'
import { KafkaReader } from './reader.ts'
import type { KafkaPorts, KafkaSettings, KafkaSettingsFilled, KafkaTopic } from './settings.ts'
import { kafkaDefaults } from './settings.ts'
import { makeTopicChoice } from './topic-choice.ts'

/** One membership in the consumer group. */
export interface GroupMembership {
  readonly reader: KafkaReader
  /** The entry that reads a topic of that name; undefined for a topic that is none of ours. */
  readonly choose: (topic: string) => KafkaTopic | undefined
  /** Aborts when nothing more is to be fetched; offsets are still committed. */
  readonly closing: AbortSignal
  /** Aborts when the group is to be left. */
  readonly closed: AbortSignal
}

/** Resolves when the group is to be joined again or `closed` aborts; rejects when the broker is lost. */
export type Join = (membership: GroupMembership) => Promise<void>

/** How long leaving may take where the broker does not answer, ms. */
const leaveMsMax = 5_000
const rejoinMsFirst = 500
const rejoinMsMax = 15_000
const logEveryMs = 60_000

/** How long a healthy group may be silent, ms: the client detects a lost one sooner. */
export function silentMsMax(settings: KafkaSettingsFilled): number {
  return settings.sessionTimeoutMs * 2 + settings.rebalanceTimeoutMs + settings.watchEveryMs * 2
}

/**
 * Joins the group, again after each failure with back-off, until it is closed. Only a batch that failed
 * for good ends it; failures of the broker are logged once a minute.
 */
export function openKafkaSource(settings: KafkaSettings, ports: KafkaPorts, join: Join): Source {
  const { clock, log, meter } = ports
  const given = { ...kafkaDefaults, ...settings }
  const choose = makeTopicChoice(settings.topics)
  const closing = new AbortController()
  const closed = new AbortController()
  let reader: KafkaReader | undefined
  let running: Promise<void> = Promise.resolve()
  let loggedAt = Number.NEGATIVE_INFINITY
  const logFailure = (reason: string, waitMs: number): void => {
    const isDue = clock.now() - loggedAt >= logEveryMs
    if (isDue) loggedAt = clock.now()
    const write = isDue ? log.warn : log.debug
    write({ reason, waitMs }, 'not in the consumer group; trying again')
  }
  const joinForEver = async (reader: KafkaReader): Promise<void> => {
    for (let failures = 0; !closed.signal.aborted; ) {
      const { heartbeatAt } = reader
      ports.onReading?.({ source: 'kafka', withinMs: silentMsMax(given) })
      try {
        await join({ reader, choose, closing: closing.signal, closed: closed.signal })
      } catch (error) {
        if (reader.hasFailed) throw error
        // After a successful join the back-off begins anew.
        if (reader.heartbeatAt > heartbeatAt) failures = 0
        const waitMs = backOffMs(failures++, rejoinMsFirst, rejoinMsMax)
        ports.onIntakeHealth?.({ source: 'kafka', isUp: false, error })
        logFailure(reasonOf(error), waitMs)
        await clock.wait(waitMs, closed.signal)
      } finally {
        meter.gauge('curfew_source_up', 0, { source: 'kafka' })
      }
    }
  }
  return {
    id: `kafka:${given.groupId}`,
    async run(deliver) {
      const drainMs = Math.min(10_000, given.rebalanceTimeoutMs / 3, given.sessionTimeoutMs / 2)
      reader = new KafkaReader({ ...ports, ...given, deliver, topicOf: choose, drainMs })
      running = joinForEver(reader)
      await running
    },
    async close(graceMs = 10_000) {
      closing.abort()
      const limit = new AbortController()
      await Promise.race([reader?.close(limit.signal), clock.wait(graceMs, limit.signal)])
      limit.abort()
      closed.abort()
      await waitFor(running, { clock, ms: leaveMsMax }).catch(() => undefined)
    },
  }
}
