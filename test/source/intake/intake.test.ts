import { beforeEach, describe, expect, test } from 'vitest'
import { signWorkos } from '../../../src/connectors/workos/signature.ts'
import { settle } from '../../given.ts'
import { makeDesk, other, secret, signers, workosWebhook } from './intake-desk.ts'

let it: ReturnType<typeof makeDesk>
beforeEach(() => {
  it = makeDesk()
})

describe('events that are refused', () => {
  test('are no JSON objects (400)', async () => {
    expect(await it.events('hello')).toMatchObject({ status: 400, accepted: 0 })
    expect(await it.events('')).toMatchObject({ status: 400 })
  })

  test('are too many or too large (413)', async () => {
    expect(await it.events('{}'.repeat(1_001))).toMatchObject({ status: 413, problem: 'too_many' })
    const large = `{"a":"${'x'.repeat(1024 * 1024)}"}`
    expect(await it.events(large)).toMatchObject({ status: 413, problem: 'too_large' })
  })

  test('come while as many requests as may be, or as many bytes, are underway (503)', async () => {
    void it.events('{}')
    void it.events('{}')
    await settle()
    expect(await it.events('{}')).toEqual({
      status: 503,
      problem: 'busy',
      accepted: 0,
      rejected: [],
      retryAfterSeconds: 5,
    })
    for (const { record } of it.taken) record()
    await settle()
    void it.events(`{"a":"${'x'.repeat(900)}"}`)
    await settle()
    expect(await it.events(`{"a":"${'x'.repeat(100)}"}`)).toMatchObject({ problem: 'busy' })
    expect(it.taken).toHaveLength(3)
  })

  test('leave room for those of another instance, however many of one are underway', async () => {
    for (let sent = 0; sent < 10; sent += 1) void it.events('{}')
    await settle()
    expect(it.taken).toHaveLength(2)
    void it.events('{}', 'application/json', other)
    await settle()
    expect(it.taken[2]?.batch.binding).toEqual(other)
  })

  test('cannot be handed over or recorded (503)', async () => {
    it.desk.refuses = true
    expect(await it.events('{}')).toMatchObject({ status: 503, problem: 'not_durable' })
    it.desk.refuses = false
    const answer = it.events('{}')
    await settle()
    it.taken[0]?.fail()
    expect(await answer).toMatchObject({ status: 503, problem: 'not_durable', accepted: 0 })
  })

  test('do not become durable in time (503), and take up room until they do', async () => {
    const answers = [it.events('{}'), it.events('{}')]
    await settle()
    await it.advance(10_000)
    expect(await Promise.all(answers)).toMatchObject([{ status: 503 }, { status: 503 }])
    expect(await it.events('{}')).toMatchObject({ problem: 'busy' })
    it.taken[0]?.record()
    await settle()
    const next = it.events('{}')
    await settle()
    it.taken[2]?.record()
    expect(await next).toMatchObject({ status: 202 })
  })
})

describe('events that are accepted', () => {
  test('are told so only once they are durable', async () => {
    let answer: unknown
    void it.events('[{"id":"1"},{"id":"2"}]').then((given) => {
      answer = given
    })
    await it.advance(9_999)
    expect(answer).toBeUndefined()
    it.taken[0]?.record()
    await settle()
    expect(answer).toEqual({ status: 202, accepted: 2, rejected: [] })
  })

  test('are one batch of their route, each with a position never used before', async () => {
    void it.events('{"id":"1"}\n{"id":"2"}')
    void it.events('{"id":"3"}')
    await settle()
    const start = it.clock.now() * 1_000
    expect(it.taken.map(({ batch }) => batch.messages.map(({ offset }) => offset - start))).toEqual(
      [[0, 1], [2]],
    )
    expect(it.taken[0]?.batch).toMatchObject({
      source: 'intake:events:main',
      partition: 0,
      format: 'session-event-v1',
      redelivered: false,
      messages: [{ value: Buffer.from('{"id":"1"}'), receivedAt: it.clock.now() }, {}],
    })
  })

  test('said to be lines, are cut by them, so that a broken one disturbs no other', async () => {
    void it.events('{"id":"1"}\n{"id":\r\n\nnot json\n{"id":"2"}', 'application/x-ndjson')
    await settle()
    expect(it.taken[0]?.batch.messages.map(({ value }) => String(value))).toEqual([
      '{"id":"1"}',
      '{"id":\r',
      'not json',
      '{"id":"2"}',
    ])
    const tooMany = 'x\n'.repeat(1_001)
    expect(await it.events(tooMany, 'application/x-ndjson')).toMatchObject({ problem: 'too_many' })
    expect(await it.events('\n \n', 'application/x-ndjson')).toMatchObject({ status: 400 })
  })

  test('may be none at all', async () => {
    expect(await it.events('[]')).toEqual({ status: 202, accepted: 0, rejected: [] })
    expect(it.taken).toEqual([])
  })
})

