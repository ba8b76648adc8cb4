import { describe, expect, it } from 'vitest'
import type { Intake, IntakeAnswer } from '../../../src/show/route.ts'
import { aServer, bearer } from '../server.ts'

function given(answer: IntakeAnswer = { result: 'accepted', accepted: 2, rejected: [] }) {
  const taken: object[] = []
  const take = async (delivery: object) => {
    taken.push(delivery)
    return answer
  }
  const acceptWebhook: Intake['acceptWebhook'] = (_id, delivery) => take(delivery)
  const intake: Intake = { acceptWebhook, acceptEvents: take }
  return { intake, taken }
}
const webhook = (payload: string | Buffer, headers: { readonly [name: string]: string } = {}) => ({
  method: 'POST' as const,
  url: '/v1/intake/workos',
  headers: { 'content-type': 'application/json', ...headers },
  payload,
})
const events = (payload: string | Buffer, type = 'application/json') => ({
  method: 'POST' as const,
  url: '/v1/intake/events',
  headers: { ...bearer('intake'), 'content-type': type },
  payload,
})

describe('a webhook of WorkOS', () => {
  it('is refused, without saying why, when its signature is not one of ours', async () => {
    await using server = await aServer(given({ result: 'refused' }))
    const answer = await server.inject(webhook('{}', { 'workos-signature': 't=1, v1=00' }))
    expect(answer.json()).toMatchObject({ status: 401, code: 'SHOW_UNAUTHENTICATED' })
  })

  it('is refused unread when it is larger than a webhook is', async () => {
    const { intake, taken } = given()
    await using server = await aServer({ intake })
    const answer = await server.inject(webhook(Buffer.alloc(256 * 1024 + 1, 0x20)))
    expect([answer.statusCode, taken]).toEqual([413, []])
  })

  it('is refused when it is empty', async () => {
    await using server = await aServer(given())
    expect((await server.inject(webhook(''))).statusCode).toBe(400)
  })

  it('comes through byte by byte, as it was signed', async () => {
    const { intake, taken } = given()
    await using server = await aServer({ intake })
    const body = Buffer.from('{ "id" : "event_1",\r\n"__proto__": {}, "n": 1.0 }\n')
    await server.inject(webhook(body, { 'workos-signature': 't=1, v1=00' }))
    expect(taken).toEqual([{ body, signature: 't=1, v1=00' }])
  })
})

describe('a batch of events', () => {
  it.each(['viewer', 'analyst', 'responder', 'auditor', 'admin'] as const)(
    'is refused from a %s',
    async (role) => {
      const { intake, taken } = given()
      await using server = await aServer({ intake })
      const answer = await server.inject({ ...events('{}'), headers: bearer(role) })
      expect([answer.statusCode, taken]).toEqual([403, []])
    },
  )

  it('is refused unread when it is larger than a batch is', async () => {
    const { intake, taken } = given()
    await using server = await aServer({ intake })
    const answer = await server.inject(events(Buffer.alloc(1024 * 1024 + 1, 0x20)))
    expect([answer.statusCode, taken]).toEqual([413, []])
  })

  it('is answered with 503 and a time to come again while nothing can be taken', async () => {
    await using server = await aServer(given({ result: 'busy', retryAfterMs: 1_500 }))
    const answer = await server.inject(events('{}'))
    expect(answer.json()).toMatchObject({ status: 503, code: 'SHOW_UNAVAILABLE' })
    expect(answer.headers['retry-after']).toBe('2')
  })

  it('is answered with what is wrong when it cannot be read at all', async () => {
    await using server = await aServer(given({ result: 'invalid', reason: 'no JSON object.' }))
    const answer = await server.inject(events('nonsense'))
    expect(answer.json()).toMatchObject({ status: 400, detail: 'no JSON object.' })
  })

  it('is answered with 413 when it holds more events than are taken at once', async () => {
    await using server = await aServer(given({ result: 'too_large', reason: 'Send fewer.' }))
    const answer = await server.inject(events('[{},{}]'))
    expect(answer.statusCode).toBe(413)
    expect(answer.json()).toMatchObject({ code: 'SHOW_TOO_LARGE', detail: 'Send fewer.' })
  })

  it.each(['application/json', 'application/x-ndjson', 'text/plain', 'application/x-what'])(
    'is for the tenant and instance of its token, whatever it says, as %s',
    async (contentType) => {
      const { intake, taken } = given()
      await using server = await aServer({ intake })
      const body = Buffer.from('{"tenant":"rival","instance":"two"}\n')
      const answer = await server.inject(events(body, contentType))
      expect(answer.json()).toEqual({ accepted: 2, rejected: [] })
      expect(taken).toEqual([{ body, tenant: 'acme', instance: 'one', contentType }])
    },
  )

  it('is answered with what became of each event, and with 422 where none is one', async () => {
    const rejected = [{ index: 1, reason: 'missing_field', detail: 'version is missing' }] as const
    await using some = await aServer(given({ result: 'accepted', accepted: 1, rejected }))
    const taken = await some.inject(events('[{},{}]'))
    expect([taken.statusCode, taken.json()]).toEqual([202, { accepted: 1, rejected }])
    await using none = await aServer(given({ result: 'no_events', rejected }))
    const nothing = await none.inject(events('{}'))
    expect([nothing.statusCode, nothing.json()]).toEqual([422, { accepted: 0, rejected }])
  })

  it('leaves JSON of other paths read as JSON', async () => {
    await using server = await aServer()
    const answer = await server.inject({
      method: 'PUT',
      url: '/v1/kill-switch',
      headers: bearer('admin'),
      payload: { on: true, reason: 'why' },
    })
    expect(answer.statusCode).toBe(200)
  })
})
