import type { Clock, Log, Meter } from '../../contract/ports.ts'
import type { Binding } from '../../contract/raw-message.ts'
import type { OnIntakeHealth, OnReading } from '../source.ts'

/** A topic to read, and the instance of its events. */
export interface KafkaTopic {
  /** The name of one topic; either this or `pattern`. */
  readonly topic?: string
  /** A regular expression that the whole name must match; topics made later are found too. */
  readonly pattern?: string
  readonly binding: Binding
  /** Catalogue id of the format, unless a message names its own in the header `curfew-format`. */
  readonly format: string
  /** What its producers put around each event, see `Batch`. */
  readonly envelope?: string
  /**
   * Only Curfew itself produces here, so the header `curfew-received-at` is trusted. Another producer of
   * such a topic could choose when its events count as received.
   */
  readonly relay?: boolean
}

/** PEM texts, not paths. `true` trusts the authorities that come with Node. */
export type KafkaTls =
  | true
  | {
      readonly ca?: string
      readonly cert?: string
      readonly key?: string
      readonly serverName?: string
    }

export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | {
      readonly mechanism: 'oauthbearer'
      /** Requests a token for a new connection. */
      readonly token: () => Promise<string>
    }

export interface KafkaConnection {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls?: KafkaTls
  readonly sasl?: KafkaSasl
  readonly connectionTimeoutMs?: number
  readonly requestTimeoutMs?: number
}

export interface KafkaSettings extends KafkaConnection {
  readonly groupId: string
  readonly topics: readonly KafkaTopic[]
  /** How many partitions are delivered side by side. */
  readonly partitionsConsumedConcurrently?: number
  /**
   * How many chunks (of up to 2,000 messages) may be delivered and not durable: as many as fill one
   * block while another is written, or reading would wait for the store without need.
   */
  readonly inFlightMax?: number
  /** Without a heartbeat for this long the group drops this member. */
  readonly sessionTimeoutMs?: number
  readonly heartbeatEveryMs?: number
  /** How long the group waits for a member to rejoin. */
  readonly rebalanceTimeoutMs?: number
  /** Bounds of one fetch; together with `inFlightMax` they bound the memory. */
  readonly fetchBytesMax?: number
  readonly fetchBytesPerPartitionMax?: number
  /** How often lag and new topics are checked, ms. */
  readonly watchEveryMs?: number
}

export const kafkaDefaults = {
  connectionTimeoutMs: 5_000,
  requestTimeoutMs: 30_000,
  partitionsConsumedConcurrently: 4,
  inFlightMax: 64,
  sessionTimeoutMs: 30_000,
  heartbeatEveryMs: 3_000,
  rebalanceTimeoutMs: 60_000,
  fetchBytesMax: 8 * 1024 * 1024,
  fetchBytesPerPartitionMax: 1024 * 1024,
  watchEveryMs: 15_000,
} as const

/** Settings with all defaults. */
export type KafkaSettingsFilled = KafkaSettings & {
  readonly [Name in keyof typeof kafkaDefaults]: number
}

export interface KafkaPorts {
  readonly log: Log
  readonly meter: Meter
  readonly clock: Clock
  readonly onIntakeHealth?: OnIntakeHealth
  readonly onReading?: OnReading
}
