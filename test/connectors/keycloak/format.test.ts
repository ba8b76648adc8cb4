import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { format } from '../../../src/connectors/keycloak/format.ts'
import { blankEvent } from '../../../src/contract/event.ts'
import type { Binding } from '../../../src/contract/raw-message.ts'
import { blankReading } from '../../../src/decode/format.ts'
import { binding, decodeOne } from '../../decode/given.ts'

const batch = { format: 'keycloak' }
const time = Date.UTC(2026, 10, 3, 9, 12, 44, 111)

const refresh = {
  time,
  type: 'REFRESH_TOKEN',
  realmId: '103a1a84',
  clientId: 'app',
  userId: 'cd0fbb7f',
  sessionId: 'bc79b5a9',
  ipAddress: '203.0.113.9',
  details: {
    token_id: 'onrtrt:11b0',
    refresh_token_type: 'Refresh',
    scope: 'email',
    username: 'ada',
  },
}

const reset = {
  time,
  realmId: '103a1a84',
  authDetails: { realmId: 'ae207a21', clientId: 'fc50167d', userId: '6405f03b', ipAddress: '::1' },
  operationType: 'ACTION',
  resourceType: 'USER',
  resourcePath: 'users/cd0fbb7f/reset-password',
}

function wrapped(event: object): object {
  return { kind: 'type' in event ? 'user_event' : 'admin_event', realm: 'staff', event }
}

function nameOf(event: object): string {
  const draft = blankEvent()
  expect(format.read(wrapped(event), draft, blankReading())).toBe('event')
  return draft.nativeId
}

function shuffled(json: object): fc.Arbitrary<object> {
  const entries = Object.entries(json)
  return fc
    .shuffledSubarray(entries, { minLength: entries.length })
    .map((order) => Object.fromEntries(order))
}

describe('an event of an older server, which has no id', () => {
  it('has one name, in whichever order its keys come', () => {
    const reordered = fc
      .tuple(shuffled(refresh), shuffled(refresh.details))
      .map(([event, details]) => ({ ...event, details }))
    fc.assert(
      fc.property(reordered, shuffled(reset), (event, adminEvent) => {
        expect(nameOf(event)).toBe(nameOf(refresh))
        expect(nameOf(adminEvent)).toBe(nameOf(reset))
      }),
    )
  })

  it('has another name as soon as anything it says is another', () => {
    const others = [
      refresh,
      { ...refresh, time: time + 1 },
      { ...refresh, realmId: 'x' },
      { ...refresh, sessionId: 'x' },
      { ...refresh, ipAddress: '203.0.113.8' },
      { ...refresh, details: { ...refresh.details, token_id: 'onrtrt:11b1' } },
      { ...refresh, details: { ...refresh.details, scope: 'emailusername', username: '' } },
      reset,
      { ...reset, resourcePath: 'users/cd0fbb7e/reset-password' },
      { ...reset, authDetails: { ...reset.authDetails, userId: 'x' } },
    ]
    expect(new Set(others.map(nameOf)).size).toBe(others.length)
  })
})

describe('a Keycloak event of a topic that several realms write to', () => {
  const own = { ...binding, realm: 'staff' }
  const told = (message: object, more: Partial<Binding> = {}) =>
    decodeOne(message, { format: 'keycloak', binding: { ...own, ...more } })
  const ofRealm = (realmName: string | null) => ({ ...refresh, realmName })

  it('is of the instance only where it names no other realm than the instance', () => {
    for (const realm of ['staff', null, '']) expect(told(ofRealm(realm)).event).toBeDefined()
    expect(told({ ...refresh }).event).toBeDefined()
    expect(told({ ...wrapped(refresh), realm: 'staff' }).event).toBeDefined()
    const { realmId: _, ...noId } = refresh
    const phaseTwo = (realmId: string) => ({ ...noId, uid: 'x', type: 'access.LOGOUT', realmId })
    for (const id of ['staff', '103a1a84-9578-4d90-8ac3-2a57733f8bef']) {
      expect(told(phaseTwo(id)).event).toBeDefined()
    }
    const others = [ofRealm('master'), { ...wrapped(refresh), realm: 'master' }, phaseTwo('master')]
    for (const message of others) {
      const { event, rejected, ignored, unread } = told(message)
      expect([event, rejected, ignored]).toEqual([undefined, undefined, 1])
      expect(unread).toMatchObject([{ name: 'another realm', why: 'irrelevant' }])
    }
    expect(decodeOne(ofRealm('master'), { format: 'keycloak' }).event).toBeDefined()
  })

  it('is of the other instance that the topic is trusted to name, if that is its realm', () => {
    const trusted = [{ tenant: 'acme', instance: 'customers', realm: 'customers' }]
    expect(told(ofRealm('customers'), { trusted }).event).toMatchObject({ instance: 'customers' })
    expect(told(ofRealm('staff'), { trusted }).event).toMatchObject({ instance: 'keycloak-main' })
    expect(told(ofRealm('master'), { trusted }).event).toBeUndefined()
  })
})

