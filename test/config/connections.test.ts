import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/config/connections.ts'
import { loadConnections, resolveSecrets } from '../../src/config/connections.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import { connectors } from '../connectors/every-connector.ts'

const folder = mkdtempSync(join(tmpdir(), 'connections-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Stands for a secret that somebody wrote into the file instead of naming it. */
const canary = 'canary-5f1e9a'
const digest = 'ab'.repeat(32)

function load(text: string) {
  const path = join(folder, 'connections.yaml')
  writeFileSync(path, text)
  return loadConnections(path, connectors)
}

/** The lines of the refusal, one problem each. */
function problemsIn(text: string): readonly string[] {
  try {
    load(text)
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error
    expect(error.code).toBe('SETTINGS_INVALID')
    expect(`${error.message}${String(error.cause)}`).not.toContain(canary)
    const [head, ...lines] = error.message.split('\n')
    expect(head).toMatch(/^the connections .*connections\.yaml cannot be used:$/)
    return lines.map((line) => line.trim())
  }
  throw new Error('the connections were taken')
}

const instance = (more = '') => `version: 1\ninstances: [{ tenant: acme, instance: sso${more} }]`
const gatewayTrusting = (pairs: string, more = '') => `
version: 1
instances:
  - { tenant: acme, instance: gateway, topics: [{ topic: uses, trusted: [${pairs}]${more} }] }
  - { tenant: other, instance: sso }`
const token = (more: string) =>
  `version: 1\ntokens: [{ name: ada, tenant: acme, sha256: ${digest}, ${more} }]`

describe('a connections file', () => {
  it('may be left out, and then there is nothing to connect to and nobody to talk to', () => {
    expect(loadConnections(undefined, connectors)).toEqual({
      version: 1,
      instances: [],
      tokens: [],
    })
  })

  it('may say of an instance no more than whose it is', () => {
    expect(load(instance()).instances).toEqual([
      { tenant: 'acme', instance: 'sso', settings: {}, topics: [], webhook_secrets: [] },
    ])
  })

  it('has defaults for topics and feeds', () => {
    const [sso] = load(
      instance(', provider: keycloak, feed: {}, topics: [{ topic: sessions }]'),
    ).instances
    expect(sso?.feed).toEqual({ every_ms: 2_000 })
    expect(sso?.topics).toEqual([
      { topic: 'sessions', format: 'session-event-v1', may_act: true, relay: false, trusted: [] },
    ])
  })

  it('is refused with every problem at once, each with its place', () => {
    const problems = problemsIn(`
version: 2
mood: good
instances:
  - instance: sso
    settings: { client_secret: { envy: A }, base_url: null }
    feed: { every_ms: 5 }
    topic: sessions
tokens:
  - { name: ada, tenant: 'a b', roles: [boss], sha256: abc }
  - ada`)
    expect(problems).toEqual([
      '/mood: no such field; known are version, instances, tokens',
      '/version: must be 1',
      '/instances/0/tenant: is missing',
      expect.stringMatching(/^\/instances\/0\/topic: no such field; known are tenant, instance,/),
      expect.stringMatching(/^\/instances\/0\/settings\/client_secret: must be a text, a number,/),
      expect.stringMatching(/^\/instances\/0\/settings\/base_url: must be a text, a number,/),
      '/instances/0/feed/every_ms: must be >= 100',
      expect.stringMatching(/^\/tokens\/0\/tenant: must match pattern/),
      '/tokens/0/roles/0: must be one of viewer, analyst, responder, auditor, admin, intake',
      expect.stringMatching(/^\/tokens\/0\/sha256: must match pattern/),
      '/tokens/1: must be object',
    ])
  })

  it.each([
    [
      'a topic with a name and a pattern',
      instance(', topics: [{ topic: a, pattern: b }]'),
      ['/instances/0/topics/0: must have either topic or pattern'],
    ],
    [
      'a topic with neither',
      instance(', topics: [{ topic: a }, {}]'),
      ['/instances/0/topics/1: must have either topic or pattern'],
    ],
    [
      'a pattern that is none',
      instance(", topics: [{ pattern: '(' }]"),
      ['/instances/0/topics/0/pattern: must be a regular expression'],
    ],
    [
      'a relay by pattern',
      instance(', topics: [{ pattern: a, relay: true }]'),
      ['/instances/0/topics/0: a relay must be named by topic'],
    ],
    [
      'two relays',
      instance(', topics: [{ topic: a, relay: true }, { topic: b, relay: true }]'),
      ['/instances/0/topics: only one may be the relay; found 2'],
    ],
    [
      'a feed of nobody',
      instance(', feed: {}'),
      ['/instances/0/feed: needs a provider to read from'],
    ],
    [
      'an overlap of a feed that has none, and events of one that knows no names',
      instance(', provider: loopback, feed: { overlap_ms: 1000, events: [a.b] }'),
      [
        '/instances/0/feed/overlap_ms: is for Keycloak only',
        '/instances/0/feed/events: is for WorkOS only',
      ],
    ],
    [
      'a token for intake that says not whose events it brings',
      token('roles: [viewer, intake]'),
      ['/tokens/0/instance: is missing; the role intake needs it'],
    ],
    [
      'a token without a role',
      token('roles: []'),
      ['/tokens/0/roles: must not have fewer than 1 items'],
    ],
  ])('is refused when it has %s', (_, text, problems) => {
    expect(problemsIn(text)).toEqual(problems)
  })

  it('may trust a topic to speak for other instances of the file, each named', () => {
    const trusted = [{ tenant: 'other', instance: 'sso' }]
    const { instances } = load(gatewayTrusting('{ tenant: other, instance: sso }'))
    expect(instances[0]?.topics[0]?.trusted).toEqual(trusted)
  })

  it.each([
    ['half of a pair', '{ tenant: other }', ['/0/instance: is missing']],
    [
      'a pattern of names',
      "{ tenant: other, instance: '*' }",
      [
        expect.stringMatching(
          /^\/instances\/0\/topics\/0\/trusted\/0\/instance: must match pattern/,
        ),
      ],
    ],
    [
      'an instance that is not there',
      '{ tenant: other, instance: ssso }',
      ['/0: there is no instance other/ssso here'],
    ],
    [
      'its own instance',
      '{ tenant: acme, instance: gateway }',
      ["/0: acme/gateway is the topic's own"],
    ],
    [
      'one twice',
      '{ tenant: other, instance: sso }, { tenant: other, instance: sso }',
      ['/1: other/sso is there already, at 0'],
    ],
    [
      'anybody and is a relay, through which every token of intake speaks',
      '{ tenant: other, instance: sso }',
      [': a relay speaks for its own instance only'],
      ', relay: true',
    ],
  ])('is refused when a topic trusts %s', (_, pairs, problems, more = '') => {
    const at = '/instances/0/topics/0/trusted'
    expect(problemsIn(gatewayTrusting(pairs, more))).toEqual(
      problems.map((problem) => (typeof problem === 'string' ? `${at}${problem}` : problem)),
    )
  })

  it('is refused when anything is there twice', () => {
    const entry = '{ tenant: acme, instance: sso }'
    const other = '{ tenant: other, instance: sso }'
    expect(problemsIn(`version: 1\ninstances: [${entry}, ${other}, ${entry}]`)).toEqual([
      '/instances/2: acme/sso is there already, at 0',
    ])
    const ada = `{ name: ada, tenant: acme, roles: [viewer], sha256: ${digest} }`
    expect(problemsIn(`version: 1\ntokens: [${ada}, ${ada}]`)).toEqual([
      '/tokens/1: acme/ada is there already, at 0',
      '/tokens/1: the same sha256 is there already, at 0',
    ])
  })

  it.each([
    ['broken YAML', `version: 1\ninstances:\n  - secret: "${canary}\n tokens: [`],
    ['a key twice', `version: 1\nversion: 1 # ${canary}`],
    ['an anchor that is not there', `version: *${canary}`],
    ['a secret in the place of its name', instance(`, settings: { key: { env: ${canary} } }`)],
    ['nothing in it', ''],
  ])('is refused without quoting it when it has %s', (_, text) => {
    expect(problemsIn(text).length).toBeGreaterThan(0)
  })

  it('says in which line it is not YAML', () => {
    expect(problemsIn('version: 1\nversion: 1')).toEqual([
      'line 2, column 1: not YAML (duplicate key)',
    ])
  })

  it('is refused when it cannot be read', () => {
    expect(() => loadConnections(join(folder, 'nowhere.yaml'), connectors)).toThrow(
      expect.objectContaining({
        code: 'SETTINGS_INVALID',
        message: expect.stringContaining('it cannot be read: ENOENT'),
      }),
    )
  })
})

describe('the secrets that a connection names', () => {
  const connection: Connection = {
    tenant: 'acme',
    instance: 'sso',
    settings: { base_url: 'https://idp.example.com', a: { env: 'A' }, b: { file: 'b' }, n: 3 },
    topics: [],
    webhook_secrets: [{ env: 'OLD' }, { file: 'new' }],
  }

  it('are put in their places, and all else stays as it is', () => {
    const secretOf = ({ env, file }: { env?: string; file?: string }) => `${env ?? file}!`
    expect(resolveSecrets(connection, secretOf)).toEqual({
      settings: { base_url: 'https://idp.example.com', a: 'A!', b: 'b!', n: 3 },
      webhookSecrets: ['OLD!', 'new!'],
    })
  })

  it('are all named by their place when they are not there', () => {
    const secretOf = (): string => {
      throw new CurfewError('SETTINGS_INVALID', 'it is not set')
    }
    expect(() => resolveSecrets(connection, secretOf)).toThrow(
      expect.objectContaining({
        code: 'SETTINGS_INVALID',
        message: ['settings.a', 'settings.b', 'webhook_secrets.0', 'webhook_secrets.1']
          .map((place) => `acme/sso: ${place}: it is not set`)
          .join('\n  '),
      }),
    )
  })
})
