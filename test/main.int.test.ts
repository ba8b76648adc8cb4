import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { systemClock } from '../src/clock.ts'
import type { Batch } from '../src/contract/raw-message.ts'
import { openCurfew } from '../src/main.ts'
import { defaultPolicy } from '../src/policy.ts'
import { readSettings } from '../src/settings.ts'
import { silentLog } from './given.ts'

it('a batch that fails for good fails the whole, whoever handed it in, and closing comes to its end', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'curfew-main-'))
  const curfew = await openCurfew({
    settings: { ...readSettings({}), CURFEW_DATA_DIR: dataDir, CURFEW_HTTP_PORT: 0 },
    connections: { version: 1, instances: [], tokens: [] },
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
  await curfew[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})
