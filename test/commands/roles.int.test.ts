import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../parts/eventually.ts'
import type { Running } from './curfew.ts'
import { addressOf, openPlace } from './curfew.ts'

const { start, curfew, pathOf } = openPlace()
const token = 'curfew_test_only_and_of_no_use_elsewhere'
const connections = `version: 1
tokens:
  - name: ada
    tenant: acme
    roles: [viewer, admin]
    sha256: ${createHash('sha256').update(token).digest('hex')}
  - name: gateway
    tenant: acme
    roles: [intake]
    instance: gateway
    sha256: ${createHash('sha256').update(`${token}2`).digest('hex')}
`
beforeAll(() => writeFileSync(pathOf('connections.yaml'), connections))

/** Starts a process of these roles, asks it, and ends it. */
async function asked(role: string, ask: (url: string) => Promise<void>): Promise<void> {
  const running: Running = start(['start', '--role', role], {
    CURFEW_CONNECTIONS: 'connections.yaml',
    CURFEW_DATA_DIR: pathOf(role),
  })
  const url = await addressOf(running)
  await ask(url)
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
}

const event = (id: string) => ({
  version: 1,
  id,
  type: 'session.created',
  occurred_at: new Date().toISOString(),
  session: { id: 's1' },
  subject: { id: 'ada' },
})
const get = (url: string, path: string) =>
  fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
const send = (url: string) =>
  fetch(`${url}/v1/intake/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}2`, 'content-type': 'application/json' },
    body: JSON.stringify(event('e1')),
  })
const measured = async (url: string) => await (await get(url, '/metrics')).text()

describe('a process with the role', () => {
  it('serve answers everything, and neither takes events in nor enforces', async () => {
    await asked('serve', async (url) => {
      expect((await get(url, '/readyz')).status).toBe(200)
      expect((await get(url, '/v1/findings')).status).toBe(200)
      expect((await send(url)).status).toBe(503)
      expect(await measured(url)).not.toMatch(/^curfew_enforce_round_seconds_count [1-9]/m)
    })
  })

  it('enforce looks for work, and shows only how it is and its switch', async () => {
    await asked('enforce', async (url) => {
      expect((await get(url, '/healthz')).status).toBe(200)
      expect((await get(url, '/v1/kill-switch')).status).toBe(200)
      expect((await get(url, '/v1/findings')).status).toBe(404)
      expect((await send(url)).status).toBe(404)
      await eventually({
        what: 'a look at the store',
        timeoutMs: 20_000,
        probe: async () =>
          /^curfew_enforce_round_seconds_count [1-9]/m.test(await measured(url)) ? true : undefined,
      })
    })
  })

  it('ingest takes events in, and does not enforce', async () => {
    await asked('ingest', async (url) => {
      expect((await send(url)).status).toBe(202)
      expect((await get(url, '/v1/findings')).status).toBe(404)
      expect((await get(url, '/v1/kill-switch')).status).toBe(404)
      expect(await measured(url)).not.toMatch(/^curfew_enforce_round_seconds_count [1-9]/m)
    })
  })

  it('ingest is not asked for reports, and whoever asks hears what to do instead', async () => {
    writeFileSync(pathOf('token.txt'), token)
    await asked('ingest', async (url) => {
      const { code, stdout, stderr } = await curfew(
        ['report', 'coverage', '--tenant', 'acme', '--token-file', 'token.txt'],
        { CURFEW_DATA_DIR: pathOf('ingest') },
      )
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^curfew: STORE_LOCKED: [^\n]+ start it with the role serve[^\n]+\n$/)
      expect(stderr).toContain(`the Curfew at ${url}`)
    })
  })

  it('that nobody knows does not begin, and says which there are', async () => {
    const { code, stderr } = await start(['start', '--role', 'serve,watch']).ended
    expect([code, stderr]).toEqual([2, expect.stringContaining('some of ingest, enforce, serve')])
  })
})
