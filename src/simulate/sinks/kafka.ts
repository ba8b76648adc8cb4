import { CurfewError } from '../../contract/errors.ts'
import type { Clock } from '../../contract/ports.ts'
import type { Sink } from '../outbox.ts'

/** A message for a topic; its key is that of its subject. */
export interface TopicMessage {
  readonly topic: string
  readonly key: string
  readonly value: Buffer
}

export interface KafkaSinkOptions {
  readonly topic: string
  /** Resolves once the brokers have all of them; sending the same again does no harm. */
  readonly produce: (messages: readonly TopicMessage[]) => Promise<void>
  readonly clock: Clock
  /** How often one batch is tried before the simulation gives up, default 20. */
  readonly attemptsMax?: number
}

const waitMsMin = 250
const waitMsMax = 30_000

/**
 * Puts events into a topic, those of one subject in order. What may succeed later is tried again
 * with a doubling wait; since events keep their ids, a batch that arrives twice does no harm.
 *
 * @throws from `send`: what `produce` throws when it refuses for good, or for too long.
 */
export function makeKafkaSink({ topic, produce, clock, attemptsMax = 20 }: KafkaSinkOptions): Sink {
  return {
    send: async (lines) => {
      const messages = lines.map(({ key, json }) => ({ topic, key, value: Buffer.from(json) }))
      for (let attempt = 1; ; attempt++) {
        try {
          return await produce(messages)
        } catch (error) {
          const mayPass = error instanceof CurfewError && error.retry
          if (!mayPass || attempt >= attemptsMax) throw error
        }
        await clock.wait(Math.min(waitMsMin * 2 ** (attempt - 1), waitMsMax))
      }
    },
  }
}
