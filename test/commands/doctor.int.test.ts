import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { attributions } from '../../src/contract/attribution.ts'
import { openPlace } from './curfew.ts'
import { openPlaceInside } from './in-process.ts'

// Without a store no engine is opened, and no process is needed.
const { curfew, pathOf } = openPlaceInside()
const real = openPlace()

/** Every check by its name, and how the doctor ended. */
async function examine(environment: { readonly [name: string]: string } = {}, run = curfew) {
  const { code, stdout, stderr } = await run(['doctor', '--json'], environment)
  expect(stderr).toBe('')
  const { checks }: { checks: { check: string; state: string; detail: string }[] } =
    JSON.parse(stdout)
  return { code, of: new Map(checks.map((each) => [each.check, each])) }
}

/** The name of the check that a line is about. */
const checkOf = (line: string): string => line.slice(9, line.indexOf(':'))

/** A connections file with one instance at the demo provider, where `port` is. */
function connectionsAt(port: number): string {
  writeFileSync(
    pathOf('connections.yaml'),
    `version: 1
instances:
  - tenant: acme
    instance: demo
    provider: loopback
    settings: { base_url: 'http://127.0.0.1:${port}', token: { env: DEMO_TOKEN } }
  - { tenant: acme, instance: gateway }
`,
  )
  return 'connections.yaml'
}

/** A connections file whose one instance reads a topic that there is, one there is not, and a family. */
function connectionsWithTopics(): string {
  writeFileSync(
    pathOf('topics.yaml'),
    `version: 1
instances:
  - tenant: acme
    instance: gateway
    topics:
      - { topic: here, format: session-event-v1 }
      - { topic: nowhere, format: keycloak }
      - { pattern: 'family\\..+', format: session-event-v1 }
`,
  )
  return 'topics.yaml'
}

