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

/** Files that carry data into the embedded engine, in a folder private to this process. */
export interface Inbox {
  /**
   * Writes the bytes into a file and keeps its path for the work until that settles.
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
 * Opens an inbox, in memory where there is such a folder. Files are reused: allocating and freeing
 * their pages for each block would cost more than the copy. As many files
 * stay as were in use at once, each with the size of its last content.
 *
 * @param base parent of its folder.
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
        // Failed work may still have the file open, so it is not reused.
        rmSync(path, { force: true })
        throw error
      }
      free.push(path)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/**
 * Writes without yielding to the event loop: the folder is in memory, so the copy takes some
 * milliseconds, while one iteration of the loop can take as long as a whole batch.
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

/** The chunks after so many bytes: a full disk may accept only a part. */
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
      `cannot make a private folder under ${base} for data for the engine; make it writable`,
      { cause: error },
    )
  }
}
