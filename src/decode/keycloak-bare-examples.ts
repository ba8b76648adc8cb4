import type { FormatExample } from './format.ts'

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

/** Events as a plug-in of Keycloak writes them to a topic: its own classes, null for absent. */
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
]
