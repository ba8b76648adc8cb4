import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ConnectionsFile } from '../../src/config/connections.ts'
import { readSettings } from '../../src/config/settings.ts'
import type { Binding } from '../../src/contract/raw-message.ts'
import { makeDecode } from '../../src/decode/decode.ts'
import { format } from '../../src/decode/formats/session-event-v1.ts'
import type { Instance } from '../../src/runtime/instances.ts'
import {
  connectionOf,
  openFeeds,
  openKafkaIn,
  topicsOf,
  warnOfBypasses,
} from '../../src/runtime/sources.ts'
import { connectors } from '../connectors/every-connector.ts'
import { idleMeter, makeClock, settle, silentLog } from '../given.ts'

const at = Date.UTC(2026, 10, 3, 9)
const binding: Binding = {
  tenant: 'acme',
  instance: 'gateway',
  lane: 'live',
  mayAct: true,
  trusted: [],
}
const plain = {
  topic: 'uses',
  format: 'session-event-v1',
  may_act: true,
  relay: false,
  trusted: [],
}
const connection = {
  tenant: 'acme',
  instance: 'gateway',
  settings: {},
  webhook_secrets: [],
  topics: [plain, { ...plain, may_act: false, trusted: [{ tenant: 'other', instance: 'sso' }] }],
}

/** The instance that the second topic is trusted to name is a realm of its own. */
const all = [
  { binding },
  { binding: { ...binding, tenant: 'other', instance: 'sso', realm: 'customers' } },
]

/** What becomes of an event that names a pair, on a topic as the connections describe it. */
function told(number: number, claim: object) {
  const topic = topicsOf({ connection, binding }, all)[number]
  if (topic === undefined) throw new Error('there is no such topic')
  const event = { version: 1, id: 'e1', type: 'session.created', session: { id: 's1' } }
  const value = JSON.stringify({ ...event, occurred_at: new Date(at).toISOString(), ...claim })
  const { events, rejected } = makeDecode({
    formats: [format],
    envelopes: [],
    pseudonym: () => '',
  })({
    source: 'kafka:uses',
    partition: 0,
    format: topic.format,
    binding: topic.binding,
    messages: [{ value: Buffer.from(value), offset: 0, receivedAt: at }],
    redelivered: false,
    commit: async () => {},
  })
  return [
    ...events.map(({ tenant, instance, mayAct }) => ({ tenant, instance, mayAct })),
    ...rejected.map(({ tenant, instance, reason }) => ({ tenant, instance, reason })),
  ]
}

const foreign = { tenant: 'acme', instance: 'gateway', reason: 'foreign_tenant' }

it('a topic speaks for its own instance, and for those that it is trusted to name', () => {
  const claim = { tenant: 'other', instance: 'sso' }
  expect(told(0, {})).toEqual([{ tenant: 'acme', instance: 'gateway', mayAct: true }])
  expect(told(0, claim)).toEqual([foreign])
  expect(told(1, claim)).toEqual([{ ...claim, mayAct: false }])
  expect(told(1, {})).toEqual([{ tenant: 'acme', instance: 'gateway', mayAct: false }])
})

it.each([
  ['another instance of the trusted tenant', { tenant: 'other', instance: 'ldap' }],
  ['the trusted tenant alone', { tenant: 'other' }],
  ['the trusted instance alone', { instance: 'sso' }],
])('trust is for the pair, and what names %s is rejected', (_, claim) => {
  expect(told(1, claim)).toEqual([foreign])
})

it('a topic may speak for the realms of the instances that it is trusted to name', () => {
  const [first, second] = topicsOf({ connection, binding }, all)
  expect(first?.binding.trusted).toEqual([])
  expect(second?.binding.trusted).toEqual([
    { tenant: 'other', instance: 'sso', realm: 'customers' },
  ])
})

