import { describe, expect, it } from 'vitest'
import { decodeOne, receivedAt } from '../../decode/given.ts'

const batch = { format: 'workos' }

const session = {
  object: 'session',
  id: 'session_01JBXS4',
  user_id: 'user_01JBX',
  auth_method: 'password',
  ip_address: '203.0.113.9',
  user_agent: 'Mozilla/5.0',
  expires_at: '2026-11-30T00:00:00.000Z',
  created_at: '2026-11-03T09:12:44.050Z',
}

function anEvent(event: string, data: unknown, more: object = {}): object {
  return { id: 'event_01JBX', event, created_at: '2026-11-03T09:12:44.120Z', data, ...more }
}

describe('a WorkOS event', () => {
  it('is one event with one id, whether it came by webhook or by the Events API', () => {
    const webhook = anEvent('session.revoked', session, { created_at: '2026-11-03 09:12:44.120' })
    const listed = { object: 'event', ...anEvent('session.revoked', session), context: {} }
    const [one, other] = [decodeOne(webhook, batch).event, decodeOne(listed, batch).event]
    expect(one).toBeDefined()
    expect(one).toEqual(other)
  })

  it('begins a session when that began, where a webhook does not say when it was written', () => {
    const { created_at: _, ...late } = { created_at: '', ...anEvent('session.created', session) }
    expect(decodeOne(late, batch).event?.occurredAt).toBe(Date.parse(session.created_at))
    const ahead = { ...late, data: { ...session, created_at: '2026-12-03T09:12:44.050Z' } }
    expect(decodeOne(ahead, batch).event?.occurredAt).toBe(receivedAt)
    const ended = { ...late, event: 'session.revoked' }
    expect(decodeOne(ended, batch).event?.occurredAt).toBe(receivedAt)
  })

  it('is the same where a database kept its parts as texts of JSON', () => {
    const context = { actor: { id: 'user_01JBZ', source: 'dashboard' } }
    const event = anEvent('session.revoked', session, { context })
    const kept = { ...event, data: JSON.stringify(session), context: JSON.stringify(context) }
    const { unknownFields, ...told } = decodeOne(event, batch).event ?? {}
    expect(unknownFields).toBeDefined()
    expect(decodeOne(kept, batch).event).toMatchObject(told)
  })

  it.each([
    ['dashboard', 'admin'],
    ['admin_portal', 'admin'],
    ['api', 'system'],
    ['system', 'system'],
    ['something_new', ''],
  ])('initiated through %s is initiated by: %s', (source, initiatorKind) => {
    const context = { client_id: 'client_01J', actor: { id: 'x', source, name: null } }
    const { event } = decodeOne(anEvent('session.revoked', session, { context }), batch)
    expect(event).toMatchObject({
      initiatorKind,
      initiatorId: 'x',
      initiatorClient: 'client_01J',
    })
  })

  it.each(['password', 'mfa', 'magic_auth', 'passkey', 'oauth', 'sso', 'invented_tomorrow'])(
    'tells of an authentication by %s, and of one that failed',
    (method) => {
      const data = { type: method, user_id: 'user_01JBX', email: 'ada@example.com' }
      const succeeded = decodeOne(anEvent(`authentication.${method}_succeeded`, data), batch)
      const failed = decodeOne(anEvent(`authentication.${method}_failed`, data), batch)
      expect(succeeded.event).toMatchObject({
        type: 'authentication.succeeded',
        authMethod: method,
      })
      expect(failed.event).toMatchObject({ type: 'authentication.failed', authMethod: method })
    },
  )

  it('cannot be made unreadable by a user agent that is too long: it is cut', () => {
    const agent = `${'x'.repeat(1023)}\u{1f980}${'y'.repeat(9000)}`
    const { event } = decodeOne(
      anEvent('session.created', { ...session, user_agent: agent }),
      batch,
    )
    expect(event?.userAgent).toBe('x'.repeat(1023))
  })

  it('with an address that is none has no address, and is still an event', () => {
    const data = { ...session, ip_address: 'unknown' }
    expect(decodeOne(anEvent('session.created', data), batch).event?.ip).toBe('')
  })

  it('that we do not know is ignored whatever it looks like, and a known one is not', () => {
    expect(decodeOne(anEvent('vault.data.read', 'nonsense'), batch).ignored).toBe(1)
    expect(decodeOne(anEvent('user.deleted', 'nonsense'), batch).rejected?.reason).toBe(
      'wrong_type',
    )
    expect(decodeOne(anEvent('user.deleted', undefined), batch).rejected?.reason).toBe(
      'missing_field',
    )
    expect(decodeOne({ data: {} }, batch).rejected?.reason).toBe('missing_field')
  })

  it.each([[null], [undefined]])('that says %s of its time happened when it came', (created) => {
    const event = anEvent('user.deleted', { id: 'user_01JBX' }, { created_at: created })
    expect(decodeOne(event, batch).event?.occurredAt).toBe(receivedAt)
  })

  it('whose time cannot be read is rejected, as it cannot be put in order', () => {
    const event = anEvent('user.deleted', { id: 'user_01JBX' }, { created_at: 'yesterday' })
    expect(decodeOne(event, batch).rejected?.reason).toBe('out_of_bounds')
  })
})

describe('a membership', () => {
  const membership = {
    user_id: 'user_01JBX',
    organization_id: 'org_01JBX',
    status: 'active',
    role: { slug: 'editor' },
    roles: [{ slug: 'editor' }, { slug: 'billing' }],
  }
  const updated = (data: object, previous?: object) =>
    decodeOne(
      anEvent('organization_membership.updated', data, {
        context: { previous_attributes: previous },
      }),
      batch,
    )

  it('that loses one of its roles reduces access', () => {
    const { event } = updated(membership, { roles: [{ slug: 'editor' }, { slug: 'admin' }] })
    expect(event).toMatchObject({ type: 'access.reduced', reason: 'admin', scopeId: 'org_01JBX' })
  })

  it('shows its former role beside its present one too, in either spelling', () => {
    expect(updated({ ...membership, previous_attributes: { role: 'admin' } }).event?.type).toBe(
      'access.reduced',
    )
  })

  it('that gains a role, or changes in another way, is no cause', () => {
    const now = { type: 'subject.updated', scopeKind: '', roles: ['editor', 'billing'] }
    expect(updated(membership, { roles: [{ slug: 'editor' }] }).event).toMatchObject(now)
    expect(updated(membership, { custom_attributes: {} }).event).toMatchObject(now)
    expect(updated(membership).event).toMatchObject(now)
    expect(updated({ ...membership, status: 'pending' }).ignored).toBe(1)
  })

  it('that has more or longer roles than are kept is read without them, and counted', () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ slug: `role-${index}` }))
    for (const roles of [many, [{ slug: 'r'.repeat(300) }, { slug: 'editor' }]]) {
      const { event, leftOut } = updated({ ...membership, roles })
      expect([event?.type, leftOut]).toEqual(['subject.updated', { 'data.roles': 1 }])
    }
    expect(updated(membership).leftOut).toEqual({})
  })

  it('that is inactive is deactivated, whatever else changed', () => {
    const { event } = updated({ ...membership, status: 'inactive' }, { role: { slug: 'admin' } })
    expect(event?.type).toBe('membership.deactivated')
  })
})
