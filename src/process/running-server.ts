import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lives } from './own-folder.ts'

/** A Curfew that has a data folder: its process, and where it listens. */
export interface RunningServer {
  readonly pid: number
  readonly url: string
  /** Whether it serves reports; without the role it serves its health only. */
  readonly serves: boolean
}

const fileIn = (dataDir: string): string => join(dataDir, 'server.json')

/**
 * Writes down that this process has the folder, for commands that find the folder in use.
 * Only a convenience: what cannot be written is left out, and whoever reads it checks it.
 *
 * @returns takes the note away again.
 */
export function announceServer(
  dataDir: string,
  note: Pick<RunningServer, 'url' | 'serves'>,
): () => void {
  const path = fileIn(dataDir)
  try {
    writeFileSync(path, `${JSON.stringify({ pid: process.pid, ...note })}\n`, { mode: 0o600 })
  } catch {
    return () => {}
  }
  return () => {
    // Another may have begun in the meantime, and the note is then its own.
    if (noted(path)?.pid === process.pid) rmSync(path, { force: true })
  }
}

/**
 * The living process that has the folder, as it noted itself. A killed one leaves its note
 * behind, so a process of that number must live; it may still be another by now, and not answer.
 */
export function serverIn(dataDir: string): RunningServer | undefined {
  const server = noted(fileIn(dataDir))
  return server !== undefined && server.pid !== process.pid && lives(server.pid)
    ? server
    : undefined
}

function noted(path: string): RunningServer | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof note !== 'object' || note === null || !('pid' in note && 'url' in note)) {
      return undefined
    }
    const { pid, url } = note
    if (typeof url !== 'string' || !/^https?:\/\/[^\s@]+$/.test(url)) return undefined
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return undefined
    return { pid, url, serves: Reflect.get(note, 'serves') === true }
  } catch {
    return undefined
  }
}
