import { describe, expect, test } from 'vitest'
import { provider } from '../../../src/connectors/workos/provider.ts'
import type { Send, SendAnswer, SendRequest } from '../../../src/contract/ports.ts'
import { makeClock } from '../../given.ts'
import { json } from '../provider-play.ts'

const target = { subjectId: 'user_01JBX', kind: 'online', id: 'session_01JBX' } as const

function open(answer: (url: URL) => SendAnswer) {
  const { clock, advance } = makeClock()
  const requests: (SendRequest & { readonly url: URL })[] = []
  const send: Send = async (text, request) => {
    const url = new URL(text)
    requests.push({ ...request, url })
    return answer(url)
  }
  const own = provider.open({ api_key: 'sk_test', client_id: 'client_01J' }, { send, clock })
  return { own, requests, advance }
}

const session = (id: string, change: object = {}) => ({
  object: 'session',
  id,
  user_id: 'user_01JBX',
  organization_id: 'org_01J',
  status: 'active',
  auth_method: 'password',
  ip_address: '192.0.2.7',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
  expires_at: '2026-11-30T00:00:00.000Z',
  ended_at: null,
  created_at: '2026-11-03T08:00:00.120Z',
  updated_at: '2026-11-03T08:30:00.000Z',
  ...change,
})
const page = (ids: readonly string[], after: string | null, change: object = {}) =>
  json(200, { data: ids.map((id) => session(id, change)), list_metadata: { before: null, after } })

describe('a revocation', () => {
  test.each([
    [404, { message: 'Not found' }],
    [400, { message: 'Session not found.' }],
    [400, { message: 'The session does not exist' }],
    [400, { code: 'session_already_revoked' }],
    [400, { error: 'invalid_request', error_description: 'Session has already ended' }],
    [400, { message: 'This session is no longer active.' }],
    [400, { message: 'Session expired' }],
  ])('answered %d %j finds the session gone already', async (status, body) => {
    const { own } = open(() => json(status, body))
    expect(await own.revoke(target)).toMatchObject({ result: 'already_gone', status })
  })

  test.each([
    [400, { message: 'session_id must be a string' }],
    [400, { message: 'API key not found' }],
    [400, { message: 'Invalid request' }],
    [400, 'Session not found'],
    [422, { message: 'Session not found' }],
    [404, 'no API here'],
  ])('answered %d %j needs a person', async (status, body) => {
    const { own } = open(() => json(status, body))
    await expect(own.revoke(target)).rejects.toMatchObject({ code: 'ENFORCE_REFUSED' })
  })

  test('sends the session and the key, and keeps the id of the request', async () => {
    const { own, requests } = open(() => json(200, {}, { 'x-request-id': 'request-7' }))
    expect(await own.revoke(target)).toEqual({
      result: 'acknowledged',
      status: 200,
      requestId: 'request-7',
    })
    expect(requests).toEqual([
      {
        url: new URL('https://api.workos.com/user_management/sessions/revoke'),
        method: 'POST',
        headers: {
          authorization: 'Bearer sk_test',
          'content-type': 'application/json',
          'idempotency-key': expect.stringMatching(/^curfew-[0-9a-f]{32}$/),
        },
        body: '{"session_id":"session_01JBX"}',
      },
    ])
  })

  test('is one request to the provider within a minute, and another for another session or later', async () => {
    const { own, requests, advance } = open(() => json(200, {}))
    await own.revoke(target)
    await own.revoke(target)
    await own.revoke({ ...target, id: 'session_01JBY' })
    await advance(60_000)
    await own.revoke(target)
    const keys = requests.map(({ headers }) => headers?.['idempotency-key'])
    expect(keys[1]).toBe(keys[0])
    expect(new Set(keys).size).toBe(3)
  })
})

describe('the sessions of a user', () => {
  test('are what the provider says of them, and their last use is what it does not say', async () => {
    const { own } = open(() => page(['session_1'], null))
    expect(await own.list('user_01JBX')).toEqual({
      complete: true,
      sessions: [
        {
          kind: 'online',
          id: 'session_1',
          subjectId: 'user_01JBX',
          createdAt: Date.parse('2026-11-03T08:00:00.120Z'),
          lastUsedAt: null,
          expiresAt: Date.parse('2026-11-30T00:00:00.000Z'),
          ip: '192.0.2.7',
          userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
          organizationId: 'org_01J',
          connectionId: '',
          deviceId: '',
          grantId: '',
          onBehalfOfId: '',
        },
      ],
    })
  })

  test('are asked for a hundred at a time, oldest first, after the cursor of the page before', async () => {
    const { own, requests } = open(({ searchParams }) =>
      searchParams.get('after') === null ? page(['session_1'], 'session_1') : page([], null),
    )
    await own.list('user_01JBX')
    expect(requests.map(({ url }) => url.search)).toEqual([
      '?limit=100&order=asc',
      '?limit=100&order=asc&after=session_1',
    ])
  })

  test.each([
    ['no status', { status: undefined }],
    ['a status nobody knows', { status: 'hibernating' }],
    ['no expiry and no way of signing in', { expires_at: undefined, auth_method: undefined }],
    ['an address and an agent that are none', { ip_address: 7, user_agent: {} }],
    ['a creation in the year 10000', { created_at: '+010000-01-01T00:00:00.000Z' }],
    ['times that are numbers out of range', { created_at: 1e300, expires_at: -1 }],
  ])('are alive with %s, which only describes', async (_what, change) => {
    const { own } = open(() => page(['session_1', 'session_2'], null, change))
    const { sessions, complete } = await own.list('user_01JBX')
    expect([sessions.map(({ id }) => id), complete]).toEqual([['session_1', 'session_2'], true])
    for (const { createdAt, expiresAt } of sessions) {
      for (const at of [createdAt, expiresAt]) {
        if (at !== null) expect(new Date(at).toISOString()).toMatch(/^2\d{3}-/)
      }
    }
  })

  test('one without an id that can be read makes the list incomplete, and that is said', async () => {
    const odd = json(200, {
      data: [
        session('session_1'),
        session('session_2', { id: 7 }),
        session('s', { user_id: null }),
      ],
      list_metadata: { before: null, after: null },
    })
    const { own } = open(() => odd)
    const answer = await own.list('user_01JBX')
    expect(answer).toMatchObject({
      complete: false,
      flaw: '2 of its sessions have no id or subject that can be read',
    })
    expect(answer.sessions.map(({ id }) => id)).toEqual(['session_1'])
    expect(await own.read({ ...target, id: 'session_9' })).toEqual({ state: 'unknown' })
  })

  test.each(['revoked', 'expired'])('that are %s are not alive', async (status) => {
    const { own } = open(() => page(['session_1'], null, { status }))
    expect(await own.list('user_01JBX')).toEqual({ sessions: [], complete: true })
    expect(await own.read({ ...target, id: 'session_1' })).toEqual({ state: 'gone' })
  })
})

test('its own revocations are recognised by the client id of the settings', () => {
  expect(open(() => json(200, {})).own.capabilities.ownClientId).toBe('client_01J')
})
