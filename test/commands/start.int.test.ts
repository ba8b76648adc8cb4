import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openJournaledIdp } from '../parts/journaled-idp.ts'
import type { Running } from './curfew.ts'
import { addressOf, openPlace } from './curfew.ts'

const { start, curfew, pathOf } = openPlace()
const token = 'curfew_test_only_and_of_no_use_elsewhere'
const connections = `version: 1
tokens:
  - name: ada
    tenant: acme
    roles: [viewer, auditor, admin]
    sha256: ${createHash('sha256').update(token).digest('hex')}
  - name: gateway
    tenant: acme
    roles: [intake]
    instance: gateway
    sha256: ${createHash('sha256').update(`${token}2`).digest('hex')}
`

describe('curfew start', () => {
  let running: Running
  let url = ''
  beforeAll(async () => {
    writeFileSync(pathOf('connections.yaml'), connections)
    writeFileSync(pathOf('token.txt'), token)
    running = start(['start'], { CURFEW_CONNECTIONS: 'connections.yaml' })
    url = await addressOf(running)
  })
  afterAll(() => {
    running.child.kill('SIGKILL')
  })

  it('listens on loopback, and says that it is alive and ready', async () => {
    expect(new URL(url).hostname).toBe('127.0.0.1')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('measures under the names that are declared', async () => {
    const event = {
      version: 1,
      id: 'e1',
      type: 'session.created',
      occurred_at: new Date().toISOString(),
      session: { id: 's1' },
      subject: { id: 'ada' },
    }
    const body = `${JSON.stringify(event)}\nno event\n`
    const answer = await fetch(`${url}/v1/intake/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}2`, 'content-type': 'application/x-ndjson' },
      body,
    })
    expect([answer.status, await answer.json()]).toEqual([
      202,
      {
        accepted: 1,
        rejected: [{ index: 1, reason: 'not_json', detail: 'the message is not JSON' }],
      },
    ])
    const own = await fetch(`${url}/v1/rejected`, {
      headers: { authorization: `Bearer ${token}2` },
    })
    expect([own.status, await own.json()]).toEqual([
      200,
      expect.objectContaining({ items: [expect.objectContaining({ reason: 'not_json' })] }),
    ])
    const page = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    const text = await page.text()
    expect(text).toContain('curfew_source_intake_requests_total{route="events",status="202"} 1')
    expect(text).toMatch(/^curfew_record_rows_total \d+$/m)
    expect(text).toMatch(/^curfew_enforce_round_seconds_count \d+$/m)
  })

  it('has its folder alone: others are told by whom it is in use, where, and what to do instead', async () => {
    writeFileSync(pathOf('events.ndjson'), '')
    const held = `in use by process ${running.child.pid}, the Curfew at ${url}.`
    for (const [args, instead] of [
      [
        ['report', 'coverage', '--tenant', 'acme'],
        'Give --token-file with the file of an API token',
      ],
      [
        ['replay', '--tenant', 'acme', '--instance', 'sso', 'events.ndjson'],
        'stop it, replay the files',
      ],
      [['migrate'], 'It brought the tables up to date'],
    ] as const) {
      const { code, stdout, stderr } = await curfew(args)
      expect([code, stdout]).toEqual([1, ''])
      // One line: the engine itself was never asked, and so has nothing to say.
      expect(stderr).toMatch(/^curfew: STORE_LOCKED: the data folder [^\n]+\n$/)
      expect(stderr).toContain(held)
      expect(stderr).toContain(instead)
    }
  })

  it('answers reports to whoever has a token, found by its data folder or by its address', async () => {
    for (const where of [[], ['--url', url]]) {
      const { code, stdout } = await curfew([
        ...['report', 'coverage', '--json', '--token-file', 'token.txt', ...where],
      ])
      expect([code, JSON.parse(stdout).tenant]).toEqual([0, 'acme'])
    }
  })

  it('keeps a second server away, and the doctor says that the first runs', async () => {
    const second = await start(['start']).ended
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^curfew: STORE_LOCKED: [^\n]* Stop it first, or set CURFEW_DATA_DIR [^\n]*\n$/,
      ),
    ])
    const doctor = await curfew(['doctor'])
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringMatching(/^ok +store: in use/m)])
  })

  it('ends cleanly on SIGTERM within 10 s, and what it took is there afterwards', async () => {
    const begun = performance.now()
    running.child.kill('SIGTERM')
    const { code, stdout, stderr } = await running.ended
    expect([code, stdout]).toEqual([0, ''])
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(stderr).toContain('"signal":"SIGTERM"')
    expect(stderr).not.toContain('"level":50')
    expect(stderr).not.toContain(token)
    for (const line of stderr.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
    // What a killed one leaves behind leads nobody astray: its number may be another's by now.
    const note = JSON.stringify({ pid: process.pid, url, serves: true })
    for (const left of [undefined, note]) {
      if (left === undefined) expect(existsSync(pathOf('data/server.json'))).toBe(false)
      else writeFileSync(pathOf('data/server.json'), left)
      const asked = ['report', 'revocations', '--tenant', 'acme', '--json']
      const { code: after, stdout: report } = await curfew([...asked, '--token-file', 'token.txt'])
      expect([after, JSON.parse(report).tenant]).toEqual([0, 'acme'])
    }
  })

  it('does not begin on a port that is taken, and says which variable to change', async () => {
    const first = start(['start'], { CURFEW_DATA_DIR: pathOf('one') })
    const port = new URL(await addressOf(first)).port
    const environment = { CURFEW_DATA_DIR: pathOf('other'), CURFEW_HTTP_PORT: port }
    const second = await start(['start'], environment).ended
    expect([second.code, second.stderr]).toEqual([
      2,
      expect.stringMatching(
        /curfew: SETTINGS_INVALID: cannot listen on .* \(EADDRINUSE\); set CURFEW_HTTP_PORT/,
      ),
    ])
    first.child.kill('SIGINT')
    expect((await first.ended).code).toBe(0)
  })
})

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

