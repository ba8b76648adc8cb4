import type { SessionEvent } from '../../contract/event.ts'
import type { InitiatorKind } from '../../contract/event-words.ts'
import { textLengthMax, userAgentLengthMax } from '../../contract/session-event-v1.ts'
import type { Fields } from '../../decode/fields.ts'
import {
  describingAddress,
  describingEmail,
  describingFields,
  describingId,
  describingText,
  describingTime,
  isAbsent,
  nullableId,
  requiredId,
} from '../../decode/fields.ts'
import type { Reading } from '../../decode/format.ts'
import { instantInUtc } from '../../decode/time.ts'
import { causeReaders } from './causes.ts'
import type { Reader } from './field-names.ts'
import { spelled } from './field-names.ts'

/** How an event of that name is read; undefined when it is none of ours. */
export function readerOf(name: string): Reader | undefined {
  return readers.get(name) ?? (authentication.test(name) ? authenticationReader(name) : undefined)
}

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['session.created', readSessionCreated],
  ['session.revoked', readSessionRevoked],
  ['agent.instance.session.created', readAgentSessionCreated],
  ['agent.instance.session.revoked', readAgentSessionRevoked],
  ['user.created', readUserDescribed],
  ['user.updated', readUserDescribed],
  ...causeReaders,
])

/**
 * Who did it. A dashboard or portal user is an admin. An API call is the system's: which person
 * stands behind it, if any, only the caller's own logs know.
 */
export function readContext(value: unknown, draft: SessionEvent, reading: Reading): Fields {
  const context = spelled(describingFields(value, 'context', reading))
  const actor = describingFields(context.actor, 'context.actor', reading)
  const source = describingText(actor.source, 'context.actor.source', 32, reading)
  draft.initiatorKind = initiatorKinds.get(source) ?? ''
  draft.initiatorId = describingId(actor.id, 'context.actor.id', reading)
  draft.initiatorClient = describingId(context.client_id, 'context.client_id', reading)
  return context
}

const initiatorKinds: ReadonlyMap<string, InitiatorKind> = new Map([
  ['dashboard', 'admin'],
  ['admin_portal', 'admin'],
  ['api', 'system'],
  ['system', 'system'],
])

function readSession(data: Fields, draft: SessionEvent, reading: Reading): void {
  draft.sessionId = requiredId(data.id, 'data.id', reading)
  draft.subjectId = ownerIn(data.user_id, 'data.user_id', draft, reading)
  draft.sessionCreatedAt = utcIn(data.created_at, 'data.created_at', reading)
  draft.expiresAt = utcIn(data.expires_at, 'data.expires_at', reading)
  draft.organizationId = describingId(data.organization_id, 'data.organization_id', reading)
  draft.authMethod = describingId(data.auth_method, 'data.auth_method', reading)
  readClient(data, draft, reading)
}

/** An end is of the session that it names, also where it leaves out whose that was. */
function ownerIn(id: unknown, field: string, { type }: SessionEvent, reading: Reading): string {
  const read = type === 'session.revoked' ? nullableId : requiredId
  return read(id, field, reading)
}

function utcIn(value: unknown, field: string, reading: Reading): number | null {
  return describingTime(value, field, reading, instantInUtc)
}

/**
 * The address and the agent that authenticated, also where an application called the API for its
 * user: then it passes on what it saw. A session repeats those of its creation whenever it is told
 * of, whoever ended it. Those of an impersonated session are the impersonator's.
 */
function readClient(data: Fields, draft: SessionEvent, reading: Reading): void {
  const agent = data.user_agent
  draft.ip = describingAddress(data.ip_address, 'data.ip_address', reading)
  draft.ipOf = isImpersonated(data) ? 'actor' : 'subject'
  draft.userAgent = describingText(agent, 'data.user_agent', userAgentLengthMax, reading)
}

/** A session names its impersonator, and only the method of one that was told before it did. */
function isImpersonated({ impersonator, auth_method, type }: Fields): boolean {
  return !isAbsent(impersonator) || auth_method === 'impersonation' || type === 'impersonation'
}

/** An impersonated session has no event of its own: it is a session with an impersonator. */
function readSessionCreated(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'session.created'
  readSession(data, draft, reading)
  if (!isImpersonated(data)) return true
  const impersonator = describingFields(data.impersonator, 'data.impersonator', reading)
  draft.authMethod = 'impersonation'
  draft.initiatorKind = 'admin'
  draft.initiatorId = describingId(impersonator.email, 'data.impersonator.email', reading)
  const reason = impersonator.reason
  draft.reason = describingText(reason, 'data.impersonator.reason', textLengthMax, reading)
  return true
}

function readSessionRevoked(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'session.revoked'
  readSession(data, draft, reading)
  return true
}

/** The session of an agent instance: it names the instance, and neither a user nor an address. */
function readAgentSession(data: Fields, draft: SessionEvent, reading: Reading): void {
  draft.sessionId = requiredId(data.id, 'data.id', reading)
  draft.sessionKind = 'agent'
  draft.subjectId = ownerIn(data.agent_instance_id, 'data.agent_instance_id', draft, reading)
  draft.subjectKind = 'agent'
  draft.grantId = draft.subjectId
  draft.organizationId = describingId(data.organization_id, 'data.organization_id', reading)
  draft.sessionCreatedAt = utcIn(data.created_at, 'data.created_at', reading)
  draft.expiresAt = utcIn(data.expires_at, 'data.expires_at', reading)
}

function readAgentSessionCreated(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'session.created'
  readAgentSession(data, draft, reading)
  return true
}

function readAgentSessionRevoked(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'session.revoked'
  readAgentSession(data, draft, reading)
  return true
}

/**
 * A user as WorkOS describes him, for the address by which a directory's user is found. One that
 * nobody has verified names nobody. That a password was set over the API cannot be seen here: the
 * event shows the user before and after alike.
 */
function readUserDescribed(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'subject.updated'
  draft.subjectId = requiredId(data.id, 'data.id', reading)
  if (data.email_verified === true)
    draft.subjectEmail = describingEmail(data.email, 'data.email', reading)
  return reading.fault !== undefined || draft.subjectEmail !== ''
}

const authentication = /^authentication\.[a-z_]{1,64}_(?:succeeded|failed)$/

/**
 * `authentication.<method>_succeeded` and `_failed`, of any method, also one that WorkOS adds
 * later. They name no session: `sso.session_id` is of another kind than the sessions that are
 * created and revoked, and must not be joined with them.
 */
function authenticationReader(name: string): Reader {
  return name.endsWith('_succeeded') ? readAuthenticationSucceeded : readAuthenticationFailed
}

function readAuthentication(data: Fields, draft: SessionEvent, reading: Reading): void {
  const sso = spelled(describingFields(data.sso, 'data.sso', reading))
  draft.subjectId = nullableId(data.user_id, 'data.user_id', reading)
  draft.subjectEmail = describingEmail(data.email, 'data.email', reading)
  draft.authMethod = describingId(data.type, 'data.type', reading)
  draft.organizationId = describingId(sso.organization_id, 'data.sso.organization_id', reading)
  draft.connectionId = describingId(sso.connection_id, 'data.sso.connection_id', reading)
  readClient(data, draft, reading)
}

function readAuthenticationSucceeded(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'authentication.succeeded'
  readAuthentication(data, draft, reading)
  return true
}

function readAuthenticationFailed(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  const error = describingFields(data.error, 'data.error', reading)
  draft.type = 'authentication.failed'
  draft.reason = describingText(error.code, 'data.error.code', textLengthMax, reading)
  readAuthentication(data, draft, reading)
  return true
}
