import type { SessionEvent } from '../contract/event.ts'
import type { EventType, InitiatorKind } from '../contract/event-words.ts'
import { textLengthMax, userAgentLengthMax } from '../contract/session-event-v1.ts'
import type { Fields } from './fields.ts'
import {
  describingAddress,
  describingEmail,
  describingText,
  isFields,
  nullableFields,
  nullableId,
  nullableTime,
  requiredId,
  requiredText,
} from './fields.ts'
import type { Reading } from './format.ts'

/** Fills the draft from an event's `data`; false when it tells nothing about sessions. */
type Reader = (data: Fields, draft: SessionEvent, reading: Reading, context: Fields) => boolean

/** How an event of that name is read; undefined when it is none of ours. */
export function readerOf(name: string): Reader | undefined {
  return readers.get(name) ?? (authentication.test(name) ? authenticationReader(name) : undefined)
}

const readers: ReadonlyMap<string, Reader> = new Map([
  ['session.created', readSessionCreated],
  ['session.revoked', readSessionRevoked],
  ['password_reset.succeeded', readPasswordReset],
  ['user.deleted', readUserDeleted],
  ['organization_membership.updated', readMembershipUpdated],
  ['organization_membership.deleted', readMembershipDeleted],
  ['dsync.user.updated', readDirectoryUserUpdated],
  ['dsync.user.deleted', readDirectoryUserDeleted],
  ['dsync.deleted', readDirectoryDeleted],
  ['connection.deactivated', readConnection],
  ['connection.deleted', readConnection],
  ['agent.registration.revoked', readGrant],
  ['agent.registration.expired', readGrant],
  ['agent.registration.deleted', readGrant],
])

/**
 * Who did it. A dashboard or portal user is an admin. An API call is the system's: which person
 * stands behind it, if any, only the caller's own logs know.
 */
export function readContext(value: unknown, draft: SessionEvent, reading: Reading): Fields {
  const context = nullableFields(value, 'context', reading)
  const actor = nullableFields(context.actor, 'context.actor', reading)
  const source = describingText(actor.source, 'context.actor.source', 32, reading)
  draft.initiatorKind = initiatorKinds.get(source) ?? ''
  draft.initiatorId = nullableId(actor.id, 'context.actor.id', reading)
  draft.initiatorClient = nullableId(context.client_id, 'context.client_id', reading)
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
  draft.subjectId = requiredId(data.user_id, 'data.user_id', reading)
  draft.sessionCreatedAt = nullableTime(data.created_at, 'data.created_at', reading)
  draft.expiresAt = nullableTime(data.expires_at, 'data.expires_at', reading)
  draft.organizationId = nullableId(data.organization_id, 'data.organization_id', reading)
  draft.authMethod = nullableId(data.auth_method, 'data.auth_method', reading)
  readClient(data, draft, reading)
}

function readClient(data: Fields, draft: SessionEvent, reading: Reading): void {
  const agent = data.user_agent
  draft.ip = describingAddress(data.ip_address)
  draft.userAgent = describingText(agent, 'data.user_agent', userAgentLengthMax, reading)
}

/** An impersonated session has no event of its own: it is a session with an impersonator. */
function readSessionCreated(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'session.created'
  readSession(data, draft, reading)
  if (data.impersonator === undefined || data.impersonator === null) return true
  const impersonator = nullableFields(data.impersonator, 'data.impersonator', reading)
  draft.authMethod = 'impersonation'
  draft.initiatorKind = 'admin'
  draft.initiatorId = requiredId(impersonator.email, 'data.impersonator.email', reading)
  draft.reason = reasonFrom(impersonator.reason, 'data.impersonator.reason', reading)
  return true
}

function readSessionRevoked(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'session.revoked'
  readSession(data, draft, reading)
  return true
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
  const sso = nullableFields(data.sso, 'data.sso', reading)
  draft.subjectId = nullableId(data.user_id, 'data.user_id', reading)
  draft.subjectEmail = describingEmail(data.email)
  draft.authMethod = nullableId(data.type, 'data.type', reading)
  draft.organizationId = nullableId(sso.organization_id, 'data.sso.organization_id', reading)
  draft.connectionId = nullableId(sso.connection_id, 'data.sso.connection_id', reading)
  readClient(data, draft, reading)
}

function readAuthenticationSucceeded(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'authentication.succeeded'
  readAuthentication(data, draft, reading)
  return true
}

