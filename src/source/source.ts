import type { Batch, Binding } from '../contract/raw-message.ts'

/**
 * Hands a batch to the journey. Resolves once the batch is judged and appended to the open block,
 * which is when the source may hand over the next one: waiting here is the back-pressure. `durable`
 * settles once everything the batch told is recorded and its position committed; it rejects when
 * that failed for good, and then nothing of the batch may be acknowledged.
 */
export type Deliver = (batch: Batch) => Promise<Delivered>

export interface Delivered {
  readonly durable: Promise<void>
}

/**
 * Told by a source each time it could be read or could not, so that somebody hears of one that stays
 * away. Without a binding it is a source that serves all of them.
 */
export type OnStanding = (told: {
  readonly source: string
  readonly isUp: boolean
  readonly binding?: Binding
  /** Why it could not. */
  readonly error?: unknown
  /** Within so long it says how it goes on, ms: else it hangs. */
  readonly withinMs?: number
}) => void

/** Told by a source that takes long over what there is to read: it goes on, and how it went is said later. */
export type OnReading = (told: {
  readonly source: string
  readonly binding?: Binding
  /** Within so long it says how it goes on, ms: else it hangs. */
  readonly withinMs: number
}) => void

/**
 * An open source. `run` delivers batches until `close` is called or the source is exhausted (files)
 * and rejects on a failure that waiting cannot mend. `close` stops taking new messages, waits for
 * what was delivered to become durable (bounded by `graceMs`), and leaves cleanly.
 */
export interface Source {
  readonly id: string
  readonly run: (deliver: Deliver) => Promise<void>
  readonly close: (graceMs?: number) => Promise<void>
}
