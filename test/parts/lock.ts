import { randomUUID } from 'node:crypto'
import {
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { eventually } from './eventually.ts'

/** A holder that has not touched its token for this long is taken for dead. */
export const STALE_AFTER_MS = 60_000
const BEAT_EVERY_MS = 5_000

/**
 * Runs `work` while holding the lock folder `path`; other processes that ask wait their turn.
 *
 * The folder is made elsewhere with the holder's token in it and then renamed into place: the
 * system refuses to rename onto a folder that is not empty, so exactly one wins, and a lock
 * without an owner never exists. A stale lock is broken by deleting its token by name, which
 * cannot hit the token of somebody who took the lock meanwhile.
 */
export const withLock = async <Result>({
  path,
  timeoutMs,
  work,
}: {
  readonly path: string
  readonly timeoutMs: number
  readonly work: () => Promise<Result>
}): Promise<Result> => {
  await mkdir(dirname(path), { recursive: true })
  const token = `${process.pid}@${hostname()}@${randomUUID()}`
  const tokenPath = join(path, token)
  await eventually({
    what: `Waited for ${path}; if no other test run is alive, delete that folder`,
    timeoutMs,
    everyMs: 200,
    probe: async () => (await tryToTake(path, token)) || undefined,
  })
  const beat = setInterval(() => {
    const now = new Date()
    // A beat that finds no token has nothing to save: the lock was broken while we were asleep.
    utimes(tokenPath, now, now).catch(() => undefined)
  }, BEAT_EVERY_MS)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await rm(tokenPath, { force: true })
    // Fails when the next holder is already in, which is how it should be.
    await rmdir(path).catch(() => undefined)
  }
}

const tryToTake = async (path: string, token: string): Promise<boolean> => {
  await breakWhenStale(path)
  const prepared = await mkdtemp(join(dirname(path), `${basename(path)}-try-`))
  await writeFile(join(prepared, token), '')
  try {
    await rename(prepared, path)
    return true
  } catch (error) {
    await rm(prepared, { recursive: true, force: true })
    if (isTaken(error)) return false
    throw error
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOTEMPTY' || error.code === 'EEXIST' || error.code === 'EPERM')

const breakWhenStale = async (path: string): Promise<void> => {
  const tokens = await readdir(path).catch((): string[] => [])
  for (const token of tokens) {
    const touched = await stat(join(path, token)).catch(() => undefined)
    if (touched === undefined) continue
    const silentMs = Date.now() - touched.mtimeMs
    if (silentMs > STALE_AFTER_MS || isOwnerGone(token))
      await rm(join(path, token), { force: true })
  }
}

/** True only for an owner of this very machine; of another one's processes we know nothing. */
const isOwnerGone = (token: string): boolean => {
  const [pid = '', host] = token.split('@')
  if (host !== hostname() || !/^\d+$/.test(pid)) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
