import type { FormatExample } from '../../decode/format.ts'
import { grantOf } from './event-facts.ts'

const ada = 'cd0fbb7f-bb13-45e9-8f61-b9eb672bd9f1'
const admin = '6405f03b-ae61-4b69-8a50-dce5ea84ce83'
const session = 'bc79b5a9-1eaa-72bd-50bf-12183ff6d6bf'
const time = Date.UTC(2026, 10, 3, 9, 12, 44, 111)

const adminEvent = (operationType: string, resourceType: string, more: object) => ({
  kind: 'admin_event',
  realm: 'staff',
  event: {
    id: `8e0a9e6d-${operationType}-${resourceType}`,
    time,
    realmId: '103a1a84-9578-4d90-8ac3-2a57733f8bef',
    authDetails: {
      realmId: 'ae207a21-da5b-44ff-8376-3659213fff9c',
      clientId: 'fc50167d-b184-48b3-b2c6-18fe041c1e24',
      userId: admin,
      ipAddress: '198.51.100.4',
    },
    operationType,
    resourceType,
    ...more,
  },
})

/** Admin events cut from those of a server of version 26.4, with what they become. */
export const adminExamples: readonly FormatExample[] = [
  {
    name: 'a session ended by an admin, which names no user',
    message: adminEvent('DELETE', 'USER_SESSION', {
      resourcePath: `sessions/${session}`,
      representation: '{"offline":true}',
    }),
    becomes: {
      type: 'session.revoked',
      sessionId: session,
      sessionKind: 'offline',
      subjectId: '',
      initiatorKind: 'admin',
      initiatorId: admin,
      initiatorClient: 'fc50167d-b184-48b3-b2c6-18fe041c1e24',
    },
  },
  {
    name: 'a session ended by an admin, in a realm that does not tell of which kind',
    message: adminEvent('DELETE', 'USER_SESSION', { resourcePath: `sessions/${session}` }),
    becomes: 'ignored',
  },
  {
    name: 'a password reset by an admin, whose address is not the place of the user',
    message: adminEvent('ACTION', 'USER', { resourcePath: `users/${ada}/reset-password` }),
    becomes: {
      type: 'credential.reset',
      subjectId: ada,
      initiatorKind: 'admin',
      ip: '198.51.100.4',
      ipOf: 'actor',
    },
  },
  {
    name: 'a sign-out of all online sessions of a user',
    message: adminEvent('ACTION', 'USER', { resourcePath: `users/${ada}/logout` }),
    becomes: { type: 'subject.signed_out', subjectId: ada, sessionId: '' },
  },
  {
    name: 'a sign-out of everybody in the realm',
    message: adminEvent('ACTION', 'REALM', { resourcePath: 'logout-all', representation: '{}' }),
    becomes: { type: 'instance.signed_out', subjectId: '', sessionId: '', initiatorKind: 'admin' },
  },
  {
    name: 'a new password that an admin demands',
    message: adminEvent('UPDATE', 'USER', {
      resourcePath: `users/${ada}`,
      representation: '{"requiredActions":["UPDATE_PASSWORD"]}',
    }),
    becomes: { type: 'credential.reset_requested', subjectId: ada, initiatorSessionId: '' },
  },
  {
    name: 'a password deleted by an admin, in a version that tells which credential it was',
    message: adminEvent('ACTION', 'USER', {
      resourcePath: `users/${ada}/credentials/d07d263a`,
      details: { credential_type: 'password', credential_id: 'd07d263a' },
    }),
    becomes: { type: 'credential.reset', subjectId: ada },
  },
  {
    name: 'a member taken out of an organization',
    message: adminEvent('DELETE', 'ORGANIZATION_MEMBERSHIP', {
      resourcePath: `organizations/a734df85/members/${ada}`,
    }),
    becomes: { type: 'access.reduced', subjectId: ada, organizationId: '' },
  },
  {
    name: 'a federated identity unlinked by an admin',
    message: adminEvent('DELETE', 'USER', {
      resourcePath: `users/${ada}/federated-identity/corp`,
    }),
    becomes: { type: 'access.reduced', subjectId: ada },
  },
  {
    name: 'a role deleted, whoever had it',
    message: adminEvent('DELETE', 'REALM_ROLE', { resourcePath: 'roles/auditor' }),
    becomes: { ignored: 'incomplete' },
  },
  {
    name: 'a group deleted, for one whom the feed found in it',
    message: adminEvent('DELETE', 'GROUP', { resourcePath: `users/${ada}/groups/c4f0a5cc` }),
    becomes: { type: 'access.reduced', subjectId: ada, reason: 'DELETE GROUP' },
  },
  {
    name: 'a role taken from a group whose members the feed told all of',
    message: adminEvent('DELETE', 'REALM_ROLE_MAPPING', {
      resourcePath: 'groups/c4f0a5cc/role-mappings/realm',
      details: { members: 'told' },
    }),
    becomes: 'ignored',
  },
  {
    name: 'a group that new users are not put into any more',
    message: adminEvent('DELETE', 'GROUP', { resourcePath: 'default-groups/c4f0a5cc' }),
    becomes: 'ignored',
  },
  {
    name: 'a consent withdrawn by an admin, for a client named by a URL',
    message: adminEvent('ACTION', 'USER', {
      resourcePath: `users/${ada}/consents/https://app.example.com`,
    }),
    becomes: { type: 'grant.revoked', scopeId: grantOf(ada, 'https://app.example.com') },
  },
  {
    name: 'an account disabled',
    message: adminEvent('UPDATE', 'USER', {
      resourcePath: `users/${ada}`,
      representation: `{"id":"${ada}","username":"ada","enabled":false}`,
    }),
    becomes: { type: 'subject.suspended', subjectId: ada },
  },
  {
    name: 'an account edited in another way',
    message: adminEvent('UPDATE', 'USER', {
      resourcePath: `users/${ada}`,
      representation: '{"firstName":"Ada"}',
    }),
    becomes: 'ignored',
  },
  {
    name: 'an account deleted',
    message: adminEvent('DELETE', 'USER', { resourcePath: `users/${ada}` }),
    becomes: { type: 'subject.offboarded', subjectId: ada },
  },
  {
    name: 'an account that could not be deleted',
    message: adminEvent('DELETE', 'USER', { resourcePath: `users/${ada}`, error: 'unknown' }),
    becomes: 'ignored',
  },
  {
    name: 'a group left',
    message: adminEvent('DELETE', 'GROUP_MEMBERSHIP', {
      resourcePath: `users/${ada}/groups/c4f0a5cc`,
      details: { email: 'ada@example.com', username: 'ada' },
    }),
    becomes: { type: 'access.reduced', subjectId: ada, subjectEmail: 'ada@example.com' },
  },
  {
    name: 'a role taken from a group, which names no user',
    message: adminEvent('DELETE', 'REALM_ROLE_MAPPING', {
      resourcePath: 'groups/c4f0a5cc/role-mappings/realm',
    }),
    becomes: { ignored: 'incomplete' },
  },
  {
    name: 'an identity provider switched off',
    message: adminEvent('UPDATE', 'IDENTITY_PROVIDER', {
      resourcePath: 'identity-provider/instances/google',
      representation: '{"alias":"google","enabled":false}',
    }),
    becomes: { type: 'connection.deactivated', scopeKind: 'connection', scopeId: 'google' },
  },
  {
    name: 'a deleted session without a path',
    message: adminEvent('DELETE', 'USER_SESSION', { representation: '{"offline":false}' }),
    becomes: { rejected: 'missing_field' },
  },
]
