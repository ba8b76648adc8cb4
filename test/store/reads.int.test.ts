import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/store/store.ts'
import { sealKey, silentLog } from '../given.ts'

const sessions = 100_000
/** Rows of one mark of a table: no look-up reads fewer. */
const mark = 8_192

let store: Store
let path: string
beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'curfew-reads-'))
  store = await openStore({
    target: { kind: 'embedded', path },
    migrations: 'schemas/clickhouse',
    sealKey,
    log: silentLog,
  })
  const named = `'acme' as tenant, 'idp' as instance, 'online' as session_kind,
    lower(hex(sipHash64(number))) as session_id`
  // Each began, ended and began once more.
  await store.askControl(
    `insert into session_facts (tenant, instance, session_kind, session_id, fact, occurred_at, event_id, received_at)
     select ${named}, ['created', 'ended', 'created'][part] as fact,
       now64(3) - interval 1 day + toIntervalMinute(part) as occurred_at, toString(part) as event_id, now64(3)
     from numbers(${sessions}) array join [1, 2, 3] as part`,
  )
  await store.askControl(
    `insert into findings (tenant, finding_id, session_id, recorded_at)
     select 'acme', toString(number), lower(hex(sipHash64(number))), now64(3) from numbers(${sessions})`,
  )
})
afterAll(async () => {
  await store.close()
  rmSync(path, { recursive: true, force: true })
})

async function rowsRead(sql: string): Promise<number> {
  const counted = async () =>
    Number(
      (await store.ask("select value from system.events where event = 'SelectedRows'"))[0]?.value,
    )
  const before = await counted()
  // What the engine remembers of the same question asked before would hide what it costs.
  await store.ask(`${sql} settings use_query_condition_cache = 0`)
  return (await counted()) - before
}

const one = 'lower(hex(sipHash64(toUInt64(77))))'

describe('what is asked of one session', () => {
  it('reads its lives, and not those of all there ever were', async () => {
    const sql = `select * from session_lives
      where (tenant, instance, session_kind, session_id) in (select 'acme', 'idp', 'online', ${one})`
    expect(await store.ask(sql)).toHaveLength(2)
    expect(await rowsRead(sql)).toBeLessThan(4 * mark)
  })

  it('reads its findings, and not all that were ever told', async () => {
    const sql = `select * from findings where tenant = 'acme' and session_id = ${one}`
    expect(await store.ask(sql)).toHaveLength(1)
    expect(await rowsRead(sql)).toBeLessThan(4 * mark)
  })

  it('judges a curfew by the facts of its session, and not by those of all', async () => {
    await store.askControl(
      `insert into curfews (tenant, instance, curfew_id, session_kind, session_id, class, cause_id, cause_at, deadline_at, detected_at)
       select 'acme', 'idp', 'c', 'online', ${one}, 'reset', 'cause', at, at, at
       from (select now64(3) - interval 1 day + interval 90 second as at)`,
    )
    const sql = "select * from verdicts(as_of = now64(3)) where curfew_id = 'c'"
    expect(await store.ask(sql)).toHaveLength(1)
    expect(await rowsRead(sql)).toBeLessThan(8 * mark)
  })
})
