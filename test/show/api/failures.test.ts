import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { causeScopes } from '../../../src/contract/cause.ts'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { Server } from '../../../src/show/api/server.ts'
import { aServer, bearer, keepingLog, listening } from '../server.ts'

const order = '/v1/orders/some-order/approve'
const post = (payload: string | Buffer, type = 'application/json') => ({
  method: 'POST' as const,
  url: order,
  headers: { ...bearer('responder'), 'content-type': type },
  payload,
})

let server: Server
beforeAll(async () => {
  server = await aServer()
})
afterAll(async () => {
  await server.close()
})

describe('a failure', () => {
  it.each([
    ['an unknown path', 404, 'SHOW_UNKNOWN', { url: '/v1/nowhere' }],
    [
      'a method that the address does not take',
      405,
      'SHOW_METHOD',
      { method: 'DELETE', url: '/v1/findings?limit=1' },
    ],
    ['a method that nobody knows', 405, 'SHOW_METHOD', { method: 'TRACE', url: order }],
    [
      'a word for a whole number',
      400,
      'SHOW_INVALID',
      { url: '/v1/findings?limit=true', headers: bearer('viewer') },
    ],
    ['an address that is none', 400, 'SHOW_INVALID', { url: '/v1/findings/%zz' }],
    [
      'an id of 5,000 characters',
      400,
      'SHOW_INVALID',
      { url: `/v1/findings/${'x'.repeat(5_000)}` },
    ],
    ['no token', 401, 'SHOW_UNAUTHENTICATED', { url: '/v1/findings' }],
    [
      'the wrong role',
      403,
      'SHOW_FORBIDDEN',
      { url: '/v1/kill-switch', headers: bearer('viewer') },
    ],
    ['an unknown id', 404, 'SHOW_UNKNOWN', { url: '/v1/findings/f1', headers: bearer('viewer') }],
    ['a body that is no JSON', 400, 'SHOW_INVALID', post('{"reason": ')],
    ['an empty body', 400, 'SHOW_INVALID', post('')],
    ['a body of another type', 400, 'SHOW_INVALID', post('<a/>', 'application/xml')],
    ['a body without its field', 400, 'SHOW_INVALID', post('{}')],
    ['a blank reason', 400, 'SHOW_INVALID', post('{"reason": "  "}')],
    ['a number for a text', 400, 'SHOW_INVALID', post('{"reason": 7}')],
    ['a field too many', 400, 'SHOW_INVALID', post('{"reason": "x", "tenant": "rival"}')],
    ['a poisoned prototype', 400, 'SHOW_INVALID', post('{"reason":"x","__proto__":{"a":1}}')],
    [
      'a poisoned constructor',
      400,
      'SHOW_INVALID',
      post('{"reason":"x","constructor":{"prototype":{}}}'),
    ],
    [
      'a body too large',
      413,
      'SHOW_TOO_LARGE',
      post(JSON.stringify({ reason: 'x'.repeat(300_000) })),
    ],
  ])('by %s is problem details with our code', async (_, status, code, request) => {
    const answer = await server.inject(request)
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      code,
      detail: expect.any(String),
      request_id: expect.stringMatching(/^request-\d+$/),
    })
  })

  it('names the place of a mistake and never the value', async () => {
    const answer = await server.inject(post(`{"reason": "${'secret'.repeat(200)}"}`))
    expect(answer.json().detail).toContain('body.reason')
    expect(answer.body).not.toContain('secret')
  })

  it.each(['limit=0', 'limit=-1', 'limit=1e6', 'limit=501', 'limit=x', 'limit='])(
    'is what a page of %s gets',
    async (query) => {
      const answer = await server.inject({
        url: `/v1/findings?${query}`,
        headers: bearer('viewer'),
      })
      expect(answer.statusCode).toBe(400)
    },
  )

  it.each(['detector', 'subject_ref', 'session_id', 'cursor'])(
    'is what 5,000 characters in %s get',
    async (filter) => {
      const url = `/v1/findings?${filter}=${'x'.repeat(5_000)}`
      expect((await server.inject({ url, headers: bearer('viewer') })).statusCode).toBe(400)
    },
  )

  it.each(['garbage', 'bnVsbA', 'WzEsMl0', '%00', "' or 1=1"])(
    'is what the cursor %s gets',
    async (cursor) => {
      const url = `/v1/curfews?cursor=${encodeURIComponent(cursor)}`
      const answer = await server.inject({ url, headers: bearer('viewer') })
      expect(answer.json()).toMatchObject({ status: 400, code: 'SHOW_INVALID' })
    },
  )

  it('is answered as problem details even where it is not HTTP', async () => {
    await using listener = await aServer()
    const port = Number(new URL(await listener.listen({ port: 0, host: '127.0.0.1' })).port)
    const text = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'))
      let got = ''
      socket.on('data', (bytes) => {
        got += bytes.toString()
      })
      socket.on('close', () => resolve(got))
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*SHOW_INVALID/)
  })
})

