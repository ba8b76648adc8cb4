import { createHash, createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TSchema } from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { eventually } from '../parts/eventually.ts'
import type { Running } from './curfew.ts'
import { addressOf, openPlace } from './curfew.ts'

/**
 * The whole program among people who mean it no good: what they write into an event, and what an
 * identity provider says that repeats whatever it was sent.
 */
const { curfew, start, pathOf, ask } = openPlace()

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
const canary = (name: string) => `cAnArY${digest(name).slice(0, 26)}`
const secrets = {
  people: canary('people'),
  intake: canary('intake'),
  keycloak: canary('keycloak'),
  workos: canary('workos'),
  webhook: canary('webhook'),
  notices: `whsec_${Buffer.from(canary('notices')).toString('base64')}`,
}

/** Answers everybody with what they sent, their credentials included, and never as they want. */
const mirror = createServer((request, answer) => {
  let body = ''
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    answer.writeHead(request.url?.includes('token') ? 401 : 500, { 'content-type': 'text/plain' })
    answer.end(`${JSON.stringify(request.headers)} ${body} ${request.url}`)
  })
})

const attack =
  "=cmd|' /C calc'!A0'); drop table events; -- <script>alert(1)</script>\n\n" +
  'insert into events values ({{engine MergeTree}}) {tenant:String} \\\u0000\u202e'

const example = { version: 1, session: {}, subject: {}, ip: '203.0.113.9' }

type Json = { [name: string]: unknown }

/** An event of the schema, with the attack in every field that takes any text. */
function hostile(schema: TSchema, example: unknown): unknown {
  const { type, format, maxLength, properties, pattern }: Json = { ...schema }
  if (properties !== undefined && typeof properties === 'object' && properties !== null) {
    const given: Json = { ...(typeof example === 'object' ? example : {}) }
    for (const [name, field] of Object.entries(properties)) {
      const value = hostile(field, given[name])
      if (value !== undefined) given[name] = value
    }
    return given
  }
  const takesText = [type].flat().includes('string') && format === undefined
  // A name must not be blank, which the attack is not.
  const isFree = takesText && (pattern === undefined || pattern === '\\S')
  return isFree && !(Number(maxLength) < attack.length) ? attack : example
}

/** Which fields hold the attack, as paths: so that the test can tell that it looked at many. */
function attacked(value: unknown, path = ''): readonly string[] {
  if (value === attack) return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => attacked(each, `${path}/${name}`))
}

const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
const event = (type: string, minutes: number, more: object = {}) => ({
  ...(hostile(SessionEventV1, example) as Json),
  id: `${attack}${type}`.slice(0, 250),
  type,
  occurred_at: at(minutes),
  tenant: undefined,
  instance: undefined,
  ip: '203.0.113.9',
  initiator: { kind: 'admin', id: attack, client_id: attack },
  outcome: undefined,
  scope: undefined,
  place: undefined,
  network: undefined,
  ...more,
})

let running: Running
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has such an address.
  const { port } = mirror.address() as AddressInfo
  writeFileSync(
    pathOf('connections.yaml'),
    `version: 1
instances:
  - tenant: acme
    instance: sso
    provider: keycloak
    settings:
      base_url: http://127.0.0.1:${port}
      realm: staff
      client_id: curfew
      client_secret: { env: KEYCLOAK_SECRET }
    feed: { every_ms: 200 }
  - tenant: acme
    instance: workos
    provider: workos
    settings: { base_url: 'http://127.0.0.1:${port}', api_key: { env: WORKOS_KEY } }
    feed: { every_ms: 200 }
    webhook_secrets: [{ env: WEBHOOK_SECRET }]
tokens:
  - { name: people, tenant: acme, roles: [analyst, responder, admin], sha256: ${digest(secrets.people)} }
  - { name: events, tenant: acme, roles: [intake], instance: sso, sha256: ${digest(secrets.intake)} }
`,
  )
  writeFileSync(
    pathOf('policy.yaml'),
    'version: 1\ncauses: { credential_reset: { mode: enforce } }\n',
  )
  running = start(['start'], {
    CURFEW_CONNECTIONS: 'connections.yaml',
    CURFEW_POLICY: 'policy.yaml',
    CURFEW_LOG_LEVEL: 'debug',
    CURFEW_NOTIFY_URL: `http://127.0.0.1:${port}/hook`,
    CURFEW_NOTIFY_SECRET: secrets.notices,
    KEYCLOAK_SECRET: secrets.keycloak,
    WORKOS_KEY: secrets.workos,
    WEBHOOK_SECRET: secrets.webhook,
  })
  url = await addressOf(running)
})
afterAll(() => {
  running.child.kill('SIGKILL')
  mirror.close()
})

const get = async (path: string) => {
  const headers = { authorization: `Bearer ${secrets.people}` }
  const answer = await fetch(`${url}${path}`, { headers })
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    text: await answer.text(),
  }
}

