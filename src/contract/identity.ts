import { hash } from 'node:crypto'

/**
 * The name of something, made of what it is about: 128 bits of SHA-256 as 32 lower-case hex digits.
 *
 * Each part is prefixed with its length, so that ('ab', 'c') and ('a', 'bc') are two names and no
 * producer can make one event pose as another by moving a separator.
 */
export function identify(...parts: readonly string[]): string {
  let text = ''
  for (const part of parts) text += `${part.length}:${part}`
  return firstHalf(hash('sha256', text, 'hex'))
}

const half = Buffer.alloc(32)

/**
 * The first 32 of 64 hex digits, as a string of their own: a mere slice keeps the whole digest
 * alive behind it, and memory holds such names by the hundred thousand.
 */
export function firstHalf(digest: string): string {
  half.write(digest, 0, 32, 'latin1')
  return half.toString('latin1', 0, 32)
}

/** The four parts that name a session at its identity provider; incarnations share them. */
export interface SessionName {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: string
  readonly sessionId: string
}

/** One string per session name, for maps in memory; never stored, never shown. */
export function sessionKey(name: SessionName): string {
  return `${name.tenant}\u0000${name.instance}\u0000${name.sessionKind}\u0000${name.sessionId}`
}

/** One string per connection to an identity provider, for maps in memory. */
export function instanceKey(tenant: string, instance: string): string {
  return `${tenant}\u0000${instance}`
}
