import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError, reasonOf } from '../../contract/errors.ts'
import type { Clock, Log } from '../../contract/ports.ts'

/** Poll interval of the file, ms. */
const pollEveryMs = 200
const fileBytesMax = 4096

const KillNote = Type.Object({ by: Type.String(), at: Type.Number(), reason: Type.String() })

/** Who turned it on, when (ms since the epoch) and why; '' and 0 for a file made by hand. */
export type KillNote = Static<typeof KillNote>

export interface KillSwitch {
  /** Reads the file now; to be checked directly before each call to a provider. */
  readonly isOn: () => boolean
  /** Content of the file; undefined while the switch is off. */
  readonly note: () => KillNote | undefined
  /**
   * Turns it on or off, across restarts.
   *
   * @throws CurfewError ENFORCE_REFUSED when the file cannot be written or removed,
   * ENFORCE_UNREACHABLE when the shared state could not be written. After a failed turn to on it
   * is on in this process all the same.
   */
  readonly set: (on: boolean, by: string, reason: string) => Promise<void>
  readonly close: () => void
}

/**
 * The switch that stops all enforcement: it is on while `file` exists, so an operator can use
 * `touch` when nothing else works, without store or broker. Where the file cannot be checked
 * (permissions, missing folder, failed disk) it is on.
 *
 * @throws CurfewError SETTINGS_INVALID when the folder of the file cannot be made.
 */
export function openKillSwitch({
  file,
  clock,
  log,
}: {
  readonly file: string
  readonly clock: Clock
  readonly log: Log
}): KillSwitch {
  const path = resolve(file)
  makeFolder(path)
  // Set when turning it on could not be written down; better a stop that a restart forgets.
  let forcedOn = false
  let seen: boolean | undefined
  const isOn = (): boolean => {
    const on = forcedOn || exists(path)
    if (on !== seen) tell(log, seen, on, on ? readNote(path) : undefined)
    seen = on
    return on
  }
  const set = async (on: boolean, by: string, reason: string): Promise<void> => {
    forcedOn = on
    try {
      if (on) write(path, { by, at: clock.now(), reason })
      else rmSync(path, { force: true })
      syncFolder(path)
    } catch (error) {
      throw new CurfewError(
        'ENFORCE_REFUSED',
        `The kill switch's file ${path} could not be ${on ? 'written' : 'removed'}: ${reasonOf(error)}. ` +
          `The switch is ${forcedOn || exists(path) ? 'on' : 'off'} until this process ends; see to the file before that.`,
        { cause: error },
      )
    } finally {
      log.warn({ on, by, reason }, 'the kill switch was set')
      isOn()
    }
  }
  const end = new AbortController()
  const watch = async (): Promise<void> => {
    while (!end.signal.aborted) {
      isOn()
      await clock.wait(pollEveryMs, end.signal)
    }
  }
  watch().catch((error: unknown) =>
    log.error({ error: reasonOf(error) }, 'kill switch watch ended'),
  )
  return {
    isOn,
    note: () => (isOn() ? readNote(path) : undefined),
    set,
    close: () => end.abort(),
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `The kill switch's file ${path} needs a folder, and it could not be made: ${reasonOf(error)}. Choose another place or give the right to write there.`,
      { cause: error },
    )
  }
}

function tell(log: Log, before: boolean | undefined, on: boolean, note?: KillNote): void {
  if (on) log.warn({ ...note }, 'the kill switch is on: nothing is dispatched')
  else if (before !== undefined) log.warn({}, 'the kill switch is off again')
}

function exists(path: string): boolean {
  if (look(path) !== 'missing') return true
  // A missing folder may be an unmounted volume, which does not turn the switch off.
  return look(dirname(path)) !== 'there'
}

function look(path: string): 'there' | 'missing' | 'unknown' {
  try {
    // Not through a link: a dangling link was put there too.
    lstatSync(path)
    return 'there'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'missing'
      : 'unknown'
  }
}

/** Atomic: a torn file would be on and not say who turned it on. */
function write(path: string, note: KillNote): void {
  const draft = `${path}.draft`
  const descriptor = openSync(draft, 'w', 0o600)
  try {
    writeSync(descriptor, `${JSON.stringify(note)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, path)
}

/** A new name in a folder outlives a power cut only once the folder itself is on the disk. */
function syncFolder(path: string): void {
  const descriptor = openSync(dirname(path), 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readNote(path: string): KillNote {
  const unknown: KillNote = { by: '', at: 0, reason: 'the file was put there by hand' }
  try {
    const descriptor = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(fileBytesMax)
      const note: unknown = JSON.parse(bytes.toString('utf8', 0, readSync(descriptor, bytes)))
      return Value.Check(KillNote, note) ? note : unknown
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return unknown
  }
}
