import type { KeyObject } from 'node:crypto'
import { createHmac, createSecretKey } from 'node:crypto'
import { subjectKey } from '../contract/identity.ts'
import { TwoGenerations } from '../two-generations.ts'

/** Names a subject of an instance without saying who it is; '' for ''. */
export type Pseudonym = (tenant: string, instance: string, subjectId: string) => string

/**
 * Makes subject references: HMAC-SHA-256 of the length-prefixed parts, its first 32 hex digits.
 * Without the key nobody can tell from a reference whose it is, not even by trying all ids, and
 * whoever loses the key on purpose has forgotten everybody.
 *
 * `cacheMax` bounds the references kept in memory; the key is at least 32 bytes.
 */
export function makePseudonym({
  key,
  cacheMax,
}: {
  readonly key: Buffer
  readonly cacheMax: number
}): Pseudonym {
  if (key.length < 32) {
    throw new TypeError(`the pseudonym key must be at least 32 bytes; found ${key.length}`)
  }
  const secret = createSecretKey(key)
  const refs = new TwoGenerations<string, string>(Math.max(2, cacheMax))
  return (tenant, instance, subjectId) => {
    if (subjectId === '') return ''
    const name = subjectKey(tenant, instance, subjectId)
    const known = refs.get(name)
    if (known !== undefined) return known
    const ref = refOf(secret, tenant, instance, subjectId)
    refs.set(name, ref)
    return ref
  }
}

function refOf(key: KeyObject, ...parts: readonly string[]): string {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(`${part.length}:${part}`)
  return hmac.digest('hex').slice(0, 32)
}
