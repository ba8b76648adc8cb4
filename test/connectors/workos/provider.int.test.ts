import { WorkOS } from '@workos-inc/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { provider } from '../../../src/connectors/workos/provider.ts'
import type { ListingProvider } from '../../../src/enforce/provider-kit/provider.ts'
import { makeSend } from '../../../src/http/bounded-fetch.ts'
import type { FakeWorkos } from '../../fakes/workos.ts'
import { openFakeWorkos } from '../../fakes/workos.ts'
import { makeClock } from '../../given.ts'

let fake: FakeWorkos
let open: ListingProvider
const send = makeSend({ timeoutMs: 5000, bodyBytesMax: 1024 * 1024 })

beforeAll(async () => {
  fake = await openFakeWorkos()
  open = provider.open(
    { api_key: fake.apiKey, base_url: fake.url, client_id: 'client_01JFAKE' },
    { send, clock: makeClock().clock },
  )
})
afterAll(() => fake?.[Symbol.asyncDispose]())

test('lists what the official SDK lists, to the last page', async () => {
  for (let count = 0; count < 203; count += 1) fake.addSession('user_ada')
  const { sessions, complete } = await open.list('user_ada')
  const sdk = new WorkOS(fake.apiKey, { apiHostname: '127.0.0.1', port: fake.port, https: false })
  const theirs = await (await sdk.userManagement.listSessions('user_ada')).autoPagination()
  expect(complete).toBe(true)
  expect(sessions).toHaveLength(203)
  expect(new Set(sessions.map(({ id }) => id))).toEqual(new Set(theirs.map(({ id }) => id)))
})

test('ends one session and no other, and keeps the id of the request as evidence', async () => {
  const [doomed, other] = [fake.addSession('user_bob'), fake.addSession('user_bob')]
  const target = { subjectId: 'user_bob', kind: 'online', id: doomed.id } as const
  expect(await open.read(target)).toMatchObject({ state: 'alive' })
  expect(await open.revoke(target)).toEqual({
    result: 'acknowledged',
    status: 200,
    requestId: `request-${fake.asked.length}`,
  })
  expect(await open.read(target)).toEqual({ state: 'gone' })
  expect(await open.revoke(target)).toMatchObject({ result: 'already_gone', status: 404 })
  expect((await open.list('user_bob')).sessions.map(({ id }) => id)).toEqual([other.id])
})

test("lists an agent's active sessions as the official SDK does, and ends one with those minted from it", async () => {
  const root = fake.addAgentSession('agent_01JA')
  const child = fake.addAgentSession('agent_01JA', root.id)
  const other = fake.addAgentSession('agent_01JA')
  for (let count = 0; count < 101; count += 1) fake.addAgentSession('agent_01JB')
  const sdk = new WorkOS(fake.apiKey, { apiHostname: '127.0.0.1', port: fake.port, https: false })
  const theirs = await sdk.agents.listInstanceSessions({ agentInstanceId: 'agent_01JB' })
  const listed = await open.list('agent_01JB')
  expect(listed.complete).toBe(true)
  expect(listed.sessions.map(({ id }) => id).sort()).toEqual(
    (await theirs.autoPagination()).map(({ id }) => id).sort(),
  )
  const target = { subjectId: 'agent_01JA', kind: 'agent', id: root.id } as const
  expect(await open.read(target)).toMatchObject({
    state: 'alive',
    session: { grantId: 'agent_01JA', organizationId: 'org_01JFAKE' },
  })
  expect(await open.revoke(target)).toMatchObject({ result: 'acknowledged', status: 200 })
  expect((await open.list('agent_01JA')).sessions.map(({ id }) => id)).toEqual([other.id])
  expect(await open.read({ ...target, id: child.id })).toEqual({ state: 'gone' })
  expect(await open.revoke({ ...target, id: 'agent_session_none' })).toMatchObject({
    result: 'already_gone',
  })
})

test('takes no list of a deleted or unknown agent, nor of a user, for the death of an agent', async () => {
  const session = fake.addAgentSession('agent_01JC')
  fake.addUser('user_cy')
  const target = { subjectId: 'agent_01JC', kind: 'agent', id: session.id } as const
  fake.deleteAgent('agent_01JC')
  expect(await open.list('agent_01JC')).toEqual({ sessions: [], complete: false })
  expect(await open.read(target)).toEqual({ state: 'unknown' })
  expect(await open.list('agent_never')).toEqual({ sessions: [], complete: false })
  expect(open.kindsListed?.('user_cy')).toEqual(['online'])
  expect(open.kindsListed?.('agent_01JC')).toEqual(['agent'])
  expect(await open.read({ ...target, subjectId: 'user_cy' })).toEqual({ state: 'unknown' })
})

test('leaves it to its caller when to try again', async () => {
  const session = fake.addSession('user_eve')
  const target = { subjectId: 'user_eve', kind: 'online', id: session.id } as const
  fake.answerNext({ status: 429, body: {}, headers: { 'retry-after': '3' } })
  await expect(open.revoke(target)).rejects.toMatchObject({
    code: 'ENFORCE_BUSY',
    retryAfterMs: 3000,
  })
  expect(await open.read(target)).toMatchObject({ state: 'alive' })
})

test('says whether its key works by a list of somebody real, and ends nobody for it', async () => {
  const session = fake.addSession('user_eve')
  const before = fake.asked.length
  expect(await open.check()).toEqual({
    ok: true,
    detail: "may list sessions; may revoke sessions; may list agents' sessions",
  })
  const asked = fake.asked.slice(before)
  expect([...new Set(asked.map(({ url }) => url.pathname))]).toEqual([
    '/user_management/users',
    expect.stringMatching(/^\/user_management\/users\/user_[a-z]+\/sessions$/),
    '/user_management/sessions/revoke',
    '/agents/sessions',
  ])
  expect(asked.at(-2)?.body).toEqual({ session_id: expect.stringMatching(/^session_0{26}$/) })
  expect((await open.list('user_eve')).sessions.map(({ id }) => id)).toContain(session.id)
  const empty = await openFakeWorkos()
  const idle = provider.open(
    { api_key: empty.apiKey, base_url: empty.url },
    { send, clock: makeClock().clock },
  )
  expect(await idle.check()).toMatchObject({
    ok: true,
    detail: expect.stringContaining('was not shown: the environment has no user'),
  })
  await empty[Symbol.asyncDispose]()
  const wrong = provider.open(
    { api_key: 'sk_wrong', base_url: fake.url },
    { send, clock: makeClock().clock },
  )
  const { ok, detail } = await wrong.check()
  expect(ok).toBe(false)
  expect(detail).toContain('401')
  expect(detail).not.toContain('sk_wrong')
})
