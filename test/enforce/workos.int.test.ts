import { WorkOS } from '@workos-inc/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenProvider } from '../../src/enforce/provider.ts'
import { provider } from '../../src/enforce/providers/workos.ts'
import { makeSend } from '../../src/enforce/send.ts'
import type { FakeWorkos } from '../fakes/workos.ts'
import { openFakeWorkos } from '../fakes/workos.ts'
import { makeClock } from '../given.ts'

let fake: FakeWorkos
let open: OpenProvider
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
  expect(await open.check()).toEqual({ ok: true, detail: 'may list sessions; may revoke sessions' })
  const asked = fake.asked.slice(before)
  expect([...new Set(asked.map(({ url }) => url.pathname))]).toEqual([
    '/user_management/users',
    expect.stringMatching(/^\/user_management\/users\/user_[a-z]+\/sessions$/),
    '/user_management/sessions/revoke',
  ])
  expect(asked.at(-1)?.body).toEqual({ session_id: expect.stringMatching(/^session_0{26}$/) })
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
