import { describe, expect, it } from 'vitest'
import { blankReading } from '../../src/decode/format.ts'
import { makeUnreadCount } from '../../src/decode/unread.ts'
import { aBatch, aDecode, aMessage, anEventV1, decodeOne, receivedAt } from './given.ts'

const batch = { format: 'keycloak' } as const
const wrapped = (kind: string, event: object) => ({
  kind,
  realm: 'staff',
  event: { id: 'e1', time: receivedAt, ...event },
})
const update = { operationType: 'UPDATE', resourceType: 'USER', resourcePath: 'users/u-tom' }
const deletion = {
  operationType: 'DELETE',
  resourceType: 'USER_SESSION',
  resourcePath: 'sessions/s-1',
}

describe('a tombstone', () => {
  it('is neither an event nor a reject, and is counted', () => {
    const told = decodeOne(null)
    expect(told).toMatchObject({ tombstones: 1, ignored: 0 })
    expect(told.rejected).toBeUndefined()
    expect(told.event).toBeUndefined()
  })

  it('is also an empty value under a key, which some clients can only write', () => {
    const empty = { value: Buffer.alloc(0), offset: 1, receivedAt }
    const { rejected, tombstones } = aDecode()(aBatch([{ ...empty, hasKey: true }]))
    expect({ rejected, tombstones }).toEqual({ rejected: [], tombstones: 1 })
  })

  it('is also what serializers of JSON make of null, under a key', () => {
    const nothing = { value: Buffer.from('null'), offset: 1, receivedAt }
    const { rejected, tombstones } = aDecode()(
      aBatch([nothing, { ...nothing, hasKey: true }, { ...nothing, hasKey: false }]),
    )
    expect([rejected.length, tombstones]).toEqual([2, 1])
  })

  it('leaves its neighbours what they are', () => {
    const values = [null, anEventV1(), null, 'no json']
    const { events, rejected, tombstones } = aDecode()(aBatch(values.map(aMessage)))
    expect([events.length, rejected.length, tombstones]).toEqual([1, 1, 2])
  })
})

describe('a message that became no event', () => {
  it('is counted by its source, its kind and the reason', () => {
    const messages = ['flag.melted', 'vault.data.read', 'flag.melted'].map((event) =>
      aMessage({ event, id: 'event_1', created_at: '2026-11-03T09:00:00Z', data: {} }),
    )
    const { unread } = aDecode()(aBatch(messages, { format: 'workos', source: 'kafka:workos' }))
    const own = { tenant: 'acme', instance: 'keycloak-main', source: 'kafka:workos' }
    expect(unread).toEqual([
      expect.objectContaining({ ...own, name: 'flag.melted', why: 'unknown', messages: 2 }),
      expect.objectContaining({ ...own, name: 'vault.data.read', why: 'irrelevant', messages: 1 }),
    ])
  })

  it.each([
    ['UPDATE USER', update],
    ['DELETE USER_SESSION', deletion],
    ['UPDATE USER', { ...update, representation: null }],
    ['UPDATE USER', { ...update, representation: '' }],
  ])('is incomplete where Keycloak left the representation of %s out', (name, event) => {
    const { unread } = decodeOne(wrapped('admin_event', event), batch)
    const lack = 'admin_event_representation'
    expect(unread).toEqual([expect.objectContaining({ name, why: 'incomplete', lack })])
  })

  it('is irrelevant where all is there and nothing of it concerns a session', () => {
    const renamed = { ...update, representation: '{"firstName":"Tom"}' }
    const { unread } = decodeOne(wrapped('admin_event', renamed), batch)
    expect(unread).toEqual([expect.objectContaining({ why: 'irrelevant', lack: '' })])
  })

  it('names its kind in a harmless alphabet, whatever the sender wrote', () => {
    const count = makeUnreadCount(aBatch([]))
    for (const name of ['<script>', 'x'.repeat(65), '', '\u202e', 'LOGIN', ' LOGIN', "a'b"]) {
      count.add({ ...blankReading(), name })
    }
    expect(count.all().map(({ name, messages }) => [name, messages])).toEqual([
      ['other', 6],
      ['LOGIN', 1],
    ])
  })
})

it('an admin event whose error is null did not fail', () => {
  const disabled = { ...update, representation: '{"enabled":false}', error: null }
  expect(decodeOne(wrapped('admin_event', disabled), batch).event?.type).toBe('subject.suspended')
  const failed = { ...disabled, error: 'not_allowed' }
  expect(decodeOne(wrapped('admin_event', failed), batch).ignored).toBe(1)
})

describe('a cause that can reach no session', () => {
  const entry = { id: 'directory_user_1', directory_id: 'directory_1', email: 'ada@example.com' }
  it.each([
    ['api_key.revoked', { id: 'api_key_1' }, 'sessions_of_grant'],
    ['agent.registration.revoked', { agent_registration_id: 'agent_reg_1' }, 'sessions_of_grant'],
    ['pipes.connected_account.disconnected', { id: 'account_1' }, 'sessions_of_grant'],
    ['dsync.user.deleted', entry, 'directory_organization'],
    ['dsync.group.user_removed', { user: entry, group: {} }, 'directory_organization'],
  ])('is told, and counted as incomplete: %s', (name, data, lack) => {
    const message = { event: name, id: 'event_1', created_at: '2026-11-03T09:00:00Z', data }
    const { event, unread } = decodeOne(message, { format: 'workos' })
    expect(event?.nativeId).toBe('event_1')
    expect(unread).toEqual([
      expect.objectContaining({ name, why: 'incomplete', lack, messages: 1 }),
    ])
  })

  it.each([
    ['agent.instance.deleted', { id: 'agent_1' }],
    ['dsync.user.deleted', { ...entry, organization_id: 'org_1' }],
    ['dsync.user.created', entry],
  ])('is not taken for one: %s', (name, data) => {
    const message = { event: name, id: 'event_1', created_at: '2026-11-03T09:00:00Z', data }
    const { event, unread } = decodeOne(message, { format: 'workos' })
    expect([event?.nativeId, unread]).toEqual(['event_1', []])
  })
})
