import type { Cause } from '../contract/cause.ts'
import type { Curfew } from '../contract/curfew.ts'
import { reasonOf } from '../contract/errors.ts'
import { rowsMax } from './native-columns.ts'
import type { BatchRows, OpenBlock } from './open-block.ts'
import { addBatch, blankBlock, makePools, release } from './open-block.ts'
import type { WriteDeps } from './write-block.ts'
import { makeWriteBlock } from './write-block.ts'

export interface RecordOptions extends WriteDeps {
  /** A block is written once it has so many rows or bytes, or so much time has passed since its first. */
  readonly flushRows: number
  readonly flushBytes: number
  readonly flushMs: number
  /** Called after causes became durable, so that the enforcer starts at once. */
  readonly onCauses: (causes: readonly Cause[]) => void
  /** The same of curfews. */
  readonly onCurfews?: (curfews: readonly Curfew[]) => void
}

/** Turns batches into rows. */
export interface Recorder {
  /**
   * Appends the rows of a batch to the open block. Resolves once the block has room, which is the
   * back-pressure; `durable` settles when the engine has acknowledged all of it. Once a block could
   * not be written, nothing after it is: a position beyond it must never be committed.
   *
   * @throws the failure of an earlier block.
   */
  readonly record: (batch: BatchRows) => Promise<{ readonly durable: Promise<void> }>
  /** Settles once everything recorded before this call is durable, or has failed. */
  readonly settled: () => Promise<void>
  /** Rejects once a block could not be written, except through `close`. */
  readonly failed: Promise<never>
  /** Writes the open block, waits up to 1.5 s or `graceMs` for the store, and stops. */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Rows a block may hold while the one before it is still being written; then appending waits. */
const roomMax = rowsMax - 4_096
/** An unavailable store must not keep a process from ending: unwritten batches are read again. */
const closeGraceMs = 1_500

interface PendingBlock {
  readonly block: OpenBlock
  readonly written: Promise<void>
  readonly settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
  /** Aborted once the flush timer is no longer needed. */
  readonly flushed: AbortController
  isDue: boolean
}

/** Opens the recorder. */
export function openRecorder(options: RecordOptions): Recorder {
  const blocks = new Blocks(options)
  return {
    record: (batch) => blocks.record(batch),
    settled: () => blocks.settled(),
    failed: blocks.failed,
    close: (graceMs) => blocks.close(graceMs),
  }
}

/** Two blocks alternate: one fills while the other is written. */
class Blocks {
  readonly #options: RecordOptions
  readonly #pools = makePools()
  readonly #stopped = new AbortController()
  readonly #writeBlock: ReturnType<typeof makeWriteBlock>
  readonly #failed = Promise.withResolvers<never>()
  #failure: { readonly error: unknown } | undefined
  #open: PendingBlock | undefined
  #writing: Promise<void> | undefined
  #written: Promise<void> = Promise.resolve()
  #room = Promise.withResolvers<void>()

  constructor(options: RecordOptions) {
    this.#options = options
    this.#writeBlock = makeWriteBlock(options, this.#stopped.signal)
    this.#failed.promise.catch(() => {})
  }

  get failed(): Promise<never> {
    return this.#failed.promise
  }

  async record(batch: BatchRows): Promise<{ readonly durable: Promise<void> }> {
    const rows = batch.events.length + batch.rejected.length
    while (this.#open && !this.#hasRoom(this.#open, rows)) {
      // A full block is flushed as soon as the one before it is written, and makes room.
      this.#open.isDue = true
      this.#flush()
      if (this.#open) await this.#room.promise
    }
    if (this.#failure) throw this.#failure.error
    this.#open ??= this.#begin()
    const { block, written } = this.#open
    addBatch(block, batch, this.#pools)
    if (this.#isFull(block)) this.#flush()
    return { durable: written }
  }

  #isFull({ rows, bytes }: OpenBlock): boolean {
    return rows >= this.#options.flushRows || bytes >= this.#options.flushBytes
  }

  /** While one block is written the next may exceed its size, up to a bound. */
  #hasRoom({ block }: PendingBlock, rows: number): boolean {
    return block.rows + rows <= roomMax && block.bytes < 2 * this.#options.flushBytes
  }

  async settled(): Promise<void> {
    await Promise.allSettled([this.#written, this.#open?.written])
  }

  async close(graceMs = closeGraceMs): Promise<void> {
    const closed = new AbortController()
    void this.#options.clock.wait(Math.min(closeGraceMs, graceMs), closed.signal).then(() => {
      if (!closed.signal.aborted) this.#stopped.abort()
    })
    while (this.#open || this.#writing) {
      this.#flush()
      await this.#writing
    }
    closed.abort()
    this.#stopped.abort()
  }

  #begin(): PendingBlock {
    const { promise, ...settle } = Promise.withResolvers<void>()
    // The caller awaits the promise; without a caller a rejection must not end the process.
    promise.catch(() => {})
    const flushed = new AbortController()
    const begun = { block: blankBlock(), written: promise, settle, flushed, isDue: false }
    void this.#options.clock.wait(this.#options.flushMs, flushed.signal).then(() => {
      if (flushed.signal.aborted) return
      begun.isDue = true
      this.#flush()
    })
    return begun
  }

  #flush(): void {
    const full = this.#open
    if (!full || this.#writing) return
    full.flushed.abort()
    this.#open = undefined
    this.#room.resolve()
    this.#room = Promise.withResolvers<void>()
    this.#written = full.written
    this.#writing = this.#write(full).finally(() => {
      this.#writing = undefined
      const next = this.#open
      // The next block may be due already: its timer ran out while this one was written.
      if (next && (next.isDue || this.#isFull(next.block))) this.#flush()
    })
  }

  async #write({ block, settle }: PendingBlock): Promise<void> {
    const { clock, meter, onCauses, onCurfews } = this.#options
    const begun = clock.now()
    try {
      await this.#writeBlock(block)
    } catch (error) {
      settle.reject(error)
      this.#giveUp(error)
      return
    }
    release(block, this.#pools)
    meter.count('curfew_record_rows_total', {}, block.rows)
    meter.observeMs('curfew_record_block_seconds', clock.now() - begun)
    settle.resolve()
    if (block.curfews.length > 0) onCurfews?.(block.curfews)
    if (block.causes.length > 0) onCauses(block.causes)
  }

  /** Rows behind a failed block may depend on it, so they fail with it. */
  #giveUp(error: unknown): void {
    this.#failure = { error }
    if (!this.#stopped.signal.aborted) {
      this.#options.log.error(
        { reason: reasonOf(error) },
        'a block cannot be written; nothing more is recorded until the process starts again',
      )
      this.#failed.reject(error)
    }
    this.#open?.flushed.abort()
    this.#open?.settle.reject(error)
    this.#open = undefined
    this.#room.resolve()
  }
}
