import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import type { Log } from '../../src/contract/ports.ts'
import { makeLog } from '../../src/process/log.ts'

/** What a log wrote, as text and read back. */
function logged(level: string, say: (log: Log) => void) {
  const lines: string[] = []
  say(makeLog(level, { write: (line) => lines.push(line) }))
  return { text: lines.join(''), lines: lines.map((line): unknown => JSON.parse(line)) }
}

/** Long as a token is, so that a part of it would show too. */
const canary = 'cAnArY5f1e9aQ7xK2mPz8vRt'

/** Every shape in which the program hands something to its log, each with a secret inside. */
const shapes: readonly (readonly [name: string, fields: object])[] = [
  ['a field named as a secret', { token: canary, password: canary, apiKey: canary }],
  ['fields named as headers are', { authorization: canary, 'set-cookie': canary }],
  [
    'names in other spellings',
    { client_secret: canary, refreshToken: canary, accessTokens: [canary] },
  ],
  ['nested fields', { request: { headers: { authorization: canary } } }],
  ['fields within lists', { instances: [{ settings: { client_secret: canary } }] }],
  ['a reason', { reason: `answered 401 to Bearer ${canary}` }],
  ['an error by its message', { error: `the form grant_type=x&client_secret=${canary}&a=b` }],
  ['an error itself', { error: new Error(`refused: Bearer ${canary}`) }],
  ['an error with fields', { err: Object.assign(new Error('x'), { config: { token: canary } }) }],
  [
    'an error with causes',
    {
      error: new CurfewError('SOURCE_REFUSED', 'refused', {
        cause: new Error('fetch failed', { cause: new Error(`password: ${canary}`) }),
      }),
    },
  ],
  ['several errors in one', { error: new AggregateError([new Error(`secret=${canary}`)], 'all') }],
  ['an address with a user', { url: `https://curfew:${canary}@idp.example.com/x` }],
  ['an address with a token', { url: `https://idp.example.com/x?access_token=${canary}` }],
  ['a token of our own', { part: `curfew_${canary}` }],
  ['a webhook secret', { reason: `whsec_${canary}` }],
  ['a signed token', { reason: `bad token eyJ${canary}.${canary}.${canary}` }],
  ['JSON in a text', { reason: `{"access_token":"${canary}","expires_in":60}` }],
  ['bytes', { value: Buffer.from(canary) }],
  ['a map', { named: new Map([['x', { secret: canary }]]) }],
]

/** Names of the fields in every log call of the sources. */
const names = [...new Set(sources().flatMap(fieldsLogged))]

function sources(): readonly string[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join('src', file), 'utf8'))
}

function fieldsLogged(text: string): readonly string[] {
  const calls = text.matchAll(/\blog\.(?:debug|info|warn|error)\(\s*\{([^}]*)\}/g)
  return Array.from(calls, ([, fields = '']) =>
    Array.from(fields.matchAll(/(?:^|,)\s*(\w+)/g), ([, name = '']) => name),
  ).flat()
}

describe('a log line', () => {
  it.each(shapes)('never holds a secret: %s', (_, fields) => {
    for (const severity of ['debug', 'info', 'warn', 'error'] as const) {
      const { text, lines } = logged('debug', (log) => log[severity](fields, 'said'))
      expect(lines).toHaveLength(1)
      expect(text).not.toContain(canary)
      expect(text).not.toContain(Buffer.from(canary).toString('hex'))
    }
  })

  it('never holds a secret in its own words', () => {
    const message = `the client said Authorization: Basic ${canary}`
    expect(logged('info', (log) => log.info({}, message)).text).not.toContain(canary)
  })

  it('never holds a secret under any name that the program logs under', () => {
    expect(names.length).toBeGreaterThan(20)
    expect(names).toEqual(
      expect.arrayContaining(['error', 'reason', 'notification', 'feed', 'applied']),
    )
    const cause = new Error(`Bearer ${canary}`)
    const values = [`Bearer ${canary}`, { token: canary }, [cause], new Error('x', { cause })]
    for (const name of names) {
      for (const value of values) {
        const { text } = logged('info', (log) => log.info({ [name]: value }, 'said'))
        expect(text).toContain(`"${name}":`)
        expect(text).not.toContain(canary)
      }
    }
  })

  it('keeps what is no secret, whatever it looks like', () => {
    const fields = {
      token: 3,
      tokens: null,
      tenant: 'acme',
      notice: { id: 'a1', ids: { session_id: 'session_01JBX', order_id: 'f527ff81' } },
      partitions: { sessions: [0, 1] },
      reason: 'curfew_source_up is a metric; the token endpoint answered 503',
      on: false,
    }
    expect(logged('info', (log) => log.info(fields, 'the token was refused')).lines).toEqual([
      { level: 30, time: expect.any(String), ...fields, msg: 'the token was refused' },
    ])
  })

  it('tells of an error its code, its message, where it was thrown, and its causes', () => {
    const error = new CurfewError('STORE_REFUSED', 'no such table', {
      cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED', port: 8123 }),
    })
    const [line] = logged('info', (log) => log.error({ error }, 'failed')).lines
    expect(line).toMatchObject({
      error: {
        name: 'CurfewError',
        code: 'STORE_REFUSED',
        message: 'no such table',
        at: expect.arrayContaining([expect.stringMatching(/^at .*log\.test\.ts/)]),
        cause: { message: 'refused', code: 'ECONNREFUSED', port: 8123 },
      },
    })
  })

  it('is one line, whatever is in it', () => {
    const { text } = logged('info', (log) => log.info({ reason: 'a\nb\u2028\u0000' }, 'x\r\ny'))
    expect(text.trimEnd().split(/[\n\r]/)).toHaveLength(1)
  })

  it('ends somewhere, for a text without end and for an object that holds itself', () => {
    const self: { self?: object; text: string } = { text: 'x'.repeat(100_000) }
    self.self = self
    expect(logged('info', (log) => log.info(self, 'said')).text.length).toBeLessThan(40_000)
  })

  it('is written only when it is severe enough, and at silent never', () => {
    const all = (log: Log) => {
      for (const severity of ['debug', 'info', 'warn', 'error'] as const) log[severity]({}, 'said')
    }
    const counts = ['debug', 'info', 'warn', 'error', 'silent'].map(
      (level) => logged(level, all).lines.length,
    )
    expect(counts).toEqual([4, 3, 2, 1, 0])
  })
})