it('begins no call after SIGTERM and is gone within 8 s, whatever its providers do', async () => {
  const idps = {
    hanging: await openJournaledIdp({ mood: 'hangs', now: Date.now }),
    dripping: await openJournaledIdp({ mood: 'drips', now: Date.now }),
  }
  const given = Object.entries(idps)
  const instances = given.map(
    ([instance, { url }]) => `  - tenant: acme
    instance: ${instance}
    provider: loopback
    settings: { base_url: '${url}', token: { env: IDP_TOKEN } }`,
  )
  const tokens = given.map(
    ([instance]) =>
      `  - { name: ${instance}, tenant: acme, roles: [intake], instance: ${instance}, sha256: ${sha256(token + instance)} }`,
  )
  const lines = ['version: 1', 'instances:', ...instances, 'tokens:', ...tokens]
  writeFileSync(pathOf('providers.yaml'), `${lines.join('\n')}\n`)
  writeFileSync(
    pathOf('enforcing.yaml'),
    'version: 1\ncauses: { credential_reset: { mode: enforce } }\n',
  )
  const running = start(['start'], {
    CURFEW_DATA_DIR: pathOf('leaving'),
    CURFEW_CONNECTIONS: 'providers.yaml',
    CURFEW_POLICY: 'enforcing.yaml',
    IDP_TOKEN: 'invented',
  })
  const url = await addressOf(running)
  for (const [instance, idp] of given) {
    const events = Array.from({ length: 20 }, (_, each) => {
      const [id, subject] = [`s${each}`, `user-${each}`]
      idp.open(id, subject)
      const about = { version: 1, session: { id }, subject: { id: subject } }
      const at = (ago: number) => new Date(Date.now() - ago).toISOString()
      return [
        { ...about, id: `c${each}`, type: 'session.created', occurred_at: at(60_000) },
        { ...about, id: `r${each}`, type: 'credential.reset', occurred_at: at(1_000) },
      ]
    })
    await fetch(`${url}/v1/intake/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}${instance}`, 'content-type': 'application/json' },
      body: JSON.stringify(events.flat()),
    })
  }
  const isCalled = () =>
    given.every(([, { journal }]) => journal.some(({ what }) => what === 'revoke'))
  for (let waits = 0; waits < 300 && !isCalled(); waits += 1) await delay(100)
  expect(isCalled()).toBe(true)
  const signalledAt = Date.now()
  running.child.kill('SIGTERM')
  const { code } = await running.ended
  expect(Date.now() - signalledAt).toBeLessThan(8_000)
  expect(code).toBe(0)
  // What was on its way already may arrive a moment later.
  const late = given.flatMap(([, { journal }]) =>
    journal.filter(({ at }) => at > signalledAt + 500),
  )
  expect(late).toEqual([])
  for (const [, idp] of given) idp.close()
})
