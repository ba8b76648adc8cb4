import type { SessionKind } from '../../contract/event-words.ts'
import type { CauseEvent, Circumstances, NewSession, Subject, Ties, Tokens } from './idp.ts'
import type { IdpSession } from './sessions.ts'

/**
 * The provider's JSON, flat and in the words of `session-event.v1`. What it reads is only as deep
 * as the provider needs: it is the tests' and the demo's own, behind a token.
 */

const circumstances = [
  'ip',
  'user_agent',
  'device_id',
  'client_fingerprint',
  'place',
  'network',
] as const
const ties = [
  'organization_id',
  'connection_id',
  'application_id',
  'grant_id',
  'auth_method',
] as const
const told = ['scope', 'initiator', 'reason'] as const

export type Json = { readonly [field: string]: unknown }

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pickFields(json: Json, names: readonly string[]): Json {
  return Object.fromEntries(
    names.filter((name) => json[name] !== undefined).map((name) => [name, json[name]]),
  )
}

// The casts below trust the caller of a simulated provider to speak the contract's words; whatever
// it says goes into the feed as it is, and there Curfew's own decoder judges it.
export const readCircumstances = (json: Json) => pickFields(json, circumstances) as Circumstances
const readTies = (json: Json) => pickFields(json, ties) as Ties

function readSubject(value: unknown): Subject | undefined {
  if (typeof value === 'string' && value !== '') return { id: value }
  return isJson(value) && typeof value.id === 'string' && value.id !== ''
    ? { ...value, id: value.id }
    : undefined
}

/** Undefined when subject, kind or expiry are missing or wrong. */
export function readNewSession(json: Json): NewSession | undefined {
  const subject = readSubject(json.subject)
  const kind = json.kind ?? 'online'
  const expiresAt = Date.parse(String(json.expires_at))
  if (subject === undefined || !isKind(kind) || Number.isNaN(expiresAt)) return undefined
  return { subject, kind, expiresAt, from: readCircumstances(json), ties: readTies(json) }
}

export function isKind(value: unknown): value is SessionKind {
  return value === 'online' || value === 'offline' || value === 'agent'
}

/** Undefined when the subject is missing, or the type is none that can be told. */
export function readCauseEvent(json: Json): CauseEvent | undefined {
  const subject = readSubject(json.subject)
  const type = json.type
  if (subject === undefined || typeof type !== 'string' || type.startsWith('session.')) {
    return undefined
  }
  const rest = pickFields(json, told)
  return {
    type: type as CauseEvent['type'],
    subject,
    from: readCircumstances(json),
    ties: readTies(json),
    ...rest,
  }
}

export function writeSession(session: IdpSession): object {
  return {
    id: session.id,
    kind: session.kind,
    status: 'active',
    subject: session.subject,
    ...session.from,
    ...session.ties,
    created_at: new Date(session.createdAt).toISOString(),
    last_used_at: new Date(session.lastUsedAt).toISOString(),
    expires_at: new Date(session.expiresAt).toISOString(),
  }
}

export function writeTokens(tokens: Tokens): object {
  return {
    refresh_token: tokens.refreshToken,
    access_token: tokens.accessToken,
    access_token_id: tokens.accessTokenId,
    access_expires_at: new Date(tokens.accessExpiresAt).toISOString(),
  }
}
