import { CurfewError, reasonOf } from '../../contract/errors.ts'

/** A message to produce. */
export interface RelayMessage {
  readonly topic: string
  /** Messages of one key stay in order in one partition; null spreads them. */
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers?: { readonly [name: string]: string }
}

export type RelayCodec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Produces messages to Kafka. */
export interface Relay {
  /**
   * Resolves once every in-sync replica has all messages. After a rejection some may be there:
   * sending them again makes duplicates, which event ids absorb.
   *
   * @throws CurfewError SOURCE_UNREACHABLE (retry) or SOURCE_REFUSED.
   */
  readonly send: (
    messages: readonly RelayMessage[],
    options?: { readonly codec?: RelayCodec },
  ) => Promise<void>
  readonly close: () => Promise<void>
}

/** A Kafka producer as the relay needs it: it waits for all in-sync replicas. */
export interface Producing {
  readonly connect: () => Promise<void>
  readonly produce: (messages: readonly RelayMessage[], codec: RelayCodec) => Promise<void>
  readonly disconnect: () => Promise<void>
}

/** Brokers refuse a batch of more than 1 MiB, counted packed; unpacked is on the safe side. */
const groupBytesMax = 512 * 1024

/** Makes a relay of a producer: connects when first used, and again after that failed. */
export function makeRelay({ connect, produce, disconnect }: Producing): Relay {
  let connected: Promise<void> | undefined
  return {
    async send(messages, { codec = 'lz4' } = {}) {
      try {
        connected ??= connect()
        await connected.catch((error: unknown) => {
          connected = undefined
          throw error
        })
        for (const group of groupsOf(messages)) await produce(group, codec)
      } catch (error) {
        throw failureOf(error)
      }
    },
    close: disconnect,
  }
}

function* groupsOf(messages: readonly RelayMessage[]): Generator<readonly RelayMessage[]> {
  let group: RelayMessage[] = []
  let bytes = 0
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + (message.key?.length ?? 0) + 100
    if (bytes + size > groupBytesMax && group.length > 0) {
      yield group
      group = []
      bytes = 0
    }
    group.push(message)
    bytes += size
  }
  if (group.length > 0) yield group
}

function failureOf(error: unknown): CurfewError {
  const type = error instanceof Error && 'type' in error ? String(error.type) : ''
  if (refusals.has(type)) {
    return new CurfewError(
      'SOURCE_REFUSED',
      `Expected Kafka to accept the messages; it refused them (${type}). ` +
        "Check the topic's rights and its max.message.bytes.",
      { cause: error },
    )
  }
  return new CurfewError(
    'SOURCE_UNREACHABLE',
    `Expected Kafka to acknowledge the messages; ${reasonOf(error)}. ` +
      'It is unknown whether they were written; sending them again does no harm.',
    { retry: true, cause: error },
  )
}

/** Errors that a retry cannot help. */
const refusals: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REQUIRED_ACKS',
])
