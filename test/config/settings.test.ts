import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { environmentExample } from '../../src/config/environment-example.ts'
import { movesCursor, readSecret, readSettings, settingsSchema } from '../../src/config/settings.ts'
import { CurfewError } from '../../src/contract/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Stands for whatever must never be shown. */
const canary = 'canary-5f1e9a'

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The lines of the refusal, one problem each. */
function problemsIn(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings(environment)
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error
    expect(error.code).toBe('SETTINGS_INVALID')
    expect(`${error.message}${String(error.cause)}`).not.toContain(canary)
    const lines = error.message.split('\n')
    expect(lines.at(0)).toBe('the settings cannot be used:')
    expect(lines.at(-1)).toBe('See .env.example for every variable.')
    return lines.slice(1, -1).map((line) => line.trim())
  }
  throw new Error('the settings were taken')
}

const clientPem = { CURFEW_KAFKA_CERT_FILE: '/etc/c.pem', CURFEW_KAFKA_KEY_FILE: '/etc/k.pem' }

describe('the settings', () => {
  it('have defaults that listen on loopback only, observe only, and keep everything in one folder', () => {
    expect(readSettings({})).toEqual({
      CURFEW_DATA_DIR: '.curfew',
      CURFEW_CLICKHOUSE_USER: 'default',
      CURFEW_CLICKHOUSE_DATABASE: 'curfew',
      CURFEW_KAFKA_GROUP: 'curfew',
      CURFEW_KAFKA_TLS: false,
      CURFEW_KAFKA_SASL: 'none',
      CURFEW_HTTP_HOST: '127.0.0.1',
      CURFEW_HTTP_PORT: 8_080,
      CURFEW_FLUSH_ROWS: 50_000,
      CURFEW_FLUSH_BYTES: 33_554_432,
      CURFEW_FLUSH_MS: 200,
      CURFEW_MEMORY_SUBJECTS: 100_000,
      CURFEW_ENFORCE_EVERY_MS: 1_000,
      CURFEW_LOG_LEVEL: 'info',
    })
    expect(Object.isFrozen(readSettings({}))).toBe(true)
  })

  it('take numbers and truths from text, and an empty variable for one that is not set', () => {
    const { CURFEW_HTTP_PORT, CURFEW_KAFKA_TLS, CURFEW_DATA_DIR } = readSettings({
      CURFEW_HTTP_PORT: '0',
      CURFEW_KAFKA_TLS: 'true',
      CURFEW_DATA_DIR: '',
    })
    expect([CURFEW_HTTP_PORT, CURFEW_KAFKA_TLS, CURFEW_DATA_DIR]).toEqual([0, true, '.curfew'])
  })

  it('leave the variables of others alone, and those of the tests', () => {
    const others = { PATH: '/bin', CURFEWS: 'x', CURFEW_TEST_KAFKA: 'x', CURFEW_SOAK: '1' }
    expect(readSettings(others)).toEqual(readSettings({}))
  })

  it('are refused with every problem at once, each with its variable', () => {
    const problems = problemsIn({
      CURFEW_HTTP_PORT: '65536',
      CURFEW_FLUSH_ROWS: 'many',
      CURFEW_FLUSH_MS: '1',
      CURFEW_KAFKA_TLS: 'yes',
      CURFEW_KAFKA_SASL: 'kerberos',
      CURFEW_LOG_LEVEL: 'loud',
      CURFEW_CLICKHOUSE_CLUSTER: 'a b',
      CURFEW_CLICKHOUSE_URL: 'clickhouse:8123',
      CURFEW_KAFKA_BROKERS: 'kafka',
      CURFEW_MEMORY_SUBJECTS: '5',
      CURFEW_ENFORCE_EVERY_MS: '0.5',
      CURFEW_PROT: '8080',
      CURFEW_HTTP_PORT_FILE: '/etc/port',
    })
    expect(problems).toHaveLength(13)
    expect(problems).toContain('CURFEW_PROT: there is no such variable')
    expect(problems).toContain(
      'CURFEW_HTTP_PORT_FILE: only secrets may be in a file; set CURFEW_HTTP_PORT',
    )
    expect(problems).toContain('CURFEW_FLUSH_ROWS: must be integer')
    expect(problems).toContain('CURFEW_FLUSH_MS: must be >= 10')
    expect(problems).toContain('CURFEW_LOG_LEVEL: must be one of debug, info, warn, error, silent')
  })

  it.each([
    [{ CURFEW_NOTIFY_URL: 'https://hooks.example.com/x' }, 'CURFEW_NOTIFY_SECRET'],
    [{ CURFEW_NOTIFY_SECRET: canary }, 'CURFEW_NOTIFY_URL'],
    [{ CURFEW_CLICKHOUSE_PASSWORD: canary }, 'CURFEW_CLICKHOUSE_URL'],
    [{ CURFEW_CLICKHOUSE_CLUSTER: 'east' }, 'CURFEW_CLICKHOUSE_URL'],
    [{ CURFEW_KAFKA_CA_FILE: '/etc/ca.pem' }, 'CURFEW_KAFKA_TLS'],
    [{ ...clientPem, CURFEW_KAFKA_TLS: 'false' }, 'CURFEW_KAFKA_TLS'],
    [{ CURFEW_KAFKA_TLS: 'true', CURFEW_KAFKA_CERT_FILE: '/etc/c' }, 'CURFEW_KAFKA_KEY_FILE'],
    [{ CURFEW_KAFKA_TLS: 'true', CURFEW_KAFKA_KEY_FILE: '/etc/k' }, 'CURFEW_KAFKA_CERT_FILE'],
    [{ CURFEW_KAFKA_SASL: 'plain', CURFEW_KAFKA_USERNAME: 'x' }, 'CURFEW_KAFKA_PASSWORD'],
  ])('are refused where one means nothing without another: %j', (environment, lacking) => {
    expect(problemsIn(environment)).toEqual([expect.stringMatching(`^${lacking}: .* needs it$`)])
  })

  it('name all that signing in at Kafka by a token needs', () => {
    expect(problemsIn({ CURFEW_KAFKA_SASL: 'oauthbearer' })).toEqual([
      'CURFEW_KAFKA_USERNAME: is missing; CURFEW_KAFKA_SASL=oauthbearer needs it',
      'CURFEW_KAFKA_PASSWORD: is missing; CURFEW_KAFKA_SASL=oauthbearer needs it',
      'CURFEW_KAFKA_TOKEN_URL: is missing; CURFEW_KAFKA_SASL=oauthbearer needs it',
    ])
  })
})

