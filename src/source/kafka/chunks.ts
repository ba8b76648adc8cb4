import type { Batch, RawMessage } from '../../contract/raw-message.ts'
import type { KafkaTopic } from './settings.ts'

/** A message of the Kafka client. */
export interface FetchedMessage {
  readonly offset: string
  readonly key?: Buffer | null
  readonly value: Buffer | null
  readonly headers?: { readonly [name: string]: HeaderValue }
}
type HeaderValue = Buffer | string | (Buffer | string)[] | undefined

/** The messages of one partition in one fetch, with the calls that belong to it. */
export interface FetchedBatch {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly FetchedMessage[]
  /** When they were received, ms since the epoch: before any wait for the journey. */
  readonly receivedAt: number
  /** The last offset the fetch covers, that of marks and compacted messages included. */
  readonly lastOffset: number
  /** Offset of the next message to be produced, when it was fetched. */
  readonly end: number
  /** Sends a heartbeat; rejects when this process is no longer a member or the broker is away. */
  readonly heartbeat: () => Promise<void>
  /** Makes the next fetch begin after this offset. */
  readonly passed: (offset: number) => void
}

export interface MessageChunk {
  readonly messages: readonly FetchedMessage[]
  readonly first: number
  /** Offset of its last message. */
  readonly last: number
  /** Whether some of it may have been delivered before. */
  readonly known: boolean
}

const chunkMessagesMax = 2_000
/** A compacted log has holes; a chunk across a wide one would run ahead of what may be delivered. */
const chunkSpanMax = 50_000

/** Cuts a fetch into chunks of at most 2,000 messages, each wholly below `redeliveredBelow` or not at all. */
export function* chunksOf(
  messages: readonly FetchedMessage[],
  redeliveredBelow: number,
): Generator<MessageChunk> {
  let from = 0
  while (from < messages.length) {
    const first = offsetOf(messages, from)
    const known = first < redeliveredBelow
    const end = Math.min(first + chunkSpanMax, known ? redeliveredBelow : Number.POSITIVE_INFINITY)
    let to = from + 1
    while (to < messages.length && to - from < chunkMessagesMax && offsetOf(messages, to) < end) {
      to += 1
    }
    yield {
      messages: messages.slice(from, to),
      first,
      last: offsetOf(messages, to - 1),
      known,
    }
    from = to
  }
}

function offsetOf(messages: readonly FetchedMessage[], index: number): number {
  return Number(messages[index]?.offset)
}

/** The batch of a chunk, for the journey. */
export function batchOf({
  chunk,
  place,
  topic,
  assignment,
  receivedAt,
  commit,
}: {
  readonly chunk: MessageChunk
  readonly place: { readonly topic: string; readonly partition: number }
  readonly topic: KafkaTopic
  /** Identity of the current assignment of the partition. */
  readonly assignment: object
  readonly receivedAt: number
  readonly commit: () => Promise<void>
}): Batch {
  const about = { now: receivedAt, isRelay: topic.relay === true }
  return {
    source: `kafka:${place.topic}`,
    partition: place.partition,
    format: topic.format,
    ...(topic.envelope === undefined ? {} : { envelope: topic.envelope }),
    binding: topic.binding,
    messages: chunk.messages.map((message) => rawMessageOf(message, about)),
    redelivered: chunk.known,
    assignment,
    commit,
  }
}

/**
 * `curfew-format` chooses the format. The time of receipt is taken from `curfew-received-at` only
 * where `isRelay` says that we wrote it ourselves.
 */
function rawMessageOf(
  { offset, key, value, headers }: FetchedMessage,
  { now, isRelay }: { readonly now: number; readonly isRelay: boolean },
): RawMessage {
  const hasKey = key !== undefined && key !== null
  const raw = { value, hasKey, offset: Number(offset), receivedAt: now }
  if (headers === undefined) return raw
  const format = textOf(headers['curfew-format'])
  const receivedAt = isRelay ? receiptIn(textOf(headers['curfew-received-at']), now) : now
  return format === undefined ? { ...raw, receivedAt } : { ...raw, receivedAt, format }
}

/** Clocks of our processes differ a little; a receipt further ahead is not ours. */
const receiptAheadMaxMs = 60_000

function receiptIn(text: string | undefined, now: number): number {
  const received = /^\d{1,15}$/.test(text ?? '') ? Number(text) : now
  return received > now + receiptAheadMaxMs ? now : received
}

function textOf(header: HeaderValue): string | undefined {
  const value = Array.isArray(header) ? header[0] : header
  if (value === undefined || value.length === 0 || value.length > 64) return undefined
  return value.toString()
}
