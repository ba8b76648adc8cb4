import { reasonOf } from '../../contract/errors.ts'
import { backOffMs, waitFor } from '../deadline.ts'
import type { Source } from '../source.ts'
import { KafkaReader } from './reader.ts'
import type { KafkaPorts, KafkaSettings, KafkaSettingsGiven, KafkaTopic } from './settings.ts'
import { kafkaDefaults } from './settings.ts'
import { makeTopicChoice } from './topic-choice.ts'

/** One stay in the consumer group. */
export interface Attendance {
  readonly reader: KafkaReader
  /** The entry that reads a topic of that name; undefined for a topic that is none of ours. */
  readonly choose: (topic: string) => KafkaTopic | undefined
  /** Nothing more is to be fetched; offsets are still committed. */
  readonly closing: AbortSignal
  /** The group is to be left. */
  readonly closed: AbortSignal
}

/** Resolves when the stay is to be begun anew or `closed` aborts; rejects when the broker is lost. */
export type Attend = (attendance: Attendance) => Promise<void>

/** A broker that does not answer must not keep the process from ending. */
const leaveMsMax = 5_000
const rejoinMsFirst = 500
const rejoinMsMax = 15_000
const tellEveryMs = 60_000

/** So long a group may say nothing in good order, ms: the client notices a lost one in less. */
export function silentMsMax(settings: KafkaSettingsGiven): number {
  return settings.sessionTimeoutMs * 2 + settings.rebalanceTimeoutMs + settings.watchEveryMs * 2
}

/**
 * Attends the group again and again, waiting longer after each failure, until it is closed. Only a
 * batch that failed for good ends it; whatever the broker does is waited out and told once a
 * minute.
 */
export function openKafkaSource(
  settings: KafkaSettings,
  ports: KafkaPorts,
  attend: Attend,
): Source {
  const { clock, log, meter } = ports
  const given = { ...kafkaDefaults, ...settings }
  const choose = makeTopicChoice(settings.topics)
  const closing = new AbortController()
  const closed = new AbortController()
  let reader: KafkaReader | undefined
  let running: Promise<void> = Promise.resolve()
  let toldAt = Number.NEGATIVE_INFINITY
  const tell = (reason: string, waitMs: number): void => {
    const isDue = clock.now() - toldAt >= tellEveryMs
    if (isDue) toldAt = clock.now()
    const say = isDue ? log.warn : log.debug
    say({ reason, waitMs }, 'not in the consumer group; trying again')
  }
  const attendForEver = async (reader: KafkaReader): Promise<void> => {
    for (let failures = 0; !closed.signal.aborted; ) {
      const { beatenAt } = reader
      ports.onReading?.({ source: 'kafka', withinMs: silentMsMax(given) })
      try {
        await attend({ reader, choose, closing: closing.signal, closed: closed.signal })
      } catch (error) {
        if (reader.hasFailed) throw error
        // A stay that got as far as joining begins the back-off anew.
        if (reader.beatenAt > beatenAt) failures = 0
        const waitMs = backOffMs(failures++, rejoinMsFirst, rejoinMsMax)
        ports.onIntakeHealth?.({ source: 'kafka', isUp: false, error })
        tell(reasonOf(error), waitMs)
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
      running = attendForEver(reader)
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