describe('an event with SQL, HTML and a formula in every text field', () => {
  const events = [
    event('session.created', 5),
    event('credential.reset', 4),
    event('session.used', 2, { outcome: { result: 'accepted', observer: 'idp' } }),
    event('session.revoked', 1),
    event('session.used', 1, { tenant: attack, instance: attack }),
  ]

  it('is taken as the text it is: every table stands, and every event is there', async () => {
    expect(attacked(events[0]).length).toBeGreaterThan(15)
    const answer = await fetch(`${url}/v1/intake/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secrets.intake}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
    })
    expect([answer.status, await answer.text()]).toEqual([
      202,
      expect.stringMatching(/^\{"accepted":4,"rejected":\[\{"index":4,"reason":"foreign_tenant"/),
    ])
    const timeline = `/v1/sessions/sso/online/${encodeURIComponent(attack)}/timeline`
    const { status, text } = await eventually({
      what: 'the cause in the timeline',
      timeoutMs: 30_000,
      probe: async () => {
        const found = await get(timeline)
        return found.text.includes('"what":"curfew"') ? found : undefined
      },
    })
    const { items }: { items: { what: string; actor_id: string }[] } = JSON.parse(text)
    expect([status, items.filter(({ what }) => what === 'event').length]).toEqual([200, 4])
    expect(items.some(({ actor_id }) => actor_id === attack)).toBe(true)
    const rejected = await get('/v1/rejected')
    expect(JSON.parse(rejected.text).items).toMatchObject([{ reason: 'foreign_tenant' }])
    expect(rejected.text).not.toContain('<script')
  })

  it('is harmless wherever it is shown: JSON says that it is JSON, and CSV and tables are inert', async () => {
    for (const report of ['coverage', 'latency', 'revocations', 'debt', 'findings']) {
      const json = await get(`/v1/reports/${report}`)
      expect([json.status, json.type]).toEqual([200, expect.stringMatching(/^application\/json/)])
      expect(json.text).not.toContain('<script')
      const csv = await get(`/v1/reports/${report}?format=csv`)
      expect([csv.status, csv.type]).toEqual([200, expect.stringMatching(/^text\/csv/)])
      // A cell that begins with what a spreadsheet would reckon out.
      expect(csv.text).not.toMatch(/(^|,)"?[=+@]/m)
      const table = await get(`/v1/reports/${report}?format=table`)
      expect(
        [...table.text].filter((each) => /[\p{Cc}\u202e]/u.test(each) && each !== '\n'),
      ).toEqual([])
    }
    const shown = await get('/v1/reports/revocations?format=csv')
    expect(shown.text).toContain('drop table events')
    const lists = [
      `/v1/subjects/${encodeURIComponent(attack)}/sessions`,
      '/v1/curfews',
      '/v1/findings',
    ]
    for (const path of lists) {
      const { status, type } = await get(path)
      expect([path, status, type]).toEqual([path, 200, 'application/json; charset=utf-8'])
    }
  })
})

describe('what is secret', () => {
  it('is in no log line, no answer and no metric, while everybody refuses us and repeats it', async () => {
    const body = JSON.stringify({ event: 'session.revoked', id: 'e1', data: {} })
    const sign = (secret: string) => {
      const time = Date.now()
      return `t=${time}, v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`
    }
    for (const signature of [secrets.webhook, sign('another'), sign(secrets.webhook)]) {
      await fetch(`${url}/v1/intake/workos`, {
        method: 'POST',
        headers: { 'workos-signature': signature, 'content-type': 'application/json' },
        body,
      })
    }
    await fetch(`${url}/v1/findings?token=${secrets.people}`, {
      headers: { authorization: `Bearer ${secrets.people}x` },
    })
    // Providers have been asked by now, and notices told: both answer with our own credentials.
    await eventually({
      what: 'a notice that was tried and a feed that failed',
      timeoutMs: 30_000,
      probe: async () => {
        const { text } = await get('/metrics')
        const tried = /curfew_source_feed_failures_total\{[^}]*\} [1-9]/.test(text)
        return tried && /curfew_notice_attempts_total\{result="refused"\} [1-9]/.test(text)
          ? true
          : undefined
      },
    })
    const pages = await Promise.all(
      [
        '/metrics',
        '/readyz',
        '/openapi.json',
        '/v1/curfews',
        '/v1/rejected',
        '/v1/kill-switch',
      ].map(get),
    )
    const doctor = await curfew(['doctor', '--json'], {
      CURFEW_CONNECTIONS: 'connections.yaml',
      KEYCLOAK_SECRET: secrets.keycloak,
      WORKOS_KEY: secrets.workos,
      WEBHOOK_SECRET: secrets.webhook,
    })
    running.child.kill('SIGTERM')
    const { code, stdout, stderr } = await running.ended
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr.split('\n').length).toBeGreaterThan(20)
    const said = [stderr, doctor.stdout, doctor.stderr, ...pages.map(({ text }) => text)].join('\n')
    for (const [name, secret] of Object.entries(secrets)) {
      const core = secret.replace('whsec_', '')
      expect([name, said.includes(core)]).toEqual([name, false])
    }
    expect(said).not.toContain(Buffer.from(secrets.people).toString('base64').slice(0, 20))
  })

  it('is not stored either', async () => {
    const rows = await ask(
      `select concat(toString(tuple(*)), '') as row from events
       union all select toString(tuple(*)) from rejected
       union all select toString(tuple(*)) from order_steps
       union all select toString(tuple(*)) from requests`,
    )
    expect(rows.length).toBeGreaterThan(3)
    const text = JSON.stringify(rows)
    for (const secret of Object.values(secrets)) expect(text.includes(secret)).toBe(false)
  })
})