describe('a secret', () => {
  const url = { CURFEW_CLICKHOUSE_URL: 'http://127.0.0.1:8123' }

  it('may be in a file, whose last line break is no part of it', () => {
    const path = file('password', `${canary}\n`)
    expect(readSettings({ ...url, CURFEW_CLICKHOUSE_PASSWORD_FILE: path })).toMatchObject({
      CURFEW_CLICKHOUSE_PASSWORD: canary,
    })
  })

  it.each([
    ['a file that is not there', { CURFEW_CLICKHOUSE_PASSWORD_FILE: `${folder}/${canary}` }],
    ['an empty file', { CURFEW_CLICKHOUSE_PASSWORD_FILE: file('empty', '\n') }],
    [
      'itself and a file',
      { CURFEW_CLICKHOUSE_PASSWORD: canary, CURFEW_CLICKHOUSE_PASSWORD_FILE: file('too', canary) },
    ],
    ['far too much', { CURFEW_CLICKHOUSE_PASSWORD: canary.repeat(1_000) }],
  ])('given by %s is refused without being shown', (_, environment) => {
    const [problem, ...others] = problemsIn({ ...url, ...environment })
    expect(problem).toMatch(/^CURFEW_CLICKHOUSE_PASSWORD(_FILE)?: /)
    expect(others).toEqual([])
  })

  it('in an address is refused without being shown', () => {
    expect(problemsIn({ CURFEW_CLICKHOUSE_URL: `http://curfew:${canary}@127.0.0.1:8123` })).toEqual(
      [expect.stringMatching(/^CURFEW_CLICKHOUSE_URL: must match/)],
    )
  })

  it('that the connections file names is read from a variable or a file', () => {
    expect(readSecret({ env: 'SSO_SECRET' }, { SSO_SECRET: canary })).toBe(canary)
    expect(readSecret({ file: file('sso', `${canary}\n`) })).toBe(canary)
  })

  it.each([
    [{ env: 'SSO_SECRET' }, 'SSO_SECRET'],
    [{ file: join(folder, canary) }, 'ENOENT'],
    [{ file: file('nothing', '') }, 'is empty'],
    [{}, 'is not set'],
  ])('that is not there is refused without a path, which may be the secret: %j', (named, words) => {
    const refusal = { code: 'SETTINGS_INVALID', message: expect.stringContaining(words) }
    expect(() => readSecret(named, {})).toThrow(expect.objectContaining(refusal))
    expect(() => readSecret(named, {})).not.toThrow(canary)
  })
})

describe('.env.example', () => {
  const text = environmentExample()

  it('is what the code makes of the settings: run `curfew schemas` when it is not', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(text)
  })

  it('says of every variable what it is, and its default', () => {
    const blocks = text.trimEnd().split('\n\n').slice(1)
    expect(blocks).toHaveLength(Object.keys(settingsSchema.properties).length)
    for (const block of blocks) expect(block).toMatch(/^# .+[.…]\n# CURFEW_[A-Z_]+=.*$/)
    expect(text).toContain('# CURFEW_HTTP_HOST=127.0.0.1\n')
  })

  it('is what the defaults are once its variables are set', () => {
    const set = Object.fromEntries(
      Array.from(text.matchAll(/^# (CURFEW_\w+)=(.*)$/gm), ([, name, value]) => [name, value]),
    )
    expect(readSettings(set)).toEqual(readSettings({}))
  })

  it('has no default for a secret', () => {
    expect(text).toMatch(/^# CURFEW_NOTIFY_SECRET=$/m)
    expect(text).not.toMatch(/(PASSWORD|SECRET)=./)
  })
})

describe('a terminal', () => {
  it('moves its cursor unless TERM says that it is dumb', () => {
    expect(movesCursor({ TERM: 'xterm-256color' })).toBe(true)
    expect(movesCursor({})).toBe(true)
    expect(movesCursor({ TERM: 'dumb' })).toBe(false)
  })
})
