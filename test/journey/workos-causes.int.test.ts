import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'
import { sweep } from './play.ts'
import { emptyStore } from './read-store.ts'
import type { TestIngest } from './world.ts'
import { bindingOf, minute, openTestIngest, second, start } from './world.ts'

let store: Store
let ingest: TestIngest
let events = 0
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())
beforeEach(async () => {
  await emptyStore(store)
  ingest = await openTestIngest({ store })
})
afterEach(() => ingest.close())

const iso = (at: number) => new Date(start + at).toISOString()
const browser = { ip_address: '203.0.113.9', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' }

/** An event of WorkOS, so long after the start. */
function told(at: number, event: string, data: object): object {
  events += 1
  return { object: 'event', id: `event_${events}`, event, created_at: iso(at), data }
}

const signedIn = (at: number, user: string, connection: string, more: object = {}) =>
  told(at, 'authentication.sso_succeeded', {
    ...{ type: 'sso', status: 'succeeded', user_id: user, email: `${user}@example.com` },
    sso: { organization_id: 'org_1', connection_id: connection, session_id: null },
    ...browser,
    ...more,
  })

const begun = (at: number, user: string, session: string, more: object = {}) =>
  told(at, 'session.created', {
    ...{ object: 'session', id: session, user_id: user, organization_id: 'org_1' },
    ...{ auth_method: 'sso', status: 'active', created_at: iso(at) },
    ...browser,
    ...more,
  })

/** Tells events in the given batches, lets the enforcer look, and gives back which sessions are condemned. */
async function condemned(...batches: readonly (readonly object[])[]): Promise<readonly string[]> {
  let offset = 0
  for (const batch of batches) {
    const { durable } = await ingest.take('acme', [], {
      format: 'workos',
      binding: bindingOf('acme'),
      messages: batch.map((message, index) => ({
        value: Buffer.from(JSON.stringify(message)),
        offset: offset + index,
        receivedAt: start + 60 * minute,
      })),
    })
    offset += batch.length
    await durable
  }
  await sweep(store)
  const rows = await store.ask('select distinct session_id from curfews order by session_id')
  return rows.map((row) => String(row.session_id))
}

const deactivated = (at: number, connection: string) =>
  told(at, 'connection.deactivated', { object: 'connection', id: connection, state: 'inactive' })

const others = () => [
  signedIn(minute, 'user_bo', 'conn_2'),
  begun(minute + second, 'user_bo', 'session_other_connection'),
  begun(minute, 'user_cy', 'session_password', { auth_method: 'password' }),
]

it('a deactivated connection condemns exactly the sessions that were signed in through it', async () => {
  const history = [
    signedIn(0, 'user_ada', 'conn_1'),
    begun(second, 'user_ada', 'session_ada'),
    ...others(),
    deactivated(30 * minute, 'conn_1'),
  ]
  expect(await condemned(history)).toEqual(['session_ada'])
})

it('it does so in whichever order the events come, one at a time, and told twice', async () => {
  const history = [
    deactivated(30 * minute, 'conn_1'),
    begun(second, 'user_ada', 'session_ada'),
    ...others(),
    signedIn(0, 'user_ada', 'conn_1'),
  ]
  const one = history.map((each) => [each])
  expect(await condemned(...one, history)).toEqual(['session_ada'])
})

it.each([
  ['another address', { ip_address: '198.51.100.7' }],
  ['another user agent', { user_agent: 'curl/8' }],
  ['another organization', { organization_id: 'org_2' }],
])('a session from %s than the sign-in is not taken for the one it began', async (_, change) => {
  const history = [
    signedIn(0, 'user_ada', 'conn_1'),
    begun(second, 'user_ada', 'session_ada', change),
    deactivated(30 * minute, 'conn_1'),
  ]
  expect(await condemned(history)).toEqual([])
})

it('a session that began much later, or after sign-ins through two connections, hangs on none', async () => {
  const history = [
    signedIn(0, 'user_ada', 'conn_1'),
    begun(11 * minute, 'user_ada', 'session_late'),
    signedIn(20 * minute, 'user_bo', 'conn_1'),
    signedIn(20 * minute + second, 'user_bo', 'conn_2'),
    begun(21 * minute, 'user_bo', 'session_unclear'),
    deactivated(30 * minute, 'conn_1'),
    deactivated(30 * minute, 'conn_2'),
  ]
  expect(await condemned(history)).toEqual([])
})

it('each of two sessions begun one after the other hangs on its own sign-in', async () => {
  const history = [
    signedIn(0, 'user_ada', 'conn_1'),
    begun(second, 'user_ada', 'session_first'),
    signedIn(minute, 'user_ada', 'conn_2'),
    begun(minute + second, 'user_ada', 'session_second'),
    deactivated(30 * minute, 'conn_2'),
  ]
  expect(await condemned(history)).toEqual(['session_second'])
})

const entry = (email: string, more: object = {}) => ({
  ...{ object: 'directory_user', id: 'directory_user_ada', directory_id: 'directory_1' },
  ...{ organization_id: 'org_1', email, state: 'inactive' },
  ...more,
})

it.each([
  ['dsync.user.deleted', entry('User_Ada@example.com')],
  ['dsync.user.updated', entry('user_ada@example.com', { state: 'suspended' })],
  [
    'dsync.group.user_removed',
    {
      directory_id: 'directory_1',
      user: entry('user_ada@example.com', { state: 'active' }),
      group: { id: 'directory_group_1', name: 'Finance' },
    },
  ],
])(
  '%s condemns the sessions in its organization of whoever signs in with that address',
  async (event, data) => {
    const history = [
      signedIn(0, 'user_ada', 'conn_1'),
      begun(second, 'user_ada', 'session_ada'),
      begun(minute, 'user_ada', 'session_elsewhere', { organization_id: 'org_2' }),
      ...others(),
      told(30 * minute, event, data),
    ]
    expect(await condemned(history)).toEqual(['session_ada'])
  },
)

it.each(['dsync.deleted', 'dsync.deactivated'])(
  '%s condemns the sessions in its organization of those who were told to be in it',
  async (event) => {
    const history = [
      told(0, 'dsync.user.created', entry('user_ada@example.com', { state: 'active' })),
      signedIn(0, 'user_ada', 'conn_1'),
      begun(second, 'user_ada', 'session_ada'),
      begun(minute, 'user_ada', 'session_elsewhere', { organization_id: 'org_2' }),
      ...others(),
      told(30 * minute, event, {
        object: 'directory',
        id: 'directory_1',
        organization_id: 'org_1',
      }),
    ]
    expect(await condemned(history)).toEqual(['session_ada'])
  },
)

it('a directory user whose address moved on to somebody else condemns nobody who had it before', async () => {
  const history = [
    signedIn(0, 'user_ada', 'conn_1'),
    begun(second, 'user_ada', 'session_ada'),
    told(10 * minute, 'user.updated', {
      ...{ object: 'user', id: 'user_ada', email: 'ada.byron@example.com', email_verified: true },
    }),
    told(30 * minute, 'dsync.user.deleted', entry('user_ada@example.com')),
  ]
  expect(await condemned(history)).toEqual([])
})

it('a directory user whose address several subjects have condemns none of them', async () => {
  const history = [
    signedIn(0, 'user_ada', 'conn_1', { email: 'desk@example.com' }),
    begun(second, 'user_ada', 'session_ada'),
    signedIn(minute, 'user_bo', 'conn_1', { email: 'desk@example.com' }),
    begun(minute + second, 'user_bo', 'session_bo'),
    told(30 * minute, 'dsync.user.deleted', entry('desk@example.com')),
  ]
  expect(await condemned(history)).toEqual([])
})

const member = (at: number, event: string, role: string, more: object = {}) =>
  told(at, `organization_membership.${event}`, {
    ...{ object: 'organization_membership', id: 'om_ada', user_id: 'user_ada' },
    ...{ organization_id: 'org_1', status: 'active', role: { slug: role } },
    ...more,
  })

it('a member who loses a role is known by what was told before, where the event does not say it', async () => {
  const history = [
    member(0, 'created', 'admin'),
    begun(minute, 'user_ada', 'session_ada'),
    begun(minute, 'user_ada', 'session_elsewhere', { organization_id: 'org_2' }),
    ...others(),
    member(20 * minute, 'updated', 'admin'),
    member(30 * minute, 'updated', 'member'),
    begun(40 * minute, 'user_ada', 'session_later'),
  ]
  expect(await condemned(history)).toEqual(['session_ada'])
  const causes = await store.ask('select distinct cause_id, reason from causes')
  expect(causes.map(({ reason }) => reason)).toEqual(['lost admin'])
})

it('it is the same in whichever order the statements come, and told twice', async () => {
  const history = [
    member(30 * minute, 'updated', 'member'),
    member(0, 'created', 'admin'),
    begun(minute, 'user_ada', 'session_ada'),
  ]
  expect(await condemned(...history.map((each) => [each]), history)).toEqual(['session_ada'])
})

it('a member who gains a role, or whose former roles were never told, is not condemned', async () => {
  const history = [
    begun(minute, 'user_ada', 'session_ada'),
    member(10 * minute, 'updated', 'member'),
    member(20 * minute, 'updated', 'member', { roles: [{ slug: 'member' }, { slug: 'admin' }] }),
  ]
  expect(await condemned(history)).toEqual([])
})

it('a deleted organization condemns all sessions in it and no others', async () => {
  const history = [
    begun(0, 'user_ada', 'session_ada'),
    begun(0, 'user_ada', 'session_elsewhere', { organization_id: 'org_2' }),
    begun(0, 'user_bo', 'session_bo', { auth_method: 'password' }),
    begun(0, 'user_cy', 'session_nowhere', { organization_id: null }),
    told(30 * minute, 'organization.deleted', { object: 'organization', id: 'org_1' }),
    begun(40 * minute, 'user_dee', 'session_later'),
  ]
  expect(await condemned(history)).toEqual(['session_ada', 'session_bo'])
})
