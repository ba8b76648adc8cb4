import { describe, expect, it } from 'vitest'
import type { Send, SendAnswer, SendRequest } from '../../../src/contract/ports.ts'
import { makeIntakeSink } from '../../../src/simulate/sinks/intake.ts'
import { aClock, monday } from '../given.ts'

const ok: SendAnswer = { status: 202, headers: {}, text: '' }
const lines = [
  { key: 'a', json: '{"n":1}' },
  { key: 'b', json: 'broken\nline' },
]

/** An intake that gives these answers in turn, then takes everything. */
function anIntake(answers: readonly (SendAnswer | Error)[]) {
  const asked: { url: string; request: SendRequest }[] = []
  const send: Send = async (url, request) => {
    const answer = answers[asked.push({ url, request }) - 1] ?? ok
    if (answer instanceof Error) throw answer
    return answer
  }
  const clock = aClock()
  const sink = makeIntakeSink({ url: 'http://127.0.0.1:9', token: 'secret', send, clock })
  return { asked, sink, waited: () => clock.now() - monday }
}

describe('the intake sink', () => {
  it('posts one event a line with its token, and waits for nothing', async () => {
    const { asked, sink, waited } = anIntake([])
    await sink.send(lines)

    expect(asked).toHaveLength(1)
    expect(asked[0]?.url).toBe('http://127.0.0.1:9/v1/intake/events')
    expect(asked[0]?.request).toMatchObject({
      method: 'POST',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/x-ndjson' },
      body: '{"n":1}\nbroken line\n',
    })
    expect(waited()).toBe(0)
  })

  it('waits as long as Retry-After asks, in seconds or as a date, and sends the same again', async () => {
    const { asked, sink, waited } = anIntake([
      { status: 503, headers: { 'retry-after': '7' }, text: '' },
      {
        status: 429,
        headers: { 'retry-after': new Date(monday + 12_000).toUTCString() },
        text: '',
      },
    ])
    await sink.send(lines)

    expect(asked).toHaveLength(3)
    expect(waited()).toBe(12_000)
    expect(new Set(asked.map(({ request }) => request.body)).size).toBe(1)
  })

  it('tries again with growing waits after a lost connection and a server error', async () => {
    const { asked, sink, waited } = anIntake([
      new Error('reset'),
      { status: 500, headers: {}, text: '' },
    ])
    await sink.send(lines)

    expect(asked).toHaveLength(3)
    expect(waited()).toBe(250 + 500)
  })

  it('gives up at once when it is refused for good, without telling the token', async () => {
    const { asked, sink } = anIntake([{ status: 401, headers: {}, text: '' }])
    const failure = await sink.send(lines).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code: 'SOURCE_REFUSED', retry: false })
    expect(String(failure)).not.toContain('secret')
    expect(asked).toHaveLength(1)
  })

  it('gives up after twenty tries of an intake that stays away', async () => {
    const { asked, sink } = anIntake(Array.from({ length: 99 }, () => new Error('away')))

    await expect(sink.send(lines)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      retry: true,
    })
    expect(asked).toHaveLength(20)
  })

  it('splits what is too large for one request, losing nothing', async () => {
    const { asked, sink } = anIntake([])
    const large = Array.from({ length: 500 }, (_, n) => ({
      key: 'k',
      json: JSON.stringify({ n, filling: 'x'.repeat(2_000) }),
    }))
    await sink.send(large)

    expect(asked.length).toBeGreaterThan(1)
    expect(asked.map(({ request }) => request.body).join('')).toBe(
      large.map(({ json }) => `${json}\n`).join(''),
    )
  })
})
