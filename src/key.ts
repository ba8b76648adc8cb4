import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CurfewError } from './contract/errors.ts'

/** Bytes of the key: as long as the hash it keys. */
const keyBytes = 32

/**
 * The key that pseudonyms and salts are made with, made at first use. It lives outside the store,
 * so that a copy of the store alone names nobody; whoever loses it loses the ties to all history.
 *
 * @throws CurfewError SETTINGS_INVALID when the file holds anything but a key.
 */
export function loadKey(path: string): Buffer {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // `wx`: of two processes that start at once, one makes the key and the other reads it.
    try {
      writeFileSync(path, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
  const text = readFileSync(path, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `${path} must hold ${keyBytes * 2} hex digits; found ${text.length} characters of something else. Restore it from where keys are kept.`,
    )
  }
  return Buffer.from(text, 'hex')
}
