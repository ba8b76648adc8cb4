import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CurfewError } from '../contract/errors.ts'
import { makeOwnFolder } from '../process/own-folder.ts'

/** Files by which data goes into the embedded engine, in a folder of this process alone. */
export interface Inbox {
  /**
   * Writes the bytes into a file and lends its path to the work, until that settles.
   *
   * @throws what the work throws, or the fault of the file system.
   */
  readonly lend: (
    bytes: readonly Uint8Array[],
    work: (path: string) => Promise<unknown>,
  ) => Promise<void>
  /** Removes the folder. */
  readonly close: () => void
}

/**
 * Opens an inbox, in memory where there is such a folder. A file is written over and over: fetching
 * its pages anew and giving them back for each block would cost more than the copying does. As many
 * stay as were ever lent at once, each as large as what it last held.
 *
 * @param base where its folder is made.
 * @throws CurfewError STORE_UNREACHABLE when no folder can be made.
 */
export function openInbox(base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()): Inbox {
  const folder = privateFolder(base)
  const free: string[] = []
  let files = 0
  return {
    async lend(bytes, work) {
      const path = free.pop() ?? join(folder, `${++files}`)
      try {
        writeAtOnce(path, bytes)
        await work(path)
      } catch (error) {
        // Whoever failed may still have it open: it is not written over under their hands.
        rmSync(path, { force: true })
        throw error
      }
      free.push(path)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/**
 * In one go, without a turn of the event loop in between: the folder is in memory, so this is a copy
 * of some milliseconds, while a turn lasts as long as it takes to judge a batch.
 */
function writeAtOnce(path: string, bytes: readonly Uint8Array[]): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600)
  try {
    let length = 0
    for (let rest = bytes; rest.length > 0; ) {
      const written = writevSync(file, rest)
      length += written
      rest = restOf(rest, written)
    }
    ftruncateSync(file, length)
  } finally {
    closeSync(file)
  }
}

/** What is left after so many bytes: a full disk may take a part. */
function restOf(chunks: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let left = written
  for (const [place, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(place + 1)]
    left -= chunk.length
  }
  return []
}

function privateFolder(base: string): string {
  try {
    return makeOwnFolder(base, 'curfew-inbox-')
  } catch (error) {
    throw new CurfewError(
      'STORE_UNREACHABLE',
      `cannot make a private folder under ${base} for data on its way into the engine; make it writable`,
      { cause: error },
    )
  }
}
