import type { FormatExample } from '../../decode/format.ts'

const ada = 'cd0fbb7f-bb13-45e9-8f61-b9eb672bd9f1'
const time = Date.UTC(2026, 10, 3, 9, 12, 44, 111)

const userEvent = {
  id: '5a8f2c1e-0001',
  time,
  type: 'LOGIN',
  realmId: '103a1a84-9578-4d90-8ac3-2a57733f8bef',
  realmName: 'staff',
  clientId: 'portal',
  userId: ada,
  sessionId: 'bc79b5a9-1eaa-72bd-50bf-12183ff6d6bf',
  ipAddress: '203.0.113.7',
  error: null,
  details: { auth_type: 'code', username: null },
}

const adminEvent = {
  id: '5a8f2c1e-0002',
  time,
  realmId: '103a1a84-9578-4d90-8ac3-2a57733f8bef',
  realmName: 'staff',
  authDetails: { realmId: 'master', clientId: 'console', userId: 'root', ipAddress: null },
  resourceType: 'USER',
  resourceTypeAsString: 'USER',
  operationType: 'UPDATE',
  resourcePath: `users/${ada}`,
  representation: '{"enabled":false}',
  error: null,
  details: null,
}

/** Events as plug-ins of Keycloak write them: its own classes with null for absent, or classes of theirs. */
export const bareExamples: readonly FormatExample[] = [
  {
    name: 'a bare user event',
    message: userEvent,
    becomes: { type: 'session.created', subjectId: ada, applicationId: 'portal' },
  },
  {
    name: 'a bare admin event whose error is null, so that nothing failed',
    message: adminEvent,
    becomes: { type: 'subject.suspended', subjectId: ada, initiatorId: 'root' },
  },
  {
    name: 'a bare admin event whose representation is an object',
    message: { ...adminEvent, representation: { enabled: false } },
    becomes: { type: 'subject.suspended', subjectId: ada },
  },
  {
    name: 'a bare admin event whose representation was written as text twice',
    message: { ...adminEvent, representation: JSON.stringify('{"enabled":false}') },
    becomes: { type: 'subject.suspended', subjectId: ada },
  },
  {
    name: 'a wrapped admin event whose error is null',
    message: { kind: 'admin_event', realm: 'staff', event: adminEvent },
    becomes: { type: 'subject.suspended', subjectId: ada },
  },
  {
    name: 'a wrapped login without a session, written as null',
    message: { kind: 'user_event', realm: 'staff', event: { ...userEvent, sessionId: null } },
    becomes: { type: 'authentication.succeeded', sessionId: '', subjectId: ada },
  },
  {
    name: 'a bare event of nobody',
    message: {
      ...userEvent,
      type: 'LOGIN_ERROR',
      userId: null,
      sessionId: '',
      error: 'user_not_found',
    },
    becomes: { type: 'authentication.failed', subjectId: '', reason: 'user_not_found' },
  },
  {
    name: 'a user event whose time is a text with an offset, and whose details are a text of JSON',
    message: {
      ...userEvent,
      time: '2026-11-03T10:12:44.111+01:00',
      details: '{"identity_provider":"google"}',
    },
    becomes: { type: 'session.created', occurredAt: time, connectionId: 'google' },
  },
  {
    name: 'a user event whose map without entries is an empty list',
    message: { ...userEvent, details: [] },
    becomes: { type: 'session.created', subjectId: ada },
  },
  {
    name: 'a session named by a number is not taken for no session',
    message: { ...userEvent, sessionId: 17 },
    becomes: { rejected: 'wrong_type' },
  },
  {
    name: 'a user event in the class that Phase Two uses for both kinds',
    message: {
      uid: '5a8f2c1e-0003',
      time,
      realmId: 'staff',
      type: 'access.LOGOUT',
      resourceType: null,
      operationType: null,
      authDetails: {
        realmId: 'staff',
        clientId: 'portal',
        userId: ada,
        ipAddress: '203.0.113.7',
        username: 'ada',
        sessionId: userEvent.sessionId,
      },
      details: { redirect_uri: 'https://portal.example.com' },
    },
    becomes: {
      nativeId: '5a8f2c1e-0003',
      type: 'session.ended',
      sessionId: userEvent.sessionId,
      subjectId: ada,
      ip: '203.0.113.7',
      ipOf: 'subject',
    },
  },
  {
    name: 'an admin event in that class',
    message: { ...adminEvent, type: 'admin.USER-UPDATE', uid: 'x', details: {} },
    becomes: { type: 'subject.suspended', subjectId: ada, initiatorId: 'root' },
  },
  {
    name: 'a user event in a flat record that calls its type eventType',
    message: {
      realmName: 'staff',
      clientId: 'portal',
      userId: ada,
      ipAddress: '203.0.113.7',
      eventType: 'UPDATE_PASSWORD',
      time,
      details: { code_id: userEvent.sessionId },
    },
    becomes: { type: 'credential.changed', initiatorSessionId: userEvent.sessionId },
  },
  {
    name: 'an admin event in a flat record, whose flags are texts',
    message: {
      realmName: 'staff',
      resourceTypeAsString: 'USER',
      operationType: 'UPDATE',
      resourcePath: `users/${ada}`,
      time,
      authClientId: 'console',
      authUserId: 'root',
      authIpAddress: '198.51.100.20',
      representation: '{"enabled":"false"}',
    },
    becomes: {
      type: 'subject.suspended',
      subjectId: ada,
      initiatorId: 'root',
      initiatorClient: 'console',
      ip: '198.51.100.20',
    },
  },
  {
    name: 'a user event beside the name of its user',
    message: { username: 'ada', event: userEvent },
    becomes: { type: 'session.created', subjectId: ada },
  },
  {
    name: 'an admin event beside the name of its admin',
    message: { adminUsername: 'root', adminEvent },
    becomes: { type: 'subject.suspended', subjectId: ada },
  },
  {
    name: 'an event within a wrapping that is a text of JSON',
    message: { kind: 'user_event', realm: 'staff', event: JSON.stringify(userEvent) },
    becomes: { type: 'session.created', subjectId: ada },
  },
  {
    name: 'a type in lower case',
    message: { ...userEvent, type: 'logout' },
    becomes: { type: 'session.ended', subjectId: ada },
  },
  {
    name: 'an admin event in lower case',
    message: { ...adminEvent, resourceType: 'user', operationType: 'update' },
    becomes: { type: 'subject.suspended', subjectId: ada, reason: 'UPDATE USER' },
  },
  {
    name: 'a session that an admin ended, of which it is not told whether it was the offline one',
    message: {
      ...adminEvent,
      resourceType: 'USER_SESSION',
      operationType: 'DELETE',
      resourcePath: `sessions/${userEvent.sessionId}`,
      representation: '{}',
    },
    becomes: { ignored: 'incomplete' },
  },
]