describe('a WorkOS webhook', () => {
  test('is refused without a word about what is wrong with its signature (401)', async () => {
    const refused = { status: 401, problem: 'unsigned', accepted: 0, rejected: [] }
    const body = Buffer.from('{}')
    const late = signWorkos({ rawBody: body, secret, at: it.clock.now() - 180_001 })
    const forged = signWorkos({ rawBody: body, secret: 'whsec_other', at: it.clock.now() })
    for (const header of ['', 'x', late, forged]) {
      expect(await it.workos('{}', header)).toEqual(refused)
    }
    const { intake } = it
    const unsigned = { webhook: workosWebhook, rawBody: body, signatureHeader: undefined, signers }
    expect(await intake.acceptWebhook(unsigned)).toEqual(refused)
    const ofNobody = { ...unsigned, signatureHeader: forged, signers: [] }
    expect(await intake.acceptWebhook(ofNobody)).toEqual(refused)
    expect(it.taken).toEqual([])
  })

  test('is refused when it is too large, before its signature costs anything (413)', async () => {
    expect(await it.workos('x'.repeat(256 * 1024 + 1), 'x')).toMatchObject({ status: 413 })
  })

  test('is handed over byte by byte, with any of the secrets in force, and answered 200', async () => {
    const text = '{"id":"event_01",  "event":"session.revoked"}'
    const answer = it.workos(text)
    await settle()
    expect(it.taken[0]?.batch).toMatchObject({
      source: 'intake:workos:main',
      format: 'workos',
      messages: [{ value: Buffer.from(text) }],
    })
    it.taken[0]?.record()
    expect(await answer).toEqual({ status: 200, accepted: 1, rejected: [] })
  })

  test('that is genuine but no event is taken too: decode rejects it where people can see it', async () => {
    const answer = it.workos('not json')
    await settle()
    it.taken[0]?.record()
    expect(await answer).toMatchObject({ status: 200 })
  })

  test('sent again is answered the same', async () => {
    for (let time = 0; time < 2; time += 1) {
      const answer = it.workos('{"id":"event_01"}')
      await settle()
      it.taken[time]?.record()
      expect(await answer).toMatchObject({ status: 200 })
    }
  })

  test.each([
    ['whsec_of_the_other', 'other'],
    ['old', 'main'],
    ['whsec_of_the_third', 'third'],
  ])('is for the instance whose secret signed it: %s', async (signedWith, instance) => {
    const rawBody = Buffer.from('{}')
    void it.workos('{}', signWorkos({ rawBody, secret: signedWith, at: it.clock.now() }))
    await settle()
    expect(it.taken.map(({ batch }) => batch.binding.instance)).toEqual([instance])
  })

  test('counts as one signature, however many instances it might have been for', async () => {
    const rawBody = Buffer.from('{}')
    const now = it.clock.now()
    const sign = (at: number, signedWith = secret) =>
      signWorkos({ rawBody, secret: signedWith, at })
    void it.workos('{}')
    await it.workos('{}', sign(now, 'whsec_of_nobody'))
    await it.workos('{}', sign(now - 180_001))
    await it.workos('{}', sign(now + 180_001))
    await it.workos('{}', 'x')
    await it.workos('{}', '')
    expect(it.signatures).toEqual(['ok', 'forged', 'too_old', 'in_future', 'malformed', 'missing'])
  })
})
