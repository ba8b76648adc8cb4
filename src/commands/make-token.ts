import { createHash, randomBytes } from 'node:crypto'

/** A new API token: the token itself for its holder, its digest for the connections file. */
export function makeToken(): { readonly token: string; readonly sha256: string } {
  const token = `curfew_${randomBytes(24).toString('base64url')}`
  return { token, sha256: createHash('sha256').update(token).digest('hex') }
}
