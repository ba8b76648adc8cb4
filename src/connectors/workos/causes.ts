import type { SessionEvent } from '../../contract/event.ts'
import type { EventType } from '../../contract/event-words.ts'
import { idLengthMax, textLengthMax } from '../../contract/session-event-v1.ts'
import type { Fields } from '../../decode/fields.ts'
import {
  describingEmail,
  describingFields,
  describingId,
  describingText,
  isFields,
  leaveOut,
  nullableId,
  requiredFields,
  requiredId,
  requiredText,
} from '../../decode/fields.ts'
import type { Reading } from '../../decode/format.ts'
import { noteDeadEnd } from '../../decode/unread.ts'
import type { Reader } from './field-names.ts'
import { directoryEmailOf, spelled } from './field-names.ts'

/** How events are read by which something that entitled sessions is gone. */
export const causeReaders: readonly (readonly [string, Reader])[] = [
  ['password_reset.succeeded', readPasswordReset],
  ['user.deleted', readUserDeleted],
  ['organization.deleted', readOrganizationDeleted],
  ['organization_membership.created', readMembershipCreated],
  ['organization_membership.updated', readMembershipUpdated],
  ['organization_membership.deleted', readMembershipDeleted],
  ['dsync.user.created', describeEntry],
  ['dsync.user.updated', readDirectoryUserUpdated],
  ['dsync.user.deleted', readDirectoryUserDeleted],
  ['dsync.group.user_removed', readGroupUserRemoved],
  ['dsync.deactivated', readDirectoryDeactivated],
  ['dsync.deleted', readDirectoryDeactivated],
  ['connection.deactivated', readConnection],
  ['connection.deleted', readConnection],
  ['agent.registration.revoked', readRegistration],
  ['agent.registration.expired', readRegistration],
  ['agent.registration.deleted', readRegistration],
  ['agent.instance.deleted', readAgentInstanceDeleted],
  ['api_key.revoked', readApiKeyRevoked],
  ['pipes.connected_account.disconnected', readConnectedAccount],
  ['pipes.account_connection.disconnected', readConnectedAccount],
]

function readPasswordReset(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'credential.reset'
  draft.subjectId = requiredId(data.user_id, 'data.user_id', reading)
  draft.subjectEmail = describingEmail(data.email, 'data.email', reading)
  return true
}

function readUserDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'subject.offboarded'
  draft.subjectId = requiredId(data.id, 'data.id', reading)
  draft.subjectEmail = describingEmail(data.email, 'data.email', reading)
  return true
}

/** Whoever is signed in to the organization is; sessions of its members elsewhere are not meant. */
function readOrganizationDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'organization.deactivated'
  draft.organizationId = requiredId(data.id, 'data.id', reading)
  draft.scopeKind = 'organization'
  draft.scopeId = draft.organizationId
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
  if (status !== 'active') return reading.fault !== undefined
  const roles = readRoles(data, draft, reading)
  const before = isFields(context.previous_attributes)
    ? context.previous_attributes
    : data.previous_attributes
  const lost = isFields(before) ? rolesOf(before).filter((role) => !roles.includes(role)) : []
  if (lost.length > 0) {
    draft.type = 'access.reduced'
    draft.reason = describingText(lost.join(' '), 'data.role', textLengthMax, reading)
  } else describeMembership(draft)
  return reading.fault !== undefined || lost.length > 0 || roles.length > 0
}

/** The roles from which a later loss is known: most events do not say what a member had before. */
function readMembershipCreated(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  const status = requiredText(data.status, 'data.status', 32, reading)
  readMembership(data, draft, reading)
  const roles = readRoles(data, draft, reading)
  draft.rolesBegin = true
  describeMembership(draft)
  return reading.fault !== undefined || (status === 'active' && roles.length > 0)
}

function readRoles(data: Fields, draft: SessionEvent, reading: Reading): readonly string[] {
  const all = [...new Set(rolesOf(data))]
  const roles = all.filter((role) => role.length <= idLengthMax)
  if (roles.length < all.length || roles.length > rolesMax) leaveOut(reading, 'data.roles')
  draft.roles = roles.length > 0 ? roles.slice(0, rolesMax) : null
  return roles
}

