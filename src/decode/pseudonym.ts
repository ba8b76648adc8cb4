import type { KeyObject } from 'node:crypto'
import { createHmac, createSecretKey } from 'node:crypto'
import { firstHalf, instanceKey } from '../contract/identity.ts'
import { BoundedCache } from '../process/bounded-cache.ts'

/** Names a subject of an instance without saying who it is; '' for ''. */
export type Pseudonym = (tenant: string, instance: string, subjectId: string) => string

/**
 * Makes subject references: HMAC-SHA-256 of the length-prefixed parts, its first 32 hex digits.
 * Without the key nobody can tell from a reference whose it is, not even by trying all ids, and
 * whoever loses the key on purpose has forgotten everybody.
 *
 * `cacheMax` bounds the references kept in memory for one instance; the key is at least 32 bytes.
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
  const refsOf = makeRefs(Math.max(2, cacheMax))
  return (tenant, instance, subjectId) => {
    if (subjectId === '') return ''
    const refs = refsOf(tenant, instance)
    const known = refs.get(subjectId)
    if (known !== undefined) return known
    const ref = refOf(secret, tenant, instance, subjectId)
    refs.set(subjectId, ref)
    return ref
  }
}

/**
 * A cache for each instance, so that no name has to be put together to be looked up. Neighbouring
 * events are of one instance as a rule: then not even the instance is looked up.
 */
function makeRefs(cacheMax: number) {
  const byInstance = new Map<string, BoundedCache<string, string>>()
  let last = { tenant: '', instance: '', refs: new BoundedCache<string, string>(cacheMax) }
  return (tenant: string, instance: string): BoundedCache<string, string> => {
    if (last.tenant === tenant && last.instance === instance) return last.refs
    const key = instanceKey(tenant, instance)
    const refs = byInstance.get(key) ?? new BoundedCache<string, string>(cacheMax)
    byInstance.set(key, refs)
    last = { tenant, instance, refs }
    return refs
  }
}

function refOf(key: KeyObject, ...parts: readonly string[]): string {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(`${part.length}:${part}`)
  return firstHalf(hmac.digest('hex'))
}
