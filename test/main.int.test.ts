import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { defaultPolicy } from '../src/config/policy.ts'
import { readSettings } from '../src/config/settings.ts'
import type { Batch } from '../src/contract/raw-message.ts'
import { openCurfew } from '../src/main.ts'
import { systemClock } from '../src/process/clock.ts'
import { silentLog } from './given.ts'
import { eventually } from './parts/eventually.ts'

/** Who is to be told, on this machine, and takes what is said without an answer: what was said, in order. */
async function aReceiver() {
  const said: unknown[] = []
  const server = createServer((request) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => said.push(JSON.parse(body)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}/`, said, close: () => server.closeAllConnections() }
}

it('a feed that cannot be read is degraded at once; a batch that fails for good fails the whole, whoever handed it in; people hear of it before it ends, and no sweep or sink holds that up', async () => {
  const receiver = await aReceiver()
  const dataDir = mkdtempSync(join(tmpdir(), 'curfew-main-'))
  const curfew = await openCurfew({
    settings: {
      ...readSettings({}),
      CURFEW_DATA_DIR: dataDir,
      CURFEW_HTTP_PORT: 0,
      CURFEW_NOTIFY_URL: receiver.url,
      CURFEW_NOTIFY_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
    },
    connections: {
      version: 1,
      instances: [
        { tenant: 'acme', instance: 'one', settings: {}, topics: [], webhook_secrets: [] },
        {
          ...{ tenant: 'acme', instance: 'two', provider: 'loopback', topics: [] },
          // Nobody listens there.
          settings: { base_url: 'http://127.0.0.1:9', token: 'x' },
          ...{ feed: { every_ms: 100 }, webhook_secrets: [] },
        },
      ],
      tokens: [],
    },
    policy: defaultPolicy,
    secretOf: () => '',
    clock: systemClock,
    log: silentLog,
    version: 'test',
  })
  const batch: Batch = {
    source: 'file:test',
    partition: 0,
    format: 'session-event-v1',
    binding: { tenant: 'acme', instance: 'one', lane: 'historical', mayAct: false, trusted: [] },
    messages: [],
    redelivered: false,
    commit: () => Promise.resolve(),
  }
  await (await curfew.deliver(batch)).durable
  const checksOf = async () => (await curfew.api.server.inject('/readyz')).json().checks
  await eventually({
    ...{ what: '/readyz says that the feed of two cannot be read', timeoutMs: 20_000 },
    probe: async () => {
      const checks: readonly { readonly name: string; readonly state: string }[] = await checksOf()
      return checks.find(({ name, state }) => name === 'sources' && state === 'degraded')
    },
  })
  expect(await checksOf()).toContainEqual({
    ...{ name: 'store', state: 'ready' },
    detail: expect.stringMatching(/^its last answer is \d s old$/),
  })
  const torn: Batch = {
    ...batch,
    get messages(): never {
      throw new TypeError('no stage expects this')
    },
  }
  await expect(curfew.deliver(torn)).rejects.toThrow('no stage expects this')
  await expect(curfew.failed).rejects.toThrow('no stage expects this')
  // Nothing after it is taken: memory has learnt what the store will never hold.
  await expect(curfew.deliver(batch)).rejects.toThrow('no stage expects this')
  const sweep = curfew.store.askSweep(
    'select count() from numbers(100000000000000) where sipHash64(number) = 1',
  )
  const brokenOff = expect(sweep).rejects.toThrow('reading the store failed')
  await eventually({
    what: 'the sweep is under way',
    timeoutMs: 30_000,
    probe: async () => {
      const [row] = await curfew.store.ask(
        "select count() as n from system.processes where query like '%sipHash64(number)%'",
      )
      // This question is one of them.
      return row?.n === 2 || undefined
    },
  })
  const begunAt = performance.now()
  await curfew[Symbol.asyncDispose]()
  await brokenOff
  expect(performance.now() - begunAt).toBeLessThan(7_500)
  expect(receiver.said).toMatchObject([
    { type: 'intake.stopped', data: { tenant: 'acme', reason: 'failed_for_good' } },
  ])
  receiver.close()
  rmSync(dataDir, { recursive: true })
})
