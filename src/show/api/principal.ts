import { createHash, timingSafeEqual } from 'node:crypto'
import { CurfewError } from '../../contract/errors.ts'

export type Role = 'viewer' | 'analyst' | 'responder' | 'auditor' | 'admin' | 'intake'

/**
 * What may be done, and by whom. A token may hold several roles; there is no role that includes
 * another, so that whoever switches enforcement off is not thereby somebody who signs people out.
 */
export const rights = {
  /** Sessions, timelines, findings, curfews: people by reference only. */
  read: ['viewer', 'analyst', 'responder', 'auditor', 'admin'],
  /** Clear ids, e-mail and addresses of people in whatever else may be read. */
  names: ['analyst', 'responder'],
  reports: ['viewer', 'analyst', 'responder', 'auditor', 'admin'],
  /** Approve, deny, sign out everywhere. */
  decide: ['responder'],
  /** Messages that are no events; intake sees its own only. */
  rejected: ['analyst', 'admin', 'intake'],
  conflicts: ['analyst', 'admin'],
  operate: ['admin'],
  metrics: ['admin'],
  intake: ['intake'],
} as const satisfies { readonly [right: string]: readonly Role[] }
export type Right = keyof typeof rights

/** A bearer token as settings give it: never in clear, only its digest. */
export interface Token {
  readonly name: string
  readonly tenant: string
  readonly roles: readonly Role[]
  /** SHA-256 of the token, 64 hex digits. */
  readonly sha256: string
  /** Intake tokens only, and always: the instance whose events it may bring. */
  readonly instance?: string
  /** Intake tokens only: the topic through which what it brings is read, where there is one. */
  readonly relayTopic?: string
}

/** Who asks. The tenant comes from here and from nowhere else. */
export interface Principal {
  readonly name: string
  readonly tenant: string
  readonly roles: readonly Role[]
  /** '' for everybody but intake. */
  readonly instance: string
  /** '' for everybody but intake, and where its events go through no topic. */
  readonly relayTopic: string
}

/** Longest token looked at; hashing costs, and a header may be 16 KiB. */
const tokenLengthMax = 512

/**
 * Makes the check of an `Authorization` header (RFC 6750 section 2.1): the principal of its bearer
 * token, or undefined. Every stored digest is compared, in constant time and also after a match, so
 * that time tells neither whether nor which.
 *
 * @throws CurfewError SETTINGS_INVALID for a token that is no digest, has no role, shares a name or
 *   mixes intake with anything else.
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
      'two tokens of one tenant share a name; give each its own, since the name is what logs and requests say',
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

/** Whether one of the principal's roles carries the right. */
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
    refuse('has the role intake beside others; what a source holds must be good for nothing else')
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
