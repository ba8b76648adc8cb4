import type { Format } from '../../decode/format.ts'
import { causeExamples } from './cause-examples.ts'
import { envelope } from './example-envelope.ts'

const session = {
  object: 'session',
  id: 'session_01JBXS4',
  user_id: 'user_01JBX',
  organization_id: 'org_01JBX',
  status: 'active',
  auth_method: 'sso',
  ip_address: '203.0.113.9',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
  expires_at: '2026-11-30T00:00:00.000Z',
  ended_at: null,
  created_at: '2026-11-01T08:00:00.000Z',
  updated_at: '2026-11-01T08:00:00.000Z',
}

/** Messages composed after the public schema of WorkOS's events, with what they become. */
export const examples: Format['examples'] = [
  {
    name: 'a session begins',
    message: envelope('session.created', session),
    becomes: {
      type: 'session.created',
      occurredAt: Date.UTC(2026, 10, 3, 9, 12, 44, 120),
      sessionId: 'session_01JBXS4',
      sessionKind: 'online',
      sessionCreatedAt: Date.UTC(2026, 10, 1, 8),
      expiresAt: Date.UTC(2026, 10, 30),
      subjectId: 'user_01JBX',
      organizationId: 'org_01JBX',
      authMethod: 'sso',
      ip: '203.0.113.9',
      initiatorKind: '',
    },
  },
  {
    name: 'a session begins by impersonation',
    message: envelope('session.created', {
      ...session,
      auth_method: 'impersonation',
      impersonator: { email: 'support@example.com', reason: 'ticket 12' },
    }),
    becomes: {
      type: 'session.created',
      authMethod: 'impersonation',
      initiatorKind: 'admin',
      initiatorId: 'support@example.com',
      reason: 'ticket 12',
    },
  },
  {
    name: 'a session is revoked in the dashboard, by an old webhook without `object` or zone',
    message: {
      id: 'wh_123',
      event: 'session.revoked',
      created_at: '2026-11-03 09:12:44.120',
      data: { ...session, status: 'revoked', ended_at: '2026-11-03 09:12:44.050' },
      context: {
        client_id: 'client_01J',
        actor: { id: 'user_01JBZ', source: 'dashboard', name: 'Ada' },
      },
    },
    becomes: {
      type: 'session.revoked',
      nativeId: 'wh_123',
      occurredAt: Date.UTC(2026, 10, 3, 9, 12, 44, 120),
      initiatorKind: 'admin',
      initiatorId: 'user_01JBZ',
      initiatorClient: 'client_01J',
    },
  },
  {
    name: 'a session is revoked, and it is not said whose it was',
    message: envelope('session.revoked', { ...session, user_id: null }),
    becomes: { type: 'session.revoked', sessionId: 'session_01JBXS4', subjectId: '' },
  },
  {
    name: 'a session of nobody begins',
    message: envelope('session.created', { ...session, user_id: null }),
    becomes: { rejected: 'missing_field' },
  },
  {
    name: 'a wrong password',
    message: envelope('authentication.password_failed', {
      type: 'password',
      status: 'failed',
      user_id: null,
      email: 'ada@example.com',
      ip_address: '203.0.113.9',
      user_agent: null,
      error: { code: 'invalid_credentials', message: 'Invalid credentials.' },
    }),
    becomes: {
      type: 'authentication.failed',
      subjectId: '',
      subjectEmail: 'ada@example.com',
      authMethod: 'password',
      reason: 'invalid_credentials',
    },
  },
  {
    name: 'single sign-on, whose own session is not a session of ours',
    message: envelope('authentication.sso_succeeded', {
      type: 'sso',
      status: 'succeeded',
      user_id: 'user_01JBX',
      email: 'ada@example.com',
      ip_address: '203.0.113.9',
      user_agent: 'Mozilla/5.0',
      sso: { organization_id: 'org_01JBX', connection_id: 'conn_01JBX', session_id: 'sess_01JBX' },
    }),
    becomes: {
      type: 'authentication.succeeded',
      sessionId: '',
      authMethod: 'sso',
      organizationId: 'org_01JBX',
      connectionId: 'conn_01JBX',
    },
  },
  ...causeExamples,
  {
    name: 'something known that tells nothing about sessions',
    message: envelope('authentication.sso_started', { type: 'sso', status: 'started' }),
    becomes: 'ignored',
  },
  {
    name: 'something that WorkOS invents tomorrow',
    message: { event: 'constructor', data: 7 },
    becomes: 'ignored',
  },
  {
    name: 'a revocation that does not say of what',
    message: envelope('session.revoked', { user_id: 'user_01JBX' }),
    becomes: { rejected: 'missing_field' },
  },
  {
    name: 'a reset of an unnamed user',
    message: envelope('password_reset.succeeded', { user_id: 12 }),
    becomes: { rejected: 'wrong_type' },
  },
]
