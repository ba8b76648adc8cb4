import { Type } from 'typebox'
import { CurfewError, reasonOf } from '../../contract/errors.ts'
import type { Clock, Log, Meter, Send } from '../../contract/ports.ts'
import type { Binding } from '../../contract/raw-message.ts'
import type { Unread } from '../../contract/unread.ts'
import { jsonAs } from '../../http/answer.ts'
import { backOffMs, waitFor } from '../deadline.ts'
import type { Deliver, OnIntakeHealth, OnReading, Source } from '../source.ts'

/** Keeps how far a feed was read, where a crash cannot reach it. */
export interface CursorPort {
  readonly read: (id: string) => Promise<string | null>
  readonly write: (id: string, cursor: string) => Promise<void>
}

export interface FeedPorts {
  readonly send: Send
  readonly clock: Clock
  readonly cursor: CursorPort
  readonly log: Log
  readonly meter: Meter
  readonly onIntakeHealth?: OnIntakeHealth
  readonly onReading?: OnReading
  /** Events that the provider has and does not give, counted as messages that were not read. */
  readonly onUnread?: (unread: Unread) => void
}

/** Some events in order, oldest first, and the place to read on from once they are durable. */
export interface FeedPage {
  readonly events: readonly object[]
  readonly place: FeedPlace
  /** They may have been delivered before, for a reason other than a restart. */
  readonly known?: boolean
}
export type FeedPlace = { readonly [name: string]: string | number | null }

/** One ordered stream of a feed: a partition of the source. */
export interface FeedStream {
  /** Its number, which positions keep; by default its place among the streams, which are read in order. */
  readonly partition?: number
  /**
   * Reads on from a place, page by page, until there is nothing more for now. The next page is
   * asked for only once the one before is durable. Null: from wherever a first start begins.
   */
  readonly pages: (place: FeedPlace | null, signal: AbortSignal) => AsyncIterable<FeedPage>
}

const Place = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()]))
const Kept = Type.Object({
  next: Type.Integer({ minimum: 0 }),
  place: Type.Union([Place, Type.Null()]),
})

/** A page holds fewer, so numbers given out but not kept are never given out twice. */
const numbersSkippedAtStart = 10_000
const keepAgainMs = 24 * 60 * 60_000
const retryMsFirst = 1_000
const retryMsMax = 60_000
const retryAfterMsMax = 300_000
const tellEveryMs = 60_000
/** One page takes some calls and the time to record it; a feed that gets on with none for so long hangs, ms. */
const pageMsMax = 120_000

/**
 * Polls a feed for ever and delivers what it tells, one page at a time: the next is asked for only
 * once the last is durable and its place is kept. After a crash at most one page therefore comes
 * again, but which one is not known; so everything is marked as perhaps known until each stream
 * was read to its end once. Whatever was delivered before we started, lay there when we started.
 *
 * Offsets are a count of its own, kept with the place. It jumps ahead at each start, and begins at
 * the clock's microseconds where nothing is kept, so that a position names one event for ever: one
 * that was used before would make a new event look like one that is recorded already.
 *
 * `run` rejects only when a batch failed for good; a feed that is away or refuses is asked again,
 * ever more slowly, and told about in the log once a minute. So is a page asked for again whose
 * delivery failed with an error that says it may be retried, as a relay's does.
 */
export function openFeed(
  {
    id,
    format,
    binding,
    everyMs,
    streams,
  }: {
    readonly id: string
    readonly format: string
    readonly binding: Binding
    readonly everyMs: number
    readonly streams: readonly FeedStream[]
  },
  ports: FeedPorts,
): Source {
  const { clock, meter } = ports
  const closing = new AbortController()
  const closed = new AbortController()
  const readers = streams.map((stream, place) => ({
    ...ports,
    ...{ id, format, binding, stream, partition: stream.partition ?? place },
    closing: closing.signal,
    closed: closed.signal,
  }))
  let running: Promise<void> = Promise.resolve()
  const poll = async (deliver: Deliver): Promise<void> => {
    const failing = makeFailing({ id, binding, everyMs }, ports)
    const states = new Map<number, StreamState>()
    while (!closing.signal.aborted) {
      let waitMs = everyMs
      ports.onReading?.({ source: id, binding, withinMs: pageMsMax })
      try {
        await readAllOn(readers.map((reader) => ({ ...reader, deliver, states })))
        failing.ended()
      } catch (error) {
        if (error instanceof DeliveryFailure) throw error.cause
        if (!closing.signal.aborted) waitMs = failing.waitAfter(error)
      }
      await clock.wait(waitMs, closing.signal)
    }
    meter.gauge('curfew_source_up', 0, { source: id })
  }
  return {
    id,
    run(deliver) {
      running = poll(deliver)
      return running
    },
    async close(graceMs = 10_000) {
      closing.abort()
      const { signal } = closed
      await waitFor(running, { clock, ms: graceMs, signal }).catch(() => undefined)
      closed.abort()
    },
  }
}

interface StreamState {
  next: number
  place: FeedPlace | null
  /** What of `place` is kept outside; it may lag behind after a failure to write. */
  isKept: boolean
  /** When it was last written, ms since the epoch. */
  keptAt: number
  wasAtEnd: boolean
}

