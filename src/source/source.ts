import type { Batch, Binding } from '../contract/raw-message.ts'

/**
 * Delivers a batch to the journey. Resolves once the batch is judged and appended to the open block;
 * then the source may deliver the next one: this wait is the back-pressure. `durable` settles once all
 * rows of the batch are recorded and its position is committed. It rejects when that failed for good;
 * then no message of the batch may be acknowledged.
 */
export type Deliver = (batch: Batch) => Promise<Delivered>

export interface Delivered {
  readonly durable: Promise<void>
}

/**
 * Called by a source each time a read succeeded or failed, so that a source that stays down is reported.
 * Without a binding the source serves all instances.
 */
export type OnIntakeHealth = (state: {
  readonly source: string
  readonly isUp: boolean
  readonly binding?: Binding
  /** Why it could not. */
  readonly error?: unknown
  /** The source reports again within so long, ms; otherwise it hangs. */
  readonly withinMs?: number
}) => void

/** Called by a source during a long read; its result is reported later. */
export type OnReading = (state: {
  readonly source: string
  readonly binding?: Binding
  /** The source reports again within so long, ms; otherwise it hangs. */
  readonly withinMs: number
}) => void

/**
 * An open source. `run` delivers batches until `close` is called or the source is exhausted (files)
 * and rejects on a failure that a retry cannot help. `close` stops reading, waits until the delivered
 * batches are durable (bounded by `graceMs`), and disconnects.
 */
export interface Source {
  readonly id: string
  readonly run: (deliver: Deliver) => Promise<void>
  readonly close: (graceMs?: number) => Promise<void>
}
