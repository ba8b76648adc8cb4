import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../contract/ports.ts'
import { lives } from '../process/own-folder.ts'

/** How often somebody who waits looks again, milliseconds. */
const lookMs = 200

/** Beyond this a lock was left by somebody on another machine, milliseconds. */
const lockMsMax = 600_000

/**
 * Does something while no other process that asks for the same lock does. The lock is a file with the
 * number of its process; one that a killed process left is taken over. Two that take it over at the
 * same moment both work: what they make must appear whole by a rename, so that this costs time only.
 */
export async function withLock<Done>(
  path: string,
  clock: Clock,
  work: () => Promise<Done>,
): Promise<Done> {
  while (!(await taken(path, clock))) await clock.wait(lookMs)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function taken(path: string, clock: Clock): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${hostname()}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  if (await isAbandoned(path, clock)) await rm(path, { force: true })
  return false
}

async function isAbandoned(path: string, clock: Clock): Promise<boolean> {
  try {
    const [pid, host] = (await readFile(path, 'utf8')).split(' ')
    if (host === hostname()) return !lives(Number(pid))
    return clock.now() - (await stat(path)).mtimeMs > lockMsMax
  } catch {
    // It was given back in the meantime.
    return false
  }
}

/**
 * Removes tables of the same name that other versions left, and what killed processes left of this
 * one.
 *
 * @param prefix what the names of such tables begin with.
 * @param one the table that stays.
 */
export async function removeOthers(folder: string, prefix: string, one: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOlder = name.startsWith(prefix) && name.endsWith('.table') && name !== one
    const isLeft = name.startsWith(`${one}.`) && name.endsWith('.part')
    if (isOlder || isLeft) await rm(join(folder, name), { force: true })
  }
}