interface Reader extends FeedPorts {
  readonly id: string
  readonly format: string
  readonly binding: Binding
  readonly stream: FeedStream
  readonly partition: number
  readonly closing: AbortSignal
  readonly closed: AbortSignal
  readonly deliver: Deliver
  readonly states: Map<number, StreamState>
}

/** The journey refused a batch for good, as opposed to all that may go wrong with the feed. */
class DeliveryFailure extends Error {}

/** One stream that fails does not keep the others from being read; the first failure is thrown. */
async function readAllOn(readers: readonly Reader[]): Promise<void> {
  const failures: unknown[] = []
  for (const reader of readers) {
    try {
      await readOn(reader)
    } catch (error) {
      if (error instanceof DeliveryFailure) throw error
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function readOn(reader: Reader): Promise<void> {
  const { stream, closing, partition, states } = reader
  const state = states.get(partition) ?? (await stateKept(reader))
  states.set(partition, state)
  await keep(reader, state)
  for await (const page of stream.pages(state.place, closing)) {
    if (page.events.length > 0 && !(await handOver(reader, state, page))) return
    state.isKept &&= sameAs(state.place, page.place)
    state.place = page.place
    await keep(reader, state)
    reader.onReading?.({ source: reader.id, binding: reader.binding, withinMs: pageMsMax })
    if (closing.aborted) return
  }
  state.wasAtEnd = true
}

/** Resolves once the page is durable; false when we may no longer wait for that. */
async function handOver(
  { deliver, id, partition, format, binding, clock, meter, closed }: Reader,
  state: StreamState,
  { events, known = false }: FeedPage,
): Promise<boolean> {
  const receivedAt = clock.now()
  const messages = events.map((event) => ({
    value: Buffer.from(JSON.stringify(event)),
    offset: state.next++,
    receivedAt,
  }))
  state.isKept = false
  meter.count('curfew_source_feed_events_total', { source: id }, messages.length)
  const redelivered = known || !state.wasAtEnd
  const commit = async (): Promise<void> => undefined
  const batch = { source: id, partition, format, binding, messages, redelivered, commit }
  try {
    const durable = deliver(batch).then((delivered) => delivered.durable)
    const end = await waitFor(durable, { clock, ms: 2 ** 31 - 1, signal: closed })
    return end === 'done'
  } catch (error) {
    // Some of it may have arrived, so all is marked until the stream was read to its end again.
    state.wasAtEnd = false
    if (error instanceof CurfewError && error.retry) throw error
    throw new DeliveryFailure('a batch failed for good', { cause: error })
  }
}

/** Two tenants may call an instance of theirs the same. */
function cursorIdOf({ binding, id, partition }: Reader): string {
  return `${binding.tenant}/${id}/${partition}`
}

async function stateKept(reader: Reader): Promise<StreamState> {
  const { cursor, id, partition, log, clock } = reader
  const text = await cursor.read(cursorIdOf(reader))
  const state = { isKept: false, keptAt: 0, wasAtEnd: false }
  const kept = text === null ? undefined : jsonAs(Kept, text)
  if (kept !== undefined) return { ...state, ...kept, next: kept.next + numbersSkippedAtStart }
  if (text !== null) log.error({ feed: id, partition }, 'the cursor is unreadable; reading anew')
  return { ...state, next: clock.now() * 1_000, place: null }
}

/**
 * Keeps the place, unless it is kept already. Nothing more is delivered until that is done. What does
 * not change is written once a day all the same: places that nobody writes are forgotten in time.
 */
async function keep(reader: Reader, state: StreamState): Promise<void> {
  const now = reader.clock.now()
  if (state.isKept && now - state.keptAt < keepAgainMs) return
  const { next, place } = state
  await reader.cursor.write(cursorIdOf(reader), JSON.stringify({ next, place }))
  state.isKept = true
  state.keptAt = now
}

function sameAs(one: FeedPlace | null, other: FeedPlace): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Counts failures in a row, says so once a minute, and how long to wait. */
function makeFailing(
  { id, binding, everyMs }: Pick<Reader, 'id' | 'binding'> & { readonly everyMs: number },
  { log, meter, clock, onIntakeHealth }: FeedPorts,
) {
  let failures = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    ended(): void {
      if (failures > 0) log.info({ feed: id, failures }, 'the feed is read again')
      failures = 0
      meter.gauge('curfew_source_up', 1, { source: id })
      onIntakeHealth?.({ source: id, isUp: true, binding, withinMs: everyMs + pageMsMax })
    },
    waitAfter(error: unknown): number {
      const asked = error instanceof CurfewError ? (error.retryAfterMs ?? 0) : 0
      const ownMs = backOffMs(failures, retryMsFirst, retryMsMax)
      const waitMs = Math.max(ownMs, Math.min(asked, retryAfterMsMax))
      failures += 1
      meter.gauge('curfew_source_up', 0, { source: id })
      onIntakeHealth?.({ source: id, isUp: false, binding, error })
      meter.count('curfew_source_feed_failures_total', { source: id })
      const isDue = clock.now() - toldAt >= tellEveryMs
      if (isDue) toldAt = clock.now()
      const say = isDue ? log.warn : log.debug
      say({ feed: id, reason: reasonOf(error), failures, waitMs }, 'the feed cannot be read')
      return waitMs
    },
  }
}
