import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPlaceInside } from './in-process.ts'

const { curfew, pathOf } = openPlaceInside()

/** What the running server says of itself. */
let checks: readonly object[] = []
const server = createServer((_request, answer) => {
  answer.writeHead(checks.length === 1 ? 200 : 503).end(JSON.stringify({ checks }))
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo
  mkdirSync(pathOf('data'))
  // Any process that lives and is not the doctor's own.
  const note = { pid: process.ppid, url: `http://127.0.0.1:${port}`, serves: true }
  writeFileSync(pathOf('data/server.json'), JSON.stringify(note))
})
afterAll(() => server.close())

const failing = { name: 'enforcement', state: 'degraded', detail: 'the store refuses a statement' }

describe('curfew doctor beside a running server', () => {
  it.each([
    ['of the embedded store', {}],
    ['of a ClickHouse server', { CURFEW_CLICKHOUSE_URL: 'http://127.0.0.1:1' }],
  ])('names what fails in the process %s, and ends with 3', async (_, environment) => {
    checks = [{ name: 'store', state: 'ready' }, failing]
    const { code, stdout } = await curfew(['doctor', '--json'], environment)
    const found: readonly { check: string }[] = JSON.parse(stdout).checks
    expect([code, found.find(({ check }) => check.startsWith('running server'))]).toEqual([
      3,
      { check: 'running server, enforcement', state: 'broken', detail: failing.detail },
    ])
  })

  it('says that it is well where it is', async () => {
    checks = [{ name: 'store', state: 'ready' }]
    const { stdout } = await curfew(['doctor'])
    expect(stdout).toMatch(/^ok {7}running server: store$/m)
  })
})
