import type { Static } from 'typebox'
import { Type } from 'typebox'

/** Whether a message may lead to action. Replayed history never acts. */
export const Lane = Type.Union([Type.Literal('live'), Type.Literal('historical')], {
  description: 'Whether it may lead to action: historical (replayed, backfilled) never does.',
})
export type Lane = Static<typeof Lane>

export interface Trusted {
  readonly tenant: string
  readonly instance: string
  readonly realm?: string
}

/**
 * Whose data a source brings. Tenant and instance come from here and never from a payload, unless
 * the binding is trusted to let the payload choose among a closed list.
 */
export interface Binding {
  readonly tenant: string
  readonly instance: string
  readonly lane: Lane
  /** Whether causes from this source may lead to orders; an unverified source only informs. */
  readonly mayAct: boolean
  /** (tenant, instance) pairs a payload may name, beside the binding's own; mostly empty. */
  readonly trusted: readonly Trusted[]
  /**
   * The realm that the instance is at its provider, where its settings name one. A provider's plug-in
   * may write the events of all realms to one topic; those of another realm are not of this instance.
   */
  readonly realm?: string
  /** How many proxies of its own add to a list of addresses, where the connections say so. */
  readonly trustedHops?: number
  /** Clients that call the provider from the subject's own device, where the connections name them. */
  readonly publicClients?: readonly string[]
}

/** One message as it came, with the place it came from. */
export interface RawMessage {
  /** Null for a tombstone. */
  readonly value: Buffer | null
  /** Whether it came with a key; left out where messages have none. */
  readonly hasKey?: boolean
  /** Format id when the message has one; default: the format of the batch. */
  readonly format?: string
  /** Position within (source, partition): a Kafka offset, a line number, a sequence number. */
  readonly offset: number
  /** When Curfew first held it, ms since the epoch; carried along when it is relayed. */
  readonly receivedAt: number
}

/**
 * Messages of one partition of one source, in order, with the call that moves its position.
 *
 * `commit` is called once, after all rows of the batch are durable; batches of a partition are
 * committed in order. It must be safe to never call it: the messages then come again.
 */
export interface Batch {
  /** Names the source for positions: `kafka:<topic>`, `intake:<route>`, `feed:<id>`, `file:<digest>`. */
  readonly source: string
  readonly partition: number
  /** Catalogue id of the format that reads these messages. */
  readonly format: string
  /** What is around each event: the id of an envelope, `plain`, or `auto`, which holds unless said. */
  readonly envelope?: string
  readonly binding: Binding
  readonly messages: readonly RawMessage[]
  /**
   * Whether some of these positions may have been recorded before, so that the store must be asked
   * first: true for the first batches after an assignment or a restart.
   */
  readonly redelivered: boolean
  /**
   * Identity of the current assignment of the partition, in which only this source's reader delivers its
   * messages, each once and in order. While it is the same object, what the store answered about
   * positions to come stays valid and need not be asked for each batch.
   */
  readonly assignment?: object
  readonly commit: () => Promise<void>
}
