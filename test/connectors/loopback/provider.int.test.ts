import { afterAll, beforeAll, expect, test } from 'vitest'
import { provider } from '../../../src/connectors/loopback/provider.ts'
import type { ListingProvider } from '../../../src/enforce/provider-kit/provider.ts'
import { makeSend } from '../../../src/http/bounded-fetch.ts'
import type { LoopbackIdp } from '../../../src/simulate/loopback-idp.ts'
import { openLoopbackIdp } from '../../../src/simulate/loopback-idp.ts'
import { makeClock } from '../../given.ts'

const { clock } = makeClock()
const send = makeSend({ timeoutMs: 5000, bodyBytesMax: 1024 * 1024 })
let idp: LoopbackIdp
let open: ListingProvider

beforeAll(async () => {
  idp = await openLoopbackIdp({ now: clock.now, token: 'idp-token' })
  open = provider.open({ base_url: idp.url, token: 'idp-token' }, { send, clock })
})
afterAll(() => idp?.close())

const call = async (path: string, body?: object): Promise<Record<string, unknown>> => {
  const answer = await fetch(`${idp.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: 'Bearer idp-token', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  // The provider of the demonstration answers every call with an object.
  return (await answer.json()) as Record<string, unknown>
}

const openSession = async (subject: string, kind = 'online'): Promise<string> => {
  const made = await call('/sessions', {
    subject,
    kind,
    expires_at: new Date(clock.now() + 86_400_000).toISOString(),
    ip: '192.0.2.7',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
    organization_id: 'org-1',
  })
  const session = made.session
  if (typeof session !== 'object' || session === null || !('id' in session)) {
    throw new TypeError(`no session was made: ${JSON.stringify(made)}`)
  }
  return String(session.id)
}

test('lists the sessions of one subject, of every kind and over all pages', async () => {
  const ids: string[] = []
  for (let count = 0; count < 101; count += 1) ids.push(await openSession('ada'))
  ids.push(await openSession('ada', 'offline'), await openSession('ada', 'agent'))
  await openSession('bob')
  const { sessions, complete } = await open.list('ada')
  expect(complete).toBe(true)
  expect(sessions.map(({ id }) => id)).toEqual(ids)
  expect(sessions.slice(-3).map(({ kind }) => kind)).toEqual(['online', 'offline', 'agent'])
  expect(sessions[0]).toEqual({
    kind: 'online',
    id: ids[0],
    subjectId: 'ada',
    createdAt: clock.now(),
    lastUsedAt: clock.now(),
    expiresAt: clock.now() + 86_400_000,
    ip: '192.0.2.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
    organizationId: 'org-1',
    connectionId: '',
    deviceId: '',
    grantId: '',
    onBehalfOfId: '',
  })
})

test('ends one session and no other, and is named in the feed as who did it', async () => {
  const [doomed, other] = [await openSession('eve'), await openSession('eve')]
  const target = { subjectId: 'eve', kind: 'online', id: doomed } as const
  expect(await open.read(target)).toMatchObject({ state: 'alive', session: { id: doomed } })
  expect(await open.revoke(target)).toEqual({
    result: 'acknowledged',
    status: 200,
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(await open.read(target)).toEqual({ state: 'gone' })
  expect(await open.read({ ...target, id: other })).toMatchObject({ state: 'alive' })
  expect(await open.revoke(target)).toMatchObject({ result: 'already_gone', status: 404 })
  const { events } = await call('/events?limit=500')
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'session.revoked',
      session: expect.objectContaining({ id: doomed }),
      initiator: expect.objectContaining({ client_id: open.capabilities.ownClientId }),
    }),
  )
})

test('leaves in doubt a revocation whose answer was lost, and reading settles it', async () => {
  const target = { subjectId: 'kim', kind: 'online', id: await openSession('kim') } as const
  idp.faults.plan('revoke_session', { kind: 'reset_after_work' }, 1)
  await expect(open.revoke(target)).rejects.toMatchObject({ code: 'ENFORCE_UNREACHABLE' })
  expect(await open.read(target)).toEqual({ state: 'gone' })
  idp.faults.plan('revoke_session', { kind: 'status', status: 429, retryAfter: '2' }, 1)
  await expect(open.revoke(target)).rejects.toMatchObject({
    code: 'ENFORCE_BUSY',
    retryAfterMs: 2000,
  })
})

test('does not find an offline session where an online one of that id is', async () => {
  const id = await openSession('lee')
  expect(await open.read({ subjectId: 'lee', kind: 'offline', id })).toEqual({ state: 'unknown' })
})

test('says whether its token works', async () => {
  expect(await open.check()).toEqual({ ok: true, detail: 'may list sessions; may end sessions' })
  const wrong = provider.open({ base_url: idp.url, token: 'wrong' }, { send, clock })
  expect((await wrong.check()).ok).toBe(false)
})
