import type { Cause } from '../contract/cause.ts'
import { rowsMax } from './native-columns.ts'
import type { OpenBlock, Told } from './open-block.ts'
import { blankBlock, gather, makePool } from './open-block.ts'
import type { WriteDeps } from './write-block.ts'
import { makeWriteBlock } from './write-block.ts'

export interface RecordOptions extends WriteDeps {
  /** A block is written once it has so many rows, or so much time has passed since its first. */
  readonly flushRows: number
  readonly flushMs: number
  /** Called after causes became durable, so that the enforcer need not wait for its next look. */
  readonly onCauses: (causes: readonly Cause[]) => void
}

/** Where batches become rows. */
export interface Recorder {
  /**
   * Appends what a batch told to the open block. Resolves once there was room, which is the
   * back-pressure; `durable` settles when the engine has acknowledged all of it.
   */
  readonly record: (told: Told) => Promise<{ readonly durable: Promise<void> }>
  /** Writes what is open, waits for it, and stops. */
  readonly close: () => Promise<void>
}

/** Rows a block may hold while the one before it is still being written; then appending waits. */
const roomMax = rowsMax - 4_096

interface Gathering {
  readonly block: OpenBlock
  readonly written: Promise<void>
  readonly settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
  timer: NodeJS.Timeout | undefined
}

/** Two blocks alternate: one fills while the other is written. */
export function openRecorder(options: RecordOptions): Recorder {
  const pool = makePool()
  const stopped = new AbortController()
  const writeBlock = makeWriteBlock(options, stopped.signal)
  let open: Gathering | undefined
  let writing: Promise<void> | undefined
  let room = Promise.withResolvers<void>()

  const flush = (): void => {
    const full = open
    if (!full || writing) return
    clearTimeout(full.timer)
    open = undefined
    room.resolve()
    room = Promise.withResolvers<void>()
    writing = write(full).finally(() => {
      writing = undefined
      // What gathered meanwhile may be due already: its time ran out while this one was written.
      if (open && (open.timer === undefined || open.block.rows >= options.flushRows)) flush()
    })
  }

  const write = async ({ block, settle }: Gathering): Promise<void> => {
    const begun = options.clock.now()
    try {
      await writeBlock(block)
      for (const month of block.months) pool.give(month.block)
      options.meter.count('curfew_record_rows_total', {}, block.rows)
      options.meter.observeMs('curfew_record_block_seconds', options.clock.now() - begun)
      settle.resolve()
      if (block.causes.length > 0) options.onCauses(block.causes)
    } catch (error) {
      settle.reject(error)
    }
  }

  const record = async (told: Told) => {
    while (open && open.block.rows + told.events.length + told.rejected.length > roomMax) {
      flush()
      if (open) await room.promise
    }
    open ??= begin(() => {
      if (open) open.timer = undefined
      flush()
    }, options.flushMs)
    const { written } = open
    gather(open.block, told, pool.take)
    if (open.block.rows >= options.flushRows) flush()
    return { durable: written }
  }

  const close = async (): Promise<void> => {
    while (open || writing) {
      flush()
      await writing
    }
    stopped.abort()
  }
  return { record, close }
}

function begin(due: () => void, flushMs: number): Gathering {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Whoever handed the batch in waits for it; a rejection nobody waits for must not end the process.
  promise.catch(() => {})
  return {
    block: blankBlock(),
    written: promise,
    settle: { resolve, reject },
    timer: setTimeout(due, flushMs),
  }
}
