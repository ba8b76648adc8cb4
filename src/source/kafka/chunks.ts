import type { Batch, RawMessage } from '../../contract/raw-message.ts'
import type { KafkaTopic } from './settings.ts'

/** A message as the Kafka client gives it. */
export interface FetchedMessage {
  readonly offset: string
  readonly key?: Buffer | null
  readonly value: Buffer | null
  readonly headers?: { readonly [name: string]: HeaderValue }
}
type HeaderValue = Buffer | string | (Buffer | string)[] | undefined

/** What one fetch brought of one partition, with the calls that belong to it. */
export interface FetchedBatch {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly FetchedMessage[]
  /** When they came in, ms since the epoch: before any wait for the journey. */
  readonly receivedAt: number
  /** The last offset the fetch covers, that of marks and compacted messages included. */
  readonly lastOffset: number
  /** Offset of the next message to be produced, when it was fetched. */
  readonly end: number
  /** Tells the group that we live; rejects when it has gone on without us or is away. */
  readonly beat: () => Promise<void>
  /** The next fetch is to begin after this offset. */
  readonly passed: (offset: number) => void
}

export interface MessageSlice {
  readonly messages: readonly FetchedMessage[]
  readonly first: number
  /** Offset of its last message. */
  readonly last: number
  /** Whether some of it may have been handed over before. */
  readonly known: boolean
}

const sliceMessagesMax = 2_000
/** A compacted log has holes; a slice across a wide one would run ahead of what may be handed over. */
const sliceSpanMax = 50_000

/** Cuts a fetch into slices of at most 2,000 messages, each wholly below `knownBelow` or not at all. */
export function* slicesOf(
  messages: readonly FetchedMessage[],
  knownBelow: number,
): Generator<MessageSlice> {
  let from = 0
  while (from < messages.length) {
    const first = offsetOf(messages, from)
    const known = first < knownBelow
    const end = Math.min(first + sliceSpanMax, known ? knownBelow : Number.POSITIVE_INFINITY)
    let to = from + 1
    while (to < messages.length && to - from < sliceMessagesMax && offsetOf(messages, to) < end) {
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

/** The batch that the journey gets for a slice. */
export function batchOf({
  slice,
  place,
  topic,
  stay,
  receivedAt,
  commit,
}: {
  readonly slice: MessageSlice
  readonly place: { readonly topic: string; readonly partition: number }
  readonly topic: KafkaTopic
  /** What stands for the time in which the partition is ours and read forward. */
  readonly stay: object
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
    messages: slice.messages.map((message) => rawMessageOf(message, about)),
    redelivered: slice.known,
    stay,
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

/** Clocks of replicas differ a little; a receipt from further ahead is not one of ours. */
const receiptAheadMaxMs = 60_000

function receiptIn(text: string | undefined, now: number): number {
  const told = /^\d{1,15}$/.test(text ?? '') ? Number(text) : now
  return told > now + receiptAheadMaxMs ? now : told
}

function textOf(header: HeaderValue): string | undefined {
  const value = Array.isArray(header) ? header[0] : header
  if (value === undefined || value.length === 0 || value.length > 64) return undefined
  return value.toString()
}
