import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Sink } from '../outbox.ts'

export interface FileSink extends Sink, AsyncDisposable {
  /** Resolves once everything is in the file. */
  readonly close: () => Promise<void>
}

/**
 * Writes events into a new file, one JSON object a line; packed with gzip when the path ends in
 * `.gz`. A malformed message is written as it is, so it may be a line that is no JSON.
 *
 * @throws the error of node:fs, such as EEXIST, at the first write or at closing.
 */
export function openFileSink(path: string): FileSink {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  const gzip = path.endsWith('.gz') ? createGzip() : undefined
  const entrance = gzip ?? file
  // `finished` is asked for at once, so that an early error is not lost before anybody looks.
  const done = finished(file)
  done.catch(() => entrance.destroy())
  gzip?.pipe(file)
  let closed = false
  const close = async () => {
    if (!closed) entrance.end()
    closed = true
    await done
  }
  return {
    send: async (lines) => {
      if (file.errored !== null) throw file.errored
      const text = lines.map(({ json }) => `${json}\n`).join('')
      if (!entrance.write(text)) await Promise.race([once(entrance, 'drain'), done])
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
