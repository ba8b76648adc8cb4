import { createHash, timingSafeEqual } from 'node:crypto'
import { CurfewError } from '../../contract/errors.ts'

export type Role = 'viewer' | 'analyst' | 'responder' | 'auditor' | 'admin' | 'intake'

/**
 * Rights and the roles that hold them. A token may have several roles. No role includes another one: a
 * token that can switch enforcement off cannot therefore sign people out.
 */
export const rights = {
  /** Sessions, timelines, findings, curfews; people by reference only. */
  read: ['viewer', 'analyst', 'responder', 'auditor', 'admin'],
  /** Clear ids, e-mail and addresses of people, in everything that the token may read. */
  names: ['analyst', 'responder'],
  reports: ['viewer', 'analyst', 'responder', 'auditor', 'admin'],
  /** Approve, deny, sign out everywhere. */
  decide: ['responder'],
  /** Rejected messages; an intake token reads only its own. */
  rejected: ['analyst', 'admin', 'intake'],
  conflicts: ['analyst', 'admin'],
  operate: ['admin'],
  metrics: ['admin'],
  intake: ['intake'],
} as const satisfies { readonly [right: string]: readonly Role[] }
export type Right = keyof typeof rights

/** A bearer token as settings give it: its digest, never its text. */
export interface Token {
  readonly name: string
  readonly tenant: string
  readonly roles: readonly Role[]
  /** SHA-256 of the token, 64 hex digits. */
  readonly sha256: string
  /** Only intake tokens have one, and always: the instance whose events the token may send. */
  readonly instance?: string
  /** Intake tokens only: the relay topic of the instance, where there is one. */
  readonly relayTopic?: string
}

/** The caller. Its tenant comes from the token and from nowhere else. */
export interface Principal {
  readonly name: string
  readonly tenant: string
  readonly roles: readonly Role[]
  /** '' for every token but intake. */
  readonly instance: string
  /** '' for every token but intake, and where the instance has no relay topic. */
  readonly relayTopic: string
}

/** Longest token that is hashed; hashing costs time, and a header may have 16 KiB. */
const tokenLengthMax = 512

/**
 * Makes the check of an `Authorization` header (RFC 6750 section 2.1): the principal of its bearer
 * token, or undefined. Every stored digest is compared, in constant time and also after a match, so
 * that the response time reveals neither whether a token matches nor which one.
 *
 * @throws CurfewError SETTINGS_INVALID for a token without a valid digest or role, with a name used
 *   twice in its tenant, or that mixes intake with other roles.
 */
export function makeAuthenticate({
  tokens,
}: {
  readonly tokens: readonly Token[]
}): (authorization: string | undefined) => Principal | undefined {
  const known = tokens.map(parse)
  const names = new Set(tokens.map(({ tenant, name }) => JSON.stringify([tenant, name])))
  if (names.size < tokens.length) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      'two tokens of one tenant have the same name; give each its own, since logs and requests identify a token by its name',
    )
  }
  return (authorization) => {
    const presented = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
    if (presented === undefined || presented.length > tokenLengthMax) return undefined
    const digest = createHash('sha256').update(presented).digest()
    let found: Principal | undefined
    for (const { expected, principal } of known) {
      if (timingSafeEqual(expected, digest)) found = principal
    }
    return found
  }
}

/** Whether one of the principal's roles has the right. */
export function mayDo(principal: Principal, right: Right): boolean {
  const allowed: readonly Role[] = rights[right]
  return principal.roles.some((role) => allowed.includes(role))
}

function parse(token: Token): { readonly expected: Buffer; readonly principal: Principal } {
  const refuse = (what: string): never => {
    throw new CurfewError('SETTINGS_INVALID', `the token named '${token.name}' ${what}`)
  }
  if (!/^[0-9a-f]{64}$/i.test(token.sha256)) {
    refuse('must be given as its SHA-256 in 64 hex digits; make one with `curfew token`')
  }
  if (token.tenant === '') refuse('needs a tenant')
  if (token.roles.length === 0) refuse(`needs at least one role`)
  const brings = token.roles.includes('intake')
  if (brings && token.roles.length > 1) {
    refuse(
      'has the role intake beside others; a token of an event source must give no other access',
    )
  }
  if (brings !== (token.instance !== undefined && token.instance !== '')) {
    refuse(
      brings ? 'has the role intake and needs an instance' : 'has an instance but not role intake',
    )
  }
  const { name, tenant, roles, instance = '', relayTopic = '' } = token
  return {
    expected: Buffer.from(token.sha256, 'hex'),
    principal: { name, tenant, roles, instance, relayTopic },
  }
}
