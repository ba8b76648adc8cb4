import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CurfewError, codeOf } from '../contract/errors.ts'

/** Bytes of the key: as long as the hash it keys. */
const keyBytes = 32

/**
 * The key that pseudonyms and salts are made with, made at first use. It lives outside the store,
 * so that a copy of the store alone names nobody; whoever loses it loses the ties to all history.
 *
 * @throws CurfewError SETTINGS_INVALID when the file cannot be read, or holds anything but a key.
 */
export function loadKey(path: string): Buffer {
  let text: string
  try {
    if (!existsSync(path)) makeKey(path)
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `${path} must hold the key; it cannot be read or made (${codeOf(error)}). Give this user the right to, or set CURFEW_KEY_FILE.`,
      { cause: error },
    )
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `${path} must hold ${keyBytes * 2} hex digits; found ${text.length} characters of something else. Restore it from where keys are kept.`,
    )
  }
  return Buffer.from(text, 'hex')
}

/** Writes the key aside and gives it its name whole: of two that start at once, one is the first. */
function makeKey(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(aside, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(aside, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    unlinkSync(aside)
  }
}