describe('a Keycloak event', () => {
  it('is named by its own id where it has one', () => {
    expect(nameOf({ ...refresh, id: 'b4d8ff06' })).toBe('b4d8ff06')
  })

  it('without a usable time is rejected', () => {
    const reason = (at: unknown) =>
      decodeOne(wrapped({ ...reset, time: at }), batch).rejected?.reason
    expect(reason(undefined)).toBe('missing_field')
    expect(reason('2026-11-03')).toBe('out_of_bounds')
    expect(reason({ at: 1 })).toBe('wrong_type')
    expect(reason(1.5)).toBe('out_of_bounds')
    expect(reason(Date.UTC(2031, 0, 1))).toBe('implausible_time')
  })

  it.each([
    ['online', { refresh_token_type: 'Refresh' }],
    ['offline', { refresh_token_type: 'Offline' }],
    ['online', { token_id: 'onrtrt:1' }],
    ['offline', { token_id: 'ofrtrt:1' }],
    ['online', {}],
  ])('is of an %s session when its details are %j', (kind, details) => {
    const { event } = decodeOne(wrapped({ ...refresh, details }), batch)
    expect(event?.sessionKind).toBe(kind)
  })

  it.each([
    ['Session not active', 'session_ended'],
    ['Offline user session not found', 'session_ended'],
    ['Offline session not active', 'session_ended'],
    ['Client session not active', 'not_allowed'],
    ['Refresh token issued before the user session started', 'not_allowed'],
    ['User disabled', 'not_allowed'],
    ["Session doesn't have required client", 'not_allowed'],
    ['Maximum allowed refresh token reuse exceeded', 'token_reused'],
    ['Session not active any more', 'unknown'],
    [undefined, 'unknown'],
  ])('refused because of %j proves an end only where it truly says so: %s', (reason, expected) => {
    const event = { ...refresh, type: 'REFRESH_TOKEN_ERROR', details: { reason } }
    expect(decodeOne(wrapped(event), batch).event?.refusalReason).toBe(expected)
  })

  it('of an offline session that is over is about the offline session of that id', () => {
    for (const reason of ['Offline user session not found', 'Offline session not active']) {
      const event = { ...refresh, type: 'REFRESH_TOKEN_ERROR', details: { reason } }
      expect(decodeOne(wrapped(event), batch).event?.sessionKind).toBe('offline')
    }
  })

  it('names the grant of one subject to one client, the same in a session and in its end', () => {
    const login = {
      ...refresh,
      type: 'LOGIN',
      details: { grant_type: 'password', refresh_token_type: 'Offline' },
    }
    const consent = { ...reset, resourcePath: 'users/cd0fbb7f/consents/app' }
    const grant = decodeOne(wrapped(login), batch).event?.grantId
    expect(grant).toMatch(/^[0-9a-f]{32}$/)
    expect(decodeOne(wrapped(consent), batch).event?.scopeId).toBe(grant)
    const other = { ...login, userId: '00000000' }
    expect(decodeOne(wrapped(other), batch).event?.grantId).not.toBe(grant)
  })

  it('about an online session names no grant, as such a session serves many clients', () => {
    expect(decodeOne(wrapped(refresh), batch).event?.grantId).toBe('')
  })

  it('without a session is an authentication, not a session without a name', () => {
    const login = { ...refresh, type: 'LOGIN', sessionId: undefined }
    expect(decodeOne(wrapped(login), batch).event).toMatchObject({
      type: 'authentication.succeeded',
      sessionId: '',
    })
  })

  it('of a client logging in for itself leaves a session only when it names one', () => {
    const login = { ...refresh, type: 'CLIENT_LOGIN' }
    const transient = { ...login, details: { token_id: 'trrtcc:1' } }
    expect(decodeOne(wrapped(login), batch).event).toMatchObject({
      type: 'session.created',
      subjectKind: 'service',
    })
    expect(decodeOne(wrapped(transient), batch).ignored).toBe(1)
    expect(decodeOne(wrapped({ ...login, sessionId: undefined }), batch).ignored).toBe(1)
  })

  it.each(['not json', '[]', '7', 17, []])('with the representation %j is rejected', (odd) => {
    const event = {
      ...reset,
      operationType: 'UPDATE',
      resourcePath: 'users/cd0fbb7f',
      representation: odd,
    }
    expect(decodeOne(wrapped(event), batch).rejected?.reason).toBe('wrong_type')
  })

  it('of a user below another path is no cause', () => {
    for (const path of [
      'users/cd0fbb7f/credentials/1/moveToFirst',
      'users/cd0fbb7f/reset-password/x',
      'realms/reset-password',
    ]) {
      expect(decodeOne(wrapped({ ...reset, resourcePath: path }), batch).ignored).toBe(1)
    }
  })

  it.each(['webauthn', 'otp', 'recovery-authn-codes'])(
    'about a credential of type %s is about a factor, also when an admin deleted it',
    (credential_type) => {
      const removed = { ...refresh, type: 'REMOVE_CREDENTIAL', details: { credential_type } }
      const deleted = { ...reset, resourcePath: 'users/cd0fbb7f/credentials/1' }
      expect(decodeOne(wrapped(removed), batch).event).toMatchObject({
        type: 'factor.changed',
        initiatorKind: 'user',
        initiatorSessionId: 'bc79b5a9',
      })
      expect(decodeOne(wrapped(deleted), batch).event).toMatchObject({
        type: 'factor.changed',
        initiatorKind: 'admin',
      })
    },
  )
})

describe('the life of an access token', () => {
  it.each([
    ['300', time + 300_000],
    [300, time + 300_000],
    [{ toString: '' }, null],
    [['300'], null],
  ])(
    'that is %j is read where it is a count of seconds, and never breaks the event',
    (life, at) => {
      const details = { ...refresh.details, access_token_expiration_time: life }
      const { event } = decodeOne(wrapped({ ...refresh, details }), batch)
      expect(event).toMatchObject({ type: 'session.used', tokenExpiresAt: at })
    },
  )
})