const rolesMax = 100

/** It condemns nothing, so it has no scope. */
function describeMembership(draft: SessionEvent): void {
  draft.type = 'subject.updated'
  draft.scopeKind = ''
  draft.scopeId = ''
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
 * by e-mail, which a reader of one message cannot look up. So the subject here is the directory's
 * user with its address; the enforcer finds who signs in (`src/enforce/derive/directory-causes.ts`).
 */
function readDirectoryUser(
  type: EventType,
  data: Fields,
  draft: SessionEvent,
  reading: Reading,
): boolean {
  draft.type = type
  draft.subjectId = requiredId(data.id, 'data.id', reading)
  draft.subjectKind = 'directory_user'
  draft.subjectEmail = directoryEmailOf(data)
  draft.organizationId = nullableId(data.organization_id, 'data.organization_id', reading)
  draft.connectionId = requiredId(data.directory_id, 'data.directory_id', reading)
  if (draft.organizationId !== '') {
    draft.scopeKind = 'subject_organization'
    draft.scopeId = draft.organizationId
  } else if (type !== 'subject.updated') noteDeadEnd(reading, 'directory_organization')
  return true
}

function readDirectoryUserUpdated(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  const state = requiredText(data.state, 'data.state', 32, reading)
  if (state !== 'suspended' && state !== 'inactive') {
    return describeEntry(data, draft, reading)
  }
  draft.reason = state
  return readDirectoryUser('subject.suspended', data, draft, reading)
}

/** Whom a directory holds, for the day on which it is deleted. It condemns nothing. */
function describeEntry(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  readDirectoryUser('subject.updated', data, draft, reading)
  draft.scopeKind = ''
  draft.scopeId = ''
  return reading.fault !== undefined || draft.subjectEmail !== ''
}

function readDirectoryUserDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  return readDirectoryUser('subject.offboarded', data, draft, reading)
}

function readGroupUserRemoved(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  const user = spelled(requiredFields(data.user, 'data.user', reading))
  const group = spelled(describingFields(data.group, 'data.group', reading))
  const described = { directory_id: data.directory_id, ...user }
  draft.reason = describingText(group.name, 'data.group.name', textLengthMax, reading)
  return readDirectoryUser('access.reduced', described, draft, reading)
}

function readDirectoryDeactivated(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  readConnection(data, draft, reading)
  draft.type = 'directory.deactivated'
  return true
}

function readConnection(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'connection.deactivated'
  draft.connectionId = requiredId(data.id, 'data.id', reading)
  draft.organizationId = describingId(data.organization_id, 'data.organization_id', reading)
  draft.scopeKind = 'connection'
  draft.scopeId = draft.connectionId
  return true
}

function readRegistration(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  noteDeadEnd(reading, 'sessions_of_grant')
  const id = data.agent_registration_id ?? data.id
  return readGrant(id, 'data.agent_registration_id', draft, reading)
}

/** Its sessions are told by events of their own, and hang on the instance as on a grant. */
function readAgentInstanceDeleted(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  draft.subjectId = nullableId(data.id, 'data.id', reading)
  draft.subjectKind = 'agent'
  draft.organizationId = nullableId(data.organization_id, 'data.organization_id', reading)
  return readGrant(data.id, 'data.id', draft, reading)
}

function readApiKeyRevoked(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  noteDeadEnd(reading, 'sessions_of_grant')
  return readGrant(data.id, 'data.id', draft, reading)
}

function readConnectedAccount(data: Fields, draft: SessionEvent, reading: Reading): boolean {
  noteDeadEnd(reading, 'sessions_of_grant')
  draft.subjectId = nullableId(data.user_id, 'data.user_id', reading)
  return readGrant(data.id, 'data.id', draft, reading)
}

function readGrant(id: unknown, field: string, draft: SessionEvent, reading: Reading): boolean {
  draft.type = 'grant.revoked'
  draft.grantId = requiredId(id, field, reading)
  draft.scopeKind = 'grant'
  draft.scopeId = draft.grantId
  return true
}
