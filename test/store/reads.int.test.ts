import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AskValues } from '../../src/contract/ports.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'

const sessions = 100_000
/** Rows of one mark of a table: no look-up reads fewer. */
const mark = 8_192

let store: Store
beforeAll(async () => {
  store = await openTestStore()
  const named = `'acme' as tenant, 'idp' as instance, 'online' as session_kind,
    lower(hex(sipHash64(number))) as session_id`
  // Each began, ended and began once more.
  await store.askControl(
    `insert into session_facts (tenant, instance, session_kind, session_id, fact, occurred_at, event_id, received_at)
     select ${named}, ['created', 'ended', 'created'][part] as fact,
       toDateTime64('2026-11-03 09:00:00', 3) + toIntervalMinute(part) as occurred_at, toString(part) as event_id, occurred_at
     from numbers(${sessions}) array join [1, 2, 3] as part`,
  )
  await store.askControl(
    `insert into findings (tenant, finding_id, session_id, recorded_at)
     select 'acme', toString(number), lower(hex(sipHash64(number))), toDateTime64('2026-11-03 09:00:00', 3) from numbers(${sessions})`,
  )
})
afterAll(() => store.close())

async function rowsRead(sql: string, values: AskValues = {}): Promise<number> {
  const counted = async () =>
    Number(
      (await store.ask("select value from system.events where event = 'SelectedRows'"))[0]?.value,
    )
  const before = await counted()
  // What the engine remembers of the same question asked before would hide what it costs.
  await store.ask(`${sql} settings use_query_condition_cache = 0`, values)
  return (await counted()) - before
}

const one = 'lower(hex(sipHash64(toUInt64(77))))'

describe('what is asked of one session', () => {
  it('reads its lives, and not those of all there ever were', async () => {
    const sql = `with asked as (select session_key, session_id from session_facts where session_id = ${one})
      select * from session_lives(among = asked)`
    expect(await store.ask(sql)).toHaveLength(2)
    expect(await rowsRead(sql)).toBeLessThan(8 * mark)
  })

  it('reads its findings, and not all that were ever told', async () => {
    const sql = `select * from findings where tenant = 'acme' and session_id = ${one}`
    expect(await store.ask(sql)).toHaveLength(1)
    expect(await rowsRead(sql)).toBeLessThan(4 * mark)
  })

  it('judges the curfews it asks about by the facts of their sessions, and none of all others', async () => {
    await store.askControl(
      `insert into curfews (tenant, instance, curfew_id, session_kind, session_id, class, cause_id, cause_at, deadline_at, detected_at)
       select 'acme', 'idp', toString(number), 'online', lower(hex(sipHash64(number))), 'reset', 'cause', at, at, at
       from (select number, toDateTime64('2026-11-03 09:01:30', 3) as at from numbers(${sessions}))`,
    )
    const sql = `with asked as (select session_key, session_id from curfews where session_id = ${one})
      select * from verdicts(as_of = {now:DateTime64(3)}, among = asked)`
    const now = new Date('2026-11-04T09:00:00Z')
    expect(await store.ask(sql, { now })).toHaveLength(1)
    expect(await rowsRead(sql, { now })).toBeLessThan(14 * mark)
  })

  it('tells twenty thousand lives of an id, in steps that grow with their number and not with its square', async () => {
    const lives = 20_000
    const begin = "toDateTime64('2026-11-03 09:00:00', 3)"
    await store.askControl(
      `insert into session_facts (tenant, instance, session_kind, session_id, fact, occurred_at, event_id, received_at)
       select 'acme', 'idp', 'online', 'again', if(number % 2 = 0, 'created', 'ended') as fact,
         ${begin} + toIntervalSecond(number) as occurred_at, toString(number), occurred_at
       from numbers(${2 * lives})`,
    )
    await store.askControl(
      `insert into curfews (tenant, instance, curfew_id, session_kind, session_id, incarnation, class, cause_id, cause_at, deadline_at, detected_at)
       select 'acme', 'idp', 'last', 'online', 'again', ${lives - 1}, 'reset', 'cause', at, at, at
       from (select ${begin} + toIntervalSecond(${2 * lives - 2}) as at)`,
    )
    const asked =
      "with asked as (select session_key, session_id from curfews where session_id = 'again')"
    // People's statements have 20 s; each life compared with all others would take minutes.
    const counted = await store.ask(
      `${asked} select count() as n, max(incarnation) as last from session_lives(among = asked)`,
    )
    expect(counted).toEqual([{ n: lives, last: lives - 1 }])
    const verdicts = await store.ask(
      `${asked} select incarnation from verdicts(as_of = {now:DateTime64(3)}, among = asked)`,
      { now: new Date('2026-11-05T09:00:00Z') },
    )
    expect(verdicts).toEqual([{ incarnation: lives - 1 }])
  })
})