function readAuthenticationFailed(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  const error = nullableFields(data.error, 'data.error', reading)
  draft.type = 'authentication.failed'
  draft.reason = reasonFrom(error.code, 'data.error.code', reading)
  readAuthentication(data, draft, reading)
  return true
}

function readPasswordReset(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'credential.reset'
  draft.subjectId = requiredId(data.user_id, 'data.user_id', reading)
  draft.subjectEmail = describingEmail(data.email)
  return true
}

function readUserDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'subject.offboarded'
  draft.subjectId = requiredId(data.id, 'data.id', reading)
  draft.subjectEmail = describingEmail(data.email)
  return true
}

function readMembership(data: Fields, draft: SessionEvent, reading: Reading): void {
  draft.subjectId = requiredId(data.user_id, 'data.user_id', reading)
  draft.organizationId = requiredId(data.organization_id, 'data.organization_id', reading)
  draft.scopeKind = 'subject_organization'
  draft.scopeId = draft.organizationId
}

function readMembershipDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'membership.deactivated'
  readMembership(data, draft, reading)
  return true
}

/** An update of an inactive membership says again that it is inactive, which condemns nothing new. */
function readMembershipUpdated(
  data: Fields,
  draft: SessionEvent,
  reading: Reading,
  context: Fields,
): boolean {
  const status = requiredText(data.status, 'data.status', 32, reading)
  readMembership(data, draft, reading)
  if (status === 'inactive') {
    draft.type = 'membership.deactivated'
    return true
  }
  draft.type = 'access.reduced'
  const roles = rolesOf(data)
  const before = isFields(context.previous_attributes)
    ? context.previous_attributes
    : data.previous_attributes
  const lost = isFields(before) ? rolesOf(before).filter((role) => !roles.includes(role)) : []
  draft.reason = describingText(lost.join(' '), 'data.role', textLengthMax, reading)
  return lost.length > 0
}

/** Slugs of the one role and of the several, whichever there are. */
function rolesOf({ role, roles }: Fields): readonly string[] {
  const several: readonly unknown[] = Array.isArray(roles) ? roles : []
  return [role, ...several]
    .map((one) => (isFields(one) ? one.slug : one))
    .filter((slug) => typeof slug === 'string')
}

/**
 * A directory's user is not the user who signs in: it has an id of its own, and the two meet only
 * by e-mail, which a reader of one message cannot look up. So the subject here is the directory
 * user, and its e-mail goes along. Sessions are reached by what WorkOS sends besides: it
 * deactivates the membership of a deprovisioned user, and that event names who signs in.
 */
function readDirectoryUser(
  type: EventType,
  data: Fields,
  draft: SessionEvent,
  reading: Reading,
): boolean {
  draft.type = type
  draft.subjectId = requiredId(data.id, 'data.id', reading)
  draft.subjectEmail = describingEmail(data.email)
  draft.organizationId = nullableId(data.organization_id, 'data.organization_id', reading)
  draft.connectionId = requiredId(data.directory_id, 'data.directory_id', reading)
  if (draft.organizationId !== '') {
    draft.scopeKind = 'subject_organization'
    draft.scopeId = draft.organizationId
  }
  return true
}

function readDirectoryUserUpdated(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  const state = requiredText(data.state, 'data.state', 32, reading)
  if (state !== 'suspended' && state !== 'inactive') return false
  draft.reason = state
  return readDirectoryUser('subject.suspended', data, draft, reading)
}

function readDirectoryUserDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  return readDirectoryUser('subject.offboarded', data, draft, reading)
}

function readDirectoryDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  readConnection(data, draft, reading)
  draft.type = 'directory.deactivated'
  return true
}

function readConnection(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'connection.deactivated'
  draft.connectionId = requiredId(data.id, 'data.id', reading)
  draft.organizationId = nullableId(data.organization_id, 'data.organization_id', reading)
  draft.scopeKind = 'connection'
  draft.scopeId = draft.connectionId
  return true
}

function readGrant(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'grant.revoked'
  draft.grantId = requiredId(data.agent_registration_id, 'data.agent_registration_id', reading)
  draft.scopeKind = 'grant'
  draft.scopeId = draft.grantId
  return true
}

function reasonFrom(value: unknown, field: string, reading: Reading): string {
  return describingText(value, field, textLengthMax, reading)
}