describe('curfew doctor', () => {
  it('says of a bare folder what is missing and what to do, ends with 0, and makes nothing', async () => {
    const { code, stdout } = await curfew(['doctor'])
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.filter((line) => /^(MISSING|BROKEN) /.test(line)).map(checkOf)).toEqual([
      'connections',
      'API tokens',
    ])
    expect(lines.at(-1)).toBe(
      'Needed: connections, API tokens. Works without: policy, kafka, notices.',
    )
    const lookUps = lines.find((line) => line.includes('look-ups')) ?? ''
    expect(lookUps).toMatch(/dbip-city-lite@\d{4}-\d\d-\d\d, ip-location-db-asn@\d{4}-\d\d-\d\d/)
    expect(lookUps).toContain(attributions[0].text)
    for (const name of ['CURFEW_POLICY', 'CURFEW_KAFKA_BROKERS', 'CURFEW_CONNECTIONS']) {
      expect(stdout).toContain(`et ${name}`)
    }
    expect(stdout).toContain('ok       store: nothing recorded yet')
    expect(stdout).toContain('`curfew token`')
    expect(existsSync(pathOf('data'))).toBe(false)
  })

  it('finds the store that is there', async () => {
    await real.curfew(['migrate'])
    const { code, of } = await examine({}, real.curfew)
    expect([code, of.get('store')?.state]).toEqual([0, 'ok'])
    expect(of.get('store')?.detail).toContain('embedded ClickHouse answers')
    expect(of.get('history')?.detail).toBe('no person has been seen yet')
  })

  it('says for how many people nothing can be called new yet', async () => {
    const seen = (id: string, subject: string, occurred_at: string) =>
      JSON.stringify({
        ...{ version: 1, type: 'session.created', session: { id }, subject: { id: subject } },
        ...{ id, occurred_at, device_id: `${subject}'s laptop` },
      })
    const days = ['2026-10-01T09:00:00Z', '2026-10-05T09:00:00Z', '2026-10-09T09:00:00Z']
    const lines = days.map((day, index) => seen(`s${index}`, `user-${index}`, day))
    writeFileSync(real.pathOf('seen.ndjson'), `${lines.join('\n')}\n`)
    await real.curfew(['replay', '--tenant', 'acme', '--instance', 'sso', 'seen.ndjson'])
    const { of } = await examine({}, real.curfew)
    expect(of.get('history')).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('insufficient history for 2 of 3 people'),
    })
  })

  it('ends with 3 for settings that cannot be read, and shows no value', async () => {
    const { code, of } = await examine({ CURFEW_HTTP_PROT: 'cAnArY' })
    expect([code, [...of.keys()]]).toEqual([3, ['settings']])
    expect(of.get('settings')?.detail).toContain(
      'CURFEW_HTTP_PROT: there is no such variable; did you mean CURFEW_HTTP_PORT?',
    )
    expect(of.get('settings')?.detail).not.toContain('cAnArY')
  })

  it('ends with 3 for a policy and for connections that are broken, and looks at all else', async () => {
    writeFileSync(pathOf('policy.yaml'), 'version: 1\ncauses: { full_moon: {} }\n')
    writeFileSync(pathOf('broken.yaml'), 'version: 1\ninstances: [{}]\n')
    const { code, of } = await examine({
      CURFEW_POLICY: 'policy.yaml',
      CURFEW_CONNECTIONS: 'broken.yaml',
    })
    expect(code).toBe(3)
    expect(of.get('policy')).toMatchObject({
      state: 'broken',
      detail: expect.stringContaining('/causes/full_moon'),
    })
    expect(of.get('connections')).toMatchObject({
      state: 'broken',
      detail: expect.stringContaining('/instances/0/tenant: is missing'),
    })
    expect(of.get('store')?.state).toBe('ok')
    expect(of.get('settings')?.state).toBe('ok')
  })

  it('names what a policy enforces, and that a sign-out would end nothing', async () => {
    writeFileSync(pathOf('good.yaml'), 'version: 1\ncauses: { device_lost: { mode: enforce } }\n')
    const { of } = await examine({ CURFEW_POLICY: 'good.yaml' })
    expect(of.get('policy')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(
        /^1 of \d+ cause classes are enforced: device_lost; only observed, nothing is ended: /,
      ),
    })
    expect(of.get('policy of sign-outs')).toMatchObject({
      state: 'missing',
      detail: expect.stringContaining('operator_order is only observed'),
    })
  })

  it('ends with 3 for a broker that cannot be reached, and names it', async () => {
    const { code, of } = await examine({ CURFEW_KAFKA_BROKERS: '127.0.0.1:1,[::1]:1' })
    expect(code).toBe(3)
    for (const broker of ['127.0.0.1:1', '[::1]:1']) {
      expect(of.get(`kafka ${broker}`)).toMatchObject({
        state: 'broken',
        detail: expect.stringMatching(/^E[A-Z]+; check address, listener and firewall$/),
      })
    }
  })

  it('ends with 3 for a store that cannot be, without quoting it', async () => {
    writeFileSync(pathOf('file'), '')
    const inFile = await examine({ CURFEW_DATA_DIR: pathOf('file/data') })
    expect([inFile.code, inFile.of.get('store')?.state]).toEqual([3, 'broken'])
    const nowhere = await examine({
      CURFEW_CLICKHOUSE_URL: 'http://127.0.0.1:1',
      CURFEW_CLICKHOUSE_PASSWORD: 'cAnArY',
    })
    expect([nowhere.code, nowhere.of.get('store')?.state]).toEqual([3, 'broken'])
    expect(JSON.stringify([...nowhere.of])).not.toContain('cAnArY')
  })

  it('asks every provider, and holds its clock against ours', async () => {
    let aheadMs = 0
    const server = createServer((_request, answer) => {
      const date = new Date(Date.now() + aheadMs).toUTCString()
      answer.writeHead(401, { date }).end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A server that listens on TCP has such an address.
    const { port } = server.address() as AddressInfo
    const environment = { CURFEW_CONNECTIONS: connectionsAt(port), DEMO_TOKEN: 'cAnArY' }
    try {
      const good = await examine(environment)
      expect(good.code).toBe(3)
      expect(good.of.get('provider acme/demo')?.state).toBe('broken')
      expect(good.of.get('provider acme/gateway')?.state).toBe('optional')
      expect(good.of.get(`clock of 127.0.0.1:${port}`)?.state).toBe('ok')
      expect(JSON.stringify([...good.of])).not.toContain('cAnArY')
      aheadMs = 60_000
      const wrong = await examine(environment)
      expect(wrong.of.get(`clock of 127.0.0.1:${port}`)).toMatchObject({
        state: 'broken',
        detail: expect.stringMatching(/^(59|60|61) s ahead of ours/),
      })
    } finally {
      server.close()
    }
  })

  it('names the secret that a connection lacks by its place', async () => {
    const { code, of } = await examine({ CURFEW_CONNECTIONS: connectionsAt(1) })
    expect(code).toBe(3)
    expect(of.get('providers')?.detail).toContain(
      'acme/demo: settings.token: the variable DEMO_TOKEN that it names is not set',
    )
  })

  it.each([
    ['key', 'CURFEW_KEY_FILE', 'must hold 64 hex digits'],
    ['look-ups', 'CURFEW_CITY_DATABASE', 'expected a MaxMind DB'],
    ['look-ups', 'CURFEW_NETWORKS_FILE', 'CIDR'],
    ['kafka authority', 'CURFEW_KAFKA_CA_FILE', 'no certificate in PEM form'],
  ])('finds a file that the start would stumble over: %s of %s', async (check, name, words) => {
    writeFileSync(pathOf('rubbish'), 'not what it should be')
    const { code, of } = await examine({
      [name]: pathOf('rubbish'),
      ...(check === 'kafka authority'
        ? { CURFEW_KAFKA_BROKERS: '127.0.0.1:1', CURFEW_KAFKA_TLS: 'true' }
        : {}),
    })
    expect(code).toBe(3)
    expect(of.get(check)).toMatchObject({ state: 'broken', detail: expect.stringContaining(words) })
  })

  it('finds topics to read without brokers to read them from', async () => {
    const { code, of } = await examine({ CURFEW_CONNECTIONS: connectionsWithTopics() })
    expect([code, of.get('kafka')?.state]).toEqual([3, 'broken'])
    expect(of.get('kafka')?.detail).toContain('set CURFEW_KAFKA_BROKERS')
    const provider = of.get('provider acme/gateway')?.detail
    expect(provider).toContain('An end event of Keycloak alone proves nothing')
  })

  it('finds a port where something else than a broker listens, within seconds', async () => {
    const server = createTcpServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A server that listens on TCP has such an address.
    const { port } = server.address() as AddressInfo
    const { code, of } = await examine({
      CURFEW_KAFKA_BROKERS: `127.0.0.1:${port}`,
      CURFEW_CONNECTIONS: connectionsWithTopics(),
    })
    server.close()
    expect([code, of.get('kafka sign-in')?.state]).toEqual([3, 'broken'])
    expect(of.get('kafka sign-in')?.detail).toMatch(/without SASL, without TLS: .*CURFEW_KAFKA_TLS/)
  })

  it('finds an address or a secret of notices that cannot be, and does not quote it', async () => {
    for (const [url, secret] of [
      ['http://example.com/hook', 'whsec_bm9ib2R5IGtub3dzIHRoaXMgb25l'],
      ['https://example.com/hook', 'whsec_cAnArY!'],
    ] as const) {
      const environment = { CURFEW_NOTIFY_URL: url, CURFEW_NOTIFY_SECRET: secret }
      const { code, of } = await examine(environment)
      expect([code, of.get('notices')?.state]).toEqual([3, 'broken'])
      expect(of.get('notices')?.detail).not.toContain(secret)
    }
  })

  it('may not write where it cannot', async () => {
    mkdirSync(pathOf('sealed'), { mode: 0o500 })
    const { of } = await examine({ CURFEW_DATA_DIR: pathOf('sealed/data') })
    // Whoever is root may write everywhere.
    expect(of.get('store')?.state).toBe(process.getuid?.() === 0 ? 'ok' : 'broken')
  })
})