describe('the brokers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'open-sources-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const pem = (name: string) => {
    const path = join(folder, name)
    writeFileSync(path, `the ${name}`)
    return path
  }
  const brokers = {
    ...readSettings({}),
    CURFEW_KAFKA_BROKERS: 'a.example.com:9092, b.example.com:9092',
  }
  const send = async () => ({ status: 500, headers: {}, text: '' })
  const ports = { send, clock: makeClock().clock, log: silentLog, meter: idleMeter }

  it('are none where no setting names them, and are left alone where no topic is read', () => {
    expect(connectionOf(readSettings({}), send)).toBeUndefined()
    const silent = { ...connection, topics: [] }
    const instance = {
      connection: silent,
      binding,
      settings: {},
      webhookSecrets: [],
      connector: undefined,
      provider: undefined,
    }
    expect(openKafkaIn(brokers, [instance], ports)).toBeUndefined()
  })

  it('are spoken to in clear, over TLS, by an authority of our own, or with a certificate of ours', () => {
    const tls = { ...brokers, CURFEW_KAFKA_TLS: true }
    const ca = { CURFEW_KAFKA_CA_FILE: pem('ca') }
    const own = { CURFEW_KAFKA_CERT_FILE: pem('cert'), CURFEW_KAFKA_KEY_FILE: pem('key') }
    const all = [brokers, tls, { ...tls, ...ca }, { ...tls, ...own }, { ...tls, ...ca, ...own }]
    expect(all.map((settings) => connectionOf(settings, send)?.tls)).toEqual([
      undefined,
      true,
      { ca: 'the ca' },
      { cert: 'the cert', key: 'the key' },
      { ca: 'the ca', cert: 'the cert', key: 'the key' },
    ])
    expect(connectionOf(brokers, send)?.brokers).toEqual([
      'a.example.com:9092',
      'b.example.com:9092',
    ])
  })

  it('are not spoken to when a file of theirs cannot be read, which is said by its setting', () => {
    const gone = {
      ...brokers,
      CURFEW_KAFKA_TLS: true,
      CURFEW_KAFKA_CERT_FILE: join(folder, 'gone'),
    }
    expect(() => connectionOf(gone, send)).toThrow(/CURFEW_KAFKA_CERT_FILE must name a PEM file/)
  })

  it('get a token of the endpoint each time they ask for one, and a refusal without its answer', async () => {
    const bodies: unknown[] = []
    let answer = { status: 200, headers: {}, text: '{"access_token":"t1"}' }
    const settings = {
      ...brokers,
      CURFEW_KAFKA_SASL: 'oauthbearer' as const,
      CURFEW_KAFKA_USERNAME: 'curfew',
      CURFEW_KAFKA_PASSWORD: 'canary-secret',
      CURFEW_KAFKA_TOKEN_URL: 'https://sso.example.com/token',
    }
    const opened = connectionOf(settings, async (_, { body }) => {
      bodies.push(body)
      return answer
    })
    if (opened?.sasl?.mechanism !== 'oauthbearer') throw new Error('it was another mechanism')
    expect(await opened.sasl.token()).toBe('t1')
    expect(bodies).toEqual([
      'grant_type=client_credentials&client_id=curfew&client_secret=canary-secret',
    ])
    answer = { status: 401, headers: {}, text: 'canary-secret is wrong' }
    await expect(opened.sasl.token()).rejects.toThrow(/^(?!.*canary).*answered 401/)
    for (const text of ['canary-secret', 'null', '{"access_token":7}', '{"access_token":""}']) {
      answer = { status: 200, headers: {}, text }
      await expect(opened.sasl.token()).rejects.toThrow(
        /^(?!.*canary).*answered 200 without a token/,
      )
    }
  })
})

describe('a feed', () => {
  const asked: string[] = []
  const ports = {
    send: async (url: string) => {
      asked.push(url)
      const body = url.endsWith('/token')
        ? { access_token: 't', expires_in: 60 }
        : url.includes('/events?events=')
          ? { data: [], list_metadata: {} }
          : []
      return { status: 200, headers: {}, text: JSON.stringify(body) }
    },
    cursor: { read: async () => '{"next":1,"place":{"at":1000000}}', write: async () => {} },
    log: silentLog,
    meter: idleMeter,
  }
  const open = async (more: object, settings: { readonly [name: string]: string }) => {
    asked.length = 0
    const instance: Instance = {
      connection: { ...connection, topics: [], feed: { every_ms: 1_000 }, ...more },
      binding,
      settings,
      webhookSecrets: [],
      connector: connectors.find(({ id }) => id === Object(more).provider),
      provider: undefined,
    }
    const [feed] = openFeeds([instance], { ...ports, clock: makeClock().clock })
    void feed?.run(async () => ({ durable: Promise.resolve() }))
    await settle()
    await feed?.close(0)
    return asked.filter((url) => !url.endsWith('/token'))
  }

  it('of Keycloak looks back as far as the connections say', async () => {
    const settings = {
      base_url: 'https://sso.example.com',
      realm: 'staff',
      client_id: 'curfew',
      client_secret: 'secret',
    }
    const from = (url: string | undefined) => new URL(url ?? '').searchParams.get('dateFrom')
    const [first] = await open({ provider: 'keycloak' }, settings)
    expect(from(first)).toBe('990000')
    const feed = { every_ms: 1_000, overlap_ms: 60_000 }
    const [wide] = await open({ provider: 'keycloak', feed }, settings)
    expect(from(wide)).toBe('940000')
  })

  it('of WorkOS asks for the events that the connections name', async () => {
    const feed = { every_ms: 1_000, events: ['session.created', 'session.revoked'] }
    const [url] = await open({ provider: 'workos', feed }, { api_key: 'key' })
    expect(new URL(url ?? '').searchParams.get('events')).toBe('session.created,session.revoked')
  })
})

describe('instances whose intake and feeds would pass Kafka by', () => {
  const own = { tenant: 'acme', settings: {}, topics: [plain], webhook_secrets: [] }
  const connections: ConnectionsFile = {
    version: 1,
    instances: [
      {
        ...own,
        instance: 'relayed',
        feed: { every_ms: 1_000 },
        topics: [{ ...plain, relay: true }],
      },
      { ...own, instance: 'fed', feed: { every_ms: 1_000 } },
      { ...own, instance: 'hooked', webhook_secrets: [{ env: 'SECRET' }] },
      { ...own, instance: 'sent' },
      { ...own, instance: 'read' },
    ],
    tokens: [
      { name: 'app', tenant: 'acme', instance: 'sent', roles: ['intake'], sha256: 'a'.repeat(64) },
      { name: 'ada', tenant: 'acme', roles: ['viewer'], sha256: 'b'.repeat(64) },
    ],
  }

  function warned(more: object): readonly unknown[] {
    const instances: unknown[] = []
    const warn = (fields: object) => instances.push(Reflect.get(fields, 'instance'))
    const settings = { ...readSettings({}), ...more }
    warnOfBypasses({ settings, connections, log: { ...silentLog, warn } })
    return instances
  }

  it('are named at the start, and are none without Kafka', () => {
    expect(warned({ CURFEW_KAFKA_BROKERS: 'a.example.com:9092' })).toEqual([
      'acme/fed',
      'acme/hooked',
      'acme/sent',
    ])
    expect(warned({})).toEqual([])
  })
})