describe('a failure of ours', () => {
  const statement = "select 1 where email = 'ada@example.com'"
  const given = async (error: Error) => {
    const { lines, log } = keepingLog()
    await using failing = await aServer({ log, ask: () => Promise.reject(error) })
    const answer = await failing.inject({ url: '/v1/findings', headers: bearer('viewer') })
    return { answer, lines: lines.join('\n') }
  }

  it.each([
    ['the store refuses', new CurfewError('STORE_REFUSED', `Code: 62. near ${statement}`)],
    ['a library throws', new Error(`cannot read ${statement}`)],
  ])('tells neither the asker nor the log what was asked when %s', async (_, error) => {
    const { answer, lines } = await given(error)
    expect(answer.json()).toMatchObject({ status: 500, code: 'SHOW_FAILED' })
    expect(answer.body + lines).not.toMatch(/ada@example\.com|select 1/)
  })

  it('shows no stack trace, and keeps for the log where it was thrown', async () => {
    const { answer, lines } = await given(new TypeError('a defect'))
    expect(answer.body).not.toMatch(/\bat |\.ts/)
    expect(lines).toContain('failures.test.ts')
  })

  it('is 503 with a time to come again while the store cannot be reached', async () => {
    const { answer } = await given(new CurfewError('STORE_UNREACHABLE', statement, { retry: true }))
    expect(answer.json()).toMatchObject({ status: 503, code: 'STORE_UNREACHABLE' })
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.body).not.toContain('select')
  })
})

describe('the log', () => {
  it('holds no token, no address of a request, no e-mail and no body', async () => {
    const { lines, log } = keepingLog()
    const { ask, append } = listening()
    await using talking = await aServer({ log, ask, append })
    const url = '/v1/subjects/ada%40example.com/sign-out?x=ada%40example.com'
    const payload = JSON.stringify({ reason: 'canary-in-the-body' })
    const headers = { ...bearer('responder'), 'content-type': 'application/json' }
    await talking.inject({ method: 'POST', url, headers, payload })
    await talking.inject({ url: '/v1/findings?detector=canary', headers: bearer('viewer') })
    await talking.inject({ url: '/v1/findings', headers: { authorization: 'Bearer canary' } })
    const said = lines.join('\n')
    expect(said).toContain('/v1/subjects/:subject/sign-out')
    expect(said).not.toMatch(/canary|ada|example\.com|token-of/)
  })

  it('has the request id that the answer has', async () => {
    const { lines, log } = keepingLog()
    await using talking = await aServer({ log })
    const answer = await talking.inject('/healthz')
    expect(lines.join()).toContain(String(answer.headers['x-request-id']))
  })

  it('takes no request id from outside', async () => {
    const { lines, log } = keepingLog()
    await using talking = await aServer({ log })
    await talking.inject({
      url: '/healthz',
      headers: { 'x-request-id': 'forged', 'request-id': 'forged' },
    })
    expect(lines.join()).not.toContain('forged')
  })
})

describe('what a filter does not take', () => {
  const detailOf = async (url: string) => {
    await using server = await aServer()
    const answer = await server.inject({ url, headers: bearer('analyst') })
    return [answer.statusCode, answer.json().detail]
  }

  it.each(['/v1/findings?detector=new-contry', '/v1/reports/findings?detector=new-contry'])(
    'is a detector that nobody has heard of, and those there are are named: %s',
    async (url) => {
      expect(await detailOf(url)).toEqual([
        400,
        "There is no detector 'new-contry'; known are new-country.",
      ])
    },
  )

  it.each(['/v1/curfews?class=offbording', '/v1/reports/coverage?class=offbording'])(
    'is a word of no list, and all that it takes are named: %s',
    async (url) => {
      const [status, detail] = await detailOf(url)
      expect(status).toBe(400)
      for (const word of Object.keys(causeScopes)) expect(detail).toContain(word)
    },
  )

  it.each([
    'from=yesterday',
    'from=2026-11-03&to=2026-11-02',
    'as_of=2099-01-01',
    'class=nonsense',
    'top=3',
    'format=pdf',
    `instance=${'x'.repeat(5_000)}`,
  ])('is a parameter of a report that cannot be: %s', async (query) => {
    expect((await detailOf(`/v1/reports/coverage?${query}`))[0]).toBe(400)
  })
})
