import type { Clock, Log } from '../../contract/ports.ts'
import type { Binding, RawMessage } from '../../contract/raw-message.ts'
import type { Checkpoint } from '../files/checkpoint.ts'
import type { FileContent } from '../files/file-content.ts'
import { openFileContent } from '../files/file-content.ts'
import type { Line } from '../files/lines.ts'
import { LineCutter } from '../files/lines.ts'
import { InFlight } from '../kafka/in-flight.ts'
import type { Deliver, Source } from '../source.ts'

const batchLinesMax = 2_000
/** Keeps a batch of huge lines from holding gigabytes. */
const batchBytesMax = 8 * 1024 * 1024
const lineBytesMax = 4 * 1024 * 1024
/** Of a longer line: more than decode takes, so that it is rejected as what it is, too large. */
const headBytes = 300 * 1024
/**
 * How many batches may be underway. Never lower it: after a crash this many batches beyond the
 * checkpoint may have been recorded, and only those are marked for the store to be asked about.
 */
const batchesUnderwayMax = 8

export interface FileProgress {
  readonly path: string
  /** Which file of how many, counted from 1. */
  readonly file: number
  readonly files: number
  /** Bytes of the file as it lies on disk. */
  readonly bytesRead: number
  readonly bytesTotal: number
  /** Lines that are recorded, those of an earlier run included. */
  readonly lines: number
  readonly done: boolean
}

export interface FilePorts {
  /** Whose events these are. Lane and mayAct are not taken from it: history never acts. */
  readonly binding: Binding
  readonly format: string
  /** What is around each event, as `Batch.envelope`; `auto` unless said. */
  readonly envelope?: string
  readonly checkpoint: Checkpoint
  readonly log: Log
  readonly clock: Clock
  readonly onProgress?: (progress: FileProgress) => void
}

/**
 * Replays files of one JSON event per line, plain or gzip, one after the other. A file is known by
 * its content: given again, under whatever name, it goes on where the last run was recorded. What a
 * replay with another checkpoint has stored is not known here; event ids make that harmless.
 *
 * `run` ends after the last file, once everything is durable.
 *
 * @throws CurfewError SOURCE_UNREADABLE from `run`, after everything before the fault is durable.
 */
export function openFiles(paths: readonly string[], ports: FilePorts): Source {
  const historical: Binding = { ...ports.binding, lane: 'historical', mayAct: false }
  const underway = new InFlight()
  const closing = new AbortController()
  const closed = new AbortController()
  return {
    id: 'file',
    async run(deliver) {
      for (const [index, path] of paths.entries()) {
        if (closing.signal.aborted) return
        const content = await openFileContent(path)
        const place = { path, file: index + 1, files: paths.length }
        try {
          await replay({
            ...ports,
            binding: historical,
            content,
            place,
            deliver,
            underway,
            closing: closing.signal,
            closed: closed.signal,
          })
        } catch (error) {
          // What came before the fault is kept first, so that whoever hears of it may end at once.
          await underway.settled(closed.signal).catch(() => undefined)
          throw error
        } finally {
          // What the journey holds is its own memory; the file is no longer needed for it.
          await content.close()
        }
        await underway.settled(closed.signal)
      }
    },
    async close(graceMs = 10_000) {
      closing.abort()
      // A batch that failed for good is told by `run`; closing has nothing to add to it.
      const settled = underway.settled(closed.signal).catch(() => undefined)
      await Promise.race([settled, ports.clock.wait(graceMs, closed.signal)])
      closed.abort()
    },
  }
}

interface Replay extends FilePorts {
  readonly content: FileContent
  readonly place: { readonly path: string; readonly file: number; readonly files: number }
  readonly deliver: Deliver
  readonly underway: InFlight
  /** Nothing more is to be delivered. */
  readonly closing: AbortSignal
  /** Nothing more is to be waited for. */
  readonly closed: AbortSignal
}

async function replay(replay: Replay): Promise<void> {
  const { content, checkpoint, place, log, closing, closed, underway } = replay
  const source = `file:${content.digest}`
  const resumedAt = await checkpoint.read(source)
  // Written before anything is delivered: a file without a checkpoint was never begun.
  if (resumedAt === null) await checkpoint.write(source, 0)
  let recorded = resumedAt ?? 0
  const tell = (done: boolean): void =>
    replay.onProgress?.({
      ...place,
      bytesRead: content.bytesRead(),
      bytesTotal: content.bytesTotal,
      lines: recorded,
      done,
    })
  const commit = makeCommit(recorded, async (next) => {
    await checkpoint.write(source, next)
    recorded = next
    tell(false)
  })
  let batches = 0
  let end = 0
  for await (const piece of pieces(content, recorded)) {
    end = piece.next
    if (closing.aborted) return
    if (piece.lines.length === 0) continue
    batches += 1
    const redelivered = resumedAt !== null && batches <= batchesUnderwayMax
    await handOver({ ...replay, source, piece, redelivered, commit })
  }
  await underway.settled(closed)
  if (closing.aborted) return
  if (end > recorded) await commit(end)
  if (batches === 0) log.info({ path: place.path, source }, 'nothing in this file is new')
  tell(true)
}

/**
 * Writes one position at a time, the furthest that was asked for meanwhile: a call returns once
 * its position or a later one is kept. Positions are asked for in order, so the furthest covers all.
 */
function makeCommit(from: number, write: (next: number) => Promise<void>) {
  let asked = from
  let kept = from
  let writing: Promise<void> | undefined
  const writeFurthest = async (): Promise<void> => {
    const next = asked
    await write(next)
    kept = next
  }
  return async (next: number): Promise<void> => {
    asked = Math.max(asked, next)
    while (kept < next) {
      writing ??= writeFurthest().finally(() => {
        writing = undefined
      })
      await writing
    }
  }
}

interface Piece {
  readonly lines: readonly Line[]
  /** The number of the first line after it. */
  readonly next: number
}

/** The same file from the same line is always cut the same way: resuming relies on it. */
async function* pieces(content: FileContent, from: number): AsyncGenerator<Piece> {
  const cutter = new LineCutter({ lineBytesMax, headBytes })
  let lines: Line[] = []
  let bytes = 0
  function* take(fresh: readonly Line[]): Generator<Piece> {
    for (const line of fresh) {
      if (line.number < from) continue
      lines.push(line)
      bytes += line.bytes.length
      if (lines.length < batchLinesMax && bytes < batchBytesMax) continue
      yield { lines, next: line.number + 1 }
      lines = []
      bytes = 0
    }
  }
  for await (const chunk of content.chunks()) yield* take(cutter.push(chunk))
  yield* take(cutter.end())
  yield { lines, next: cutter.number }
}

async function handOver({
  source,
  piece,
  redelivered,
  commit,
  binding,
  format,
  envelope,
  deliver,
  underway,
  closing,
  log,
  clock,
  place,
}: Replay & {
  readonly source: string
  readonly piece: Piece
  readonly redelivered: boolean
  readonly commit: (next: number) => Promise<void>
}): Promise<void> {
  await underway.below(batchesUnderwayMax, closing)
  if (closing.aborted) return
  const receivedAt = clock.now()
  const messages: RawMessage[] = piece.lines.map(({ number, bytes, cut }) => {
    if (cut) log.warn({ path: place.path, line: number + 1, lineBytesMax }, 'a line is too long')
    return { value: bytes, offset: number, receivedAt }
  })
  await underway.add(
    deliver({
      source,
      partition: 0,
      format,
      ...(envelope === undefined ? {} : { envelope }),
      binding,
      messages,
      redelivered,
      commit: () => commit(piece.next),
    }),
  )
}
