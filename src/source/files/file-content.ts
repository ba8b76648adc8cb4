import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CurfewError, reasonOf } from '../../contract/errors.ts'

/** A file may grow this much beyond a compression of `expansionMax` before that counts as a bomb. */
const expansionFreeBytes = 64 * 1024 * 1024
/** Event logs shrink ten- to thirty-fold; a bomb shrinks a thousand-fold. */
const expansionMax = 200
const gzipMagic = Buffer.from([0x1f, 0x8b])

/** A file as it was when it was opened: what is appended later is not part of it. */
export interface FileContent {
  /** First 16 hex digits of the SHA-256 of all its bytes: the same file under any name. */
  readonly digest: string
  readonly bytesTotal: number
  /** Its bytes, unpacked when they are gzip; may be called again, for another pass. */
  readonly chunks: () => AsyncGenerator<Buffer>
  /** Bytes of the file itself (packed) that the latest pass has taken in. */
  readonly bytesRead: () => number
  readonly close: () => Promise<void>
}

/**
 * Opens a file for reading and goes through it once for its digest. A digest of less than the
 * whole could make one log of a series pass for another and resume in the middle of it, and the
 * lines before would be lost without a word; reading a file twice costs less than that.
 *
 * @throws CurfewError SOURCE_UNREADABLE when it cannot be read.
 */
export async function openFileContent(path: string): Promise<FileContent> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error)
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw unreadable(path, new Error('it is not a regular file'))
    const { digest, isPacked } = await digestOf(file, stat.size)
    return describe({ path, file, bytesTotal: stat.size, digest, isPacked })
  } catch (error) {
    await file.close()
    throw error instanceof CurfewError ? error : unreadable(path, error)
  }
}

function describe({
  path,
  file,
  bytesTotal,
  digest,
  isPacked,
}: {
  readonly path: string
  readonly file: FileHandle
  readonly bytesTotal: number
  readonly digest: string
  readonly isPacked: boolean
}): FileContent {
  let bytesRead = 0
  async function* chunks(): AsyncGenerator<Buffer> {
    bytesRead = 0
    if (bytesTotal === 0) return
    const packed = bytesOf(file, bytesTotal)
    packed.on('data', (chunk) => {
      bytesRead += chunk.length
    })
    try {
      yield* isPacked ? unpacked(path, packed, () => bytesRead) : plain(packed)
    } catch (error) {
      throw error instanceof CurfewError ? error : unreadable(path, error)
    } finally {
      packed.destroy()
    }
  }
  return { digest, bytesTotal, chunks, bytesRead: () => bytesRead, close: () => file.close() }
}

type FileStream = ReturnType<FileHandle['createReadStream']>

function bytesOf(file: FileHandle, bytesTotal: number): FileStream {
  return file.createReadStream({ start: 0, end: bytesTotal - 1, autoClose: false })
}

async function digestOf(
  file: FileHandle,
  bytesTotal: number,
): Promise<{ readonly digest: string; readonly isPacked: boolean }> {
  const hash = createHash('sha256')
  let head = Buffer.alloc(0)
  if (bytesTotal > 0) {
    for await (const chunk of plain(bytesOf(file, bytesTotal))) {
      if (head.length < gzipMagic.length) head = Buffer.concat([head, chunk.subarray(0, 2)])
      hash.update(chunk)
    }
  }
  return {
    digest: hash.digest('hex').slice(0, 16),
    isPacked: head.subarray(0, gzipMagic.length).equals(gzipMagic),
  }
}

async function* plain(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk
}

async function* unpacked(
  path: string,
  packed: FileStream,
  bytesRead: () => number,
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  // The iteration below sees the error; the callback only keeps it from being thrown elsewhere.
  pipeline(packed, gunzip, () => undefined)
  let bytesOut = 0
  for await (const chunk of plain(gunzip)) {
    bytesOut += chunk.length
    if (bytesOut > expansionFreeBytes + bytesRead() * expansionMax) throw bomb(path)
    yield chunk
  }
}

function bomb(path: string): CurfewError {
  return new CurfewError(
    'SOURCE_UNREADABLE',
    `Expected ${path} to hold a packed event log; it unpacks to more than ${expansionMax} times ` +
      'its size, as a decompression bomb does. If it is genuine, unpack it and give the result.',
  )
}

function unreadable(path: string, error: unknown): CurfewError {
  return new CurfewError(
    'SOURCE_UNREADABLE',
    `Expected to read ${path} to its end; ${reasonOf(error)}. ` +
      'What came before is kept; mend the file or its permissions and give it again.',
    { cause: error },
  )
}
