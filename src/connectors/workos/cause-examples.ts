import type { Format } from '../../decode/format.ts'
import { envelope } from './example-envelope.ts'

const membership = {
  object: 'organization_membership',
  id: 'om_01JBX',
  user_id: 'user_01JBX',
  organization_id: 'org_01JBX',
  status: 'active',
  role: { slug: 'member' },
}

const directoryUser = {
  object: 'directory_user',
  id: 'directory_user_01JBX',
  directory_id: 'directory_01JBX',
  organization_id: 'org_01JBX',
  idp_id: '8931',
  email: 'ada@example.com',
  state: 'suspended',
}

/** Events by which something that entitled sessions is gone, and those that only look like it. */
export const causeExamples: readonly Format['examples'][number][] = [
  {
    name: 'a forgotten password is reset',
    message: envelope('password_reset.succeeded', {
      object: 'password_reset',
      id: 'password_reset_01JBX',
      user_id: 'user_01JBX',
      email: 'ada@example.com',
    }),
    becomes: { type: 'credential.reset', subjectId: 'user_01JBX', scopeKind: '' },
  },
  {
    name: 'a user is deleted',
    message: envelope('user.deleted', {
      object: 'user',
      id: 'user_01JBX',
      email: 'ada@example.com',
    }),
    becomes: { type: 'subject.offboarded', subjectId: 'user_01JBX' },
  },
  {
    name: 'a membership is deactivated',
    message: envelope('organization_membership.updated', { ...membership, status: 'inactive' }),
    becomes: {
      type: 'membership.deactivated',
      subjectId: 'user_01JBX',
      scopeKind: 'subject_organization',
      scopeId: 'org_01JBX',
    },
  },
  {
    name: 'a membership is deleted',
    message: envelope('organization_membership.deleted', membership),
    becomes: { type: 'membership.deactivated', scopeId: 'org_01JBX' },
  },
  {
    name: 'a member loses a role',
    message: envelope('organization_membership.updated', membership, {
      context: { previous_attributes: { role: { slug: 'admin' } } },
    }),
    becomes: {
      type: 'access.reduced',
      scopeKind: 'subject_organization',
      scopeId: 'org_01JBX',
      reason: 'admin',
    },
  },
  {
    name: 'a membership changes in ways that take nothing away',
    message: envelope('organization_membership.updated', membership),
    becomes: { type: 'subject.updated', scopeKind: '', roles: ['member'], rolesBegin: false },
  },
  {
    name: 'a member joins, whose roles are remembered',
    message: envelope('organization_membership.created', membership),
    becomes: { type: 'subject.updated', roles: ['member'], rolesBegin: true },
  },
  {
    name: 'a directory user is suspended',
    message: envelope('dsync.user.updated', directoryUser),
    becomes: {
      type: 'subject.suspended',
      subjectId: 'directory_user_01JBX',
      subjectEmail: 'ada@example.com',
      connectionId: 'directory_01JBX',
      scopeKind: 'subject_organization',
      scopeId: 'org_01JBX',
    },
  },
  {
    name: 'a directory user is changed and stays active',
    message: envelope('dsync.user.updated', { ...directoryUser, state: 'active' }),
    becomes: {
      type: 'subject.updated',
      subjectKind: 'directory_user',
      connectionId: 'directory_01JBX',
      scopeKind: '',
    },
  },
  {
    name: 'a directory user who has no address, so that nobody can be found behind',
    message: envelope('dsync.user.created', { ...directoryUser, email: null, state: 'active' }),
    becomes: 'ignored',
  },
  {
    name: 'a directory user is deleted',
    message: envelope('dsync.user.deleted', directoryUser),
    becomes: { type: 'subject.offboarded', subjectId: 'directory_user_01JBX' },
  },
  {
    name: 'a directory is deleted',
    message: envelope('dsync.deleted', { id: 'directory_01JBX', organization_id: 'org_01JBX' }),
    becomes: {
      type: 'directory.deactivated',
      scopeKind: 'connection',
      scopeId: 'directory_01JBX',
    },
  },
  {
    name: 'a connection is deactivated',
    message: envelope('connection.deactivated', { id: 'conn_01JBX', state: 'inactive' }),
    becomes: { type: 'connection.deactivated', scopeKind: 'connection', scopeId: 'conn_01JBX' },
  },
  {
    name: 'an agent loses its registration',
    message: envelope('agent.registration.revoked', { agent_registration_id: 'agent_reg_01JBX' }),
    becomes: { type: 'grant.revoked', scopeKind: 'grant', scopeId: 'agent_reg_01JBX' },
  },
  {
    name: 'an organization is deleted',
    message: envelope('organization.deleted', {
      object: 'organization',
      id: 'org_01JBX',
      domains: [],
    }),
    becomes: {
      type: 'organization.deactivated',
      subjectId: '',
      scopeKind: 'organization',
      scopeId: 'org_01JBX',
    },
  },
  {
    name: 'a directory user leaves a group',
    message: envelope('dsync.group.user_removed', {
      directory_id: 'directory_01JBX',
      user: { ...directoryUser, state: 'active' },
      group: { id: 'directory_group_01JBX', name: 'Finance' },
    }),
    becomes: {
      type: 'access.reduced',
      subjectId: 'directory_user_01JBX',
      subjectKind: 'directory_user',
      subjectEmail: 'ada@example.com',
      scopeKind: 'subject_organization',
      scopeId: 'org_01JBX',
      reason: 'Finance',
    },
  },
  {
    name: 'a directory user is deleted, by an old webhook that says neither when nor in which organization',
    message: {
      id: 'wh_124',
      event: 'dsync.user.deleted',
      data: {
        object: 'directory_user',
        id: 'directory_user_01JBX',
        directory_id: 'directory_01JBX',
        state: 'inactive',
        emails: [
          { primary: false, type: 'home', value: 'ada@example.net' },
          { primary: true, type: 'work', value: 'ada@example.com' },
        ],
      },
    },
    becomes: {
      type: 'subject.offboarded',
      nativeId: 'wh_124',
      subjectEmail: 'ada@example.com',
      scopeKind: '',
    },
  },
  {
    name: 'a user whose verified address changed',
    message: envelope('user.updated', {
      object: 'user',
      id: 'user_01JBX',
      email: 'ada.byron@example.com',
      email_verified: true,
    }),
    becomes: {
      type: 'subject.updated',
      subjectId: 'user_01JBX',
      subjectEmail: 'ada.byron@example.com',
    },
  },
  {
    name: 'a user with an address that nobody has verified',
    message: envelope('user.created', {
      object: 'user',
      id: 'user_01JBX',
      email: 'ada@example.com',
      email_verified: false,
    }),
    becomes: 'ignored',
  },
  {
    name: 'a session of an agent begins',
    message: envelope('agent.instance.session.created', {
      object: 'agent_instance_session',
      id: 'agent_session_01JBX',
      agent_instance_id: 'agent_01JBX',
      organization_id: 'org_01JBX',
      expires_at: '2026-11-03T10:12:44.000Z',
      revoked_at: null,
      created_at: '2026-11-03T09:12:44.000Z',
    }),
    becomes: {
      type: 'session.created',
      sessionId: 'agent_session_01JBX',
      sessionKind: 'agent',
      subjectId: 'agent_01JBX',
      subjectKind: 'agent',
      organizationId: 'org_01JBX',
      grantId: 'agent_01JBX',
      expiresAt: Date.UTC(2026, 10, 3, 10, 12, 44),
    },
  },
  {
    name: 'an agent instance is deleted',
    message: envelope('agent.instance.deleted', {
      object: 'agent_instance',
      id: 'agent_01JBX',
      organization_id: 'org_01JBX',
      organization_membership_id: 'om_01JBX',
      type: 'delegated',
    }),
    becomes: {
      type: 'grant.revoked',
      subjectId: 'agent_01JBX',
      subjectKind: 'agent',
      scopeKind: 'grant',
      scopeId: 'agent_01JBX',
    },
  },
  {
    name: 'an API key is revoked',
    message: envelope('api_key.revoked', {
      object: 'api_key',
      id: 'api_key_01JBX',
      owner: { type: 'organization', id: 'org_01JBX' },
    }),
    becomes: { type: 'grant.revoked', scopeKind: 'grant', scopeId: 'api_key_01JBX' },
  },
  {
    name: 'an account of another service is disconnected',
    message: envelope('pipes.connected_account.disconnected', {
      object: 'connected_account',
      id: 'data_installation_01JBX',
      user_id: 'user_01JBX',
      organization_id: null,
      state: 'disconnected',
    }),
    becomes: { type: 'grant.revoked', scopeKind: 'grant', scopeId: 'data_installation_01JBX' },
  },
]
