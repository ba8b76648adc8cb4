import type { FormatExample } from '../../decode/format.ts'

const ada = { id: '00uada00000000000001', type: 'User', alternateId: 'ada@example.com' }
const root = { id: '00uroot0000000000001', type: 'User', alternateId: 'root@example.com' }
const session = '102SampleSessionOfAda'
const published = '2026-11-03T09:12:44.111Z'

/** An event as the System Log API returns it, less what nobody reads. */
const logEvent = (eventType: string, more: object = {}): object => ({
  uuid: `4f0d7c1e-${eventType}`,
  published,
  eventType,
  version: '0',
  severity: 'INFO',
  actor: { ...ada, displayName: 'Ada Example', detailEntry: null },
  client: {
    userAgent: { rawUserAgent: 'Mozilla/5.0', os: 'Linux', browser: 'FIREFOX' },
    zone: 'null',
    device: 'Computer',
    ipAddress: '203.0.113.9',
  },
  authenticationContext: { externalSessionId: session, authenticationStep: 0 },
  outcome: { result: 'SUCCESS', reason: null },
  target: null,
  ...more,
})

const byRoot = (eventType: string, more: object = {}) =>
  logEvent(eventType, {
    actor: root,
    authenticationContext: { externalSessionId: '102SampleSessionOfRoot' },
    target: [{ ...ada, displayName: 'Ada Example' }],
    ...more,
  })

export const examples: readonly [FormatExample, FormatExample, ...FormatExample[]] = [
  {
    name: 'a sign-in',
    message: logEvent('user.session.start'),
    becomes: {
      type: 'session.created',
      nativeId: '4f0d7c1e-user.session.start',
      occurredAt: Date.parse(published),
      sessionId: session,
      subjectId: ada.id,
      subjectEmail: 'ada@example.com',
      ip: '203.0.113.9',
      userAgent: 'Mozilla/5.0',
    },
  },
  {
    name: 'an event without an id',
    message: logEvent('user.session.start', { uuid: undefined }),
    becomes: { rejected: 'missing_field' },
  },
  {
    name: 'a sign-in of nobody that Okta knows, which fails',
    message: logEvent('user.session.start', {
      actor: { id: 'unknown', type: 'User', alternateId: 'eve@example.com' },
      authenticationContext: { externalSessionId: 'unknown' },
      outcome: { result: 'FAILURE', reason: 'VERIFICATION_ERROR' },
    }),
    becomes: {
      type: 'authentication.failed',
      subjectId: '',
      sessionId: '',
      reason: 'VERIFICATION_ERROR',
    },
  },
  {
    name: 'a sign-in that names no session',
    message: logEvent('user.session.start', {
      authenticationContext: { externalSessionId: 'unknown' },
    }),
    becomes: { type: 'authentication.succeeded', sessionId: '', subjectId: ada.id },
  },
  {
    name: 'a sign-in that goes on with another step',
    message: logEvent('user.session.start', { outcome: { result: 'CHALLENGE' } }),
    becomes: { ignored: 'unknown' },
  },
  {
    name: 'a sign-out',
    message: logEvent('user.session.end'),
    becomes: {
      type: 'session.ended',
      sessionId: session,
      subjectId: ada.id,
      initiatorKind: 'user',
    },
  },
  {
    name: 'the end of a session that somebody else asked for, whose session is not certain',
    message: byRoot('user.session.end'),
    becomes: { ignored: 'unknown' },
  },
  {
    name: 'all sessions of a user cleared by an administrator',
    message: byRoot('user.session.clear'),
    becomes: {
      type: 'subject.signed_out',
      subjectId: ada.id,
      sessionId: '',
      initiatorKind: 'admin',
      initiatorId: root.id,
      ipOf: 'actor',
    },
  },
  {
    name: 'an application that is opened in a session',
    message: logEvent('user.authentication.sso', {
      target: [{ id: '0oaapp00000000000001', type: 'AppInstance', alternateId: 'Payroll' }],
    }),
    becomes: {
      type: 'session.used',
      outcome: 'accepted',
      observer: 'idp',
      sessionId: session,
      subjectId: ada.id,
      applicationId: '0oaapp00000000000001',
    },
  },
  {
    name: 'a password that its user changes',
    message: logEvent('user.account.update_password', { target: [ada] }),
    becomes: {
      type: 'credential.changed',
      subjectId: ada.id,
      initiatorKind: 'user',
      initiatorSessionId: session,
    },
  },
  {
    name: 'a password that an administrator sets',
    message: byRoot('user.account.update_password'),
    becomes: { type: 'credential.reset', subjectId: ada.id, initiatorKind: 'admin' },
  },
  {
    name: 'a password that is reset by a program',
    message: byRoot('user.account.reset_password', {
      actor: { id: '0oaservice000000001', type: 'PublicClientApp' },
    }),
    becomes: {
      type: 'credential.reset',
      subjectId: ada.id,
      initiatorKind: 'system',
      initiatorSessionId: '',
    },
  },
  {
    name: 'a user who is suspended',
    message: byRoot('user.lifecycle.suspend'),
    becomes: { type: 'subject.suspended', subjectId: ada.id, initiatorKind: 'admin' },
  },
  {
    name: 'a suspension that failed',
    message: byRoot('user.lifecycle.suspend', { outcome: { result: 'FAILURE' } }),
    becomes: { ignored: 'irrelevant' },
  },
  {
    name: 'a user who is deactivated',
    message: byRoot('user.lifecycle.deactivate'),
    becomes: { type: 'subject.offboarded', subjectId: ada.id },
  },
  {
    name: 'a user who is deleted',
    message: byRoot('user.lifecycle.delete'),
    becomes: { type: 'subject.offboarded', subjectId: ada.id },
  },
  {
    name: 'a cause that names nobody',
    message: byRoot('user.lifecycle.suspend', { target: [] }),
    becomes: { rejected: 'missing_field' },
  },
  {
    name: 'a cause that names two users, which would be one too many',
    message: byRoot('user.lifecycle.suspend', { target: [ada, root] }),
    becomes: { rejected: 'out_of_bounds' },
  },
  {
    name: 'the revocation of a token, which names no session',
    message: logEvent('app.oauth2.token.revoke'),
    becomes: { ignored: 'irrelevant' },
  },
  {
    name: 'a type that is not known',
    message: logEvent('system.agent.ad.read_ldap'),
    becomes: { ignored: 'unknown' },
  },
]
