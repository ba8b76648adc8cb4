import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

const ownerFile = 'owner.json'

/** Whose a folder is. Numbers of processes mean something on one machine, and in one container, only. */
interface Owner {
  readonly pid: number
  readonly host: string
}

/**
 * Makes a folder that goes with this process, readable by this user alone, and takes away those that
 * killed processes left.
 *
 * @param parent where, such as the folder for temporary files.
 * @param prefix what the names of such folders begin with.
 */
export function makeOwnFolder(parent: string, prefix: string): string {
  sweep(parent, prefix)
  const folder = mkdtempSync(join(parent, prefix))
  const owner: Owner = { pid: process.pid, host: hostname() }
  writeFileSync(join(folder, ownerFile), `${JSON.stringify(owner)}\n`, { mode: 0o600 })
  return folder
}

/**
 * Removes folders of this user and machine whose process is gone. In a folder that all may
 * write to anybody can make one that looks so; theirs, links, and folders that do not say whose they
 * are stay as they are.
 */
function sweep(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue
    const folder = join(parent, name)
    if (!isOurs(folder) || !isAbandoned(folder)) continue
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // Another process may be sweeping as well; what is left is for the next one.
    }
  }
}

function isOurs(folder: string): boolean {
  try {
    const about = lstatSync(folder)
    return about.isDirectory() && about.uid === process.getuid?.()
  } catch {
    return false
  }
}

function isAbandoned(folder: string): boolean {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(folder, ownerFile), 'utf8'))
    if (typeof owner !== 'object' || owner === null || !('pid' in owner && 'host' in owner)) {
      return false
    }
    const { pid, host } = owner
    return (
      host === hostname() && Number.isSafeInteger(pid) && Number(pid) > 0 && !lives(Number(pid))
    )
  } catch {
    // A folder has no owner between its creation and its first file.
    return false
  }
}

/** Whether a process with this id exists, of any user. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
