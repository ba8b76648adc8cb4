import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import type { Ask } from '../../src/contract/ports.ts'
import { systemClock } from '../../src/process/clock.ts'
import { makeConflictSweep } from '../../src/store/conflicts.ts'
import type { Store } from '../../src/store/store.ts'
import { silentLog } from '../given.ts'
import { openTestStore } from '../parts/store.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
beforeEach(async () => {
  for (const table of ['events', 'conflicts', 'cursors']) {
    await store.askControl(`truncate table ${table}`)
  }
})
afterAll(() => store.close())

const minute = 60_000
const now = Date.now()
const at = (ms: number) => new Date(ms).toISOString()

/** A row of `events`; times are ms since the epoch. */
function told(
  id: string,
  {
    outcome = 'accepted',
    occurredAt = now - 1_000,
    recordedAt,
    ...more
  }: {
    readonly outcome?: string
    readonly occurredAt?: number
    readonly recordedAt?: number
    readonly tenant?: string
    readonly subject_ref?: string
    readonly source?: string
    readonly offset?: number
  } = {},
) {
  return {
    tenant: 'acme',
    instance: 'sso',
    event_id: id,
    native_id: `native ${id}`,
    type: 'session.used',
    occurred_at: at(occurredAt),
    received_at: at(recordedAt ?? now),
    ...(recordedAt === undefined ? {} : { recorded_at: at(recordedAt) }),
    lane: 'live',
    source: 'kafka:uses',
    partition: 0,
    offset: 7,
    session_kind: 'online',
    session_id: 's1',
    subject_ref: 'ref',
    outcome,
    ...more,
  }
}

const record = async (...events: readonly object[]) => {
  // One insert each, as copies of different ways come.
  for (const event of events) await store.append('events', [event])
}
/** Sweeps with nothing kept in memory, as a new process would. */
const look = () => makeConflictSweep({ ...store, clock: systemClock, log: silentLog }).runOnce()
const conflicts = () =>
  store.ask(
    `select event_id, source, offset, content_hash = min(content_hash) over (partition by tenant, event_id) as stands
     from conflicts final
     order by event_id, source`,
  )

describe('one id with two contents', () => {
  it('is kept as such when the engine merges, and copies of one content are not', async () => {
    await record(told('e1'), told('e1'), told('e1', { outcome: 'refused' }), told('e2'), told('e2'))
    await store.askControl('optimize table events final')
    expect(
      await store.ask('select event_id, count() as n from events group by event_id order by 1'),
    ).toEqual([
      { event_id: 'e1', n: 2 },
      { event_id: 'e2', n: 1 },
    ])
  })

  it('is written down once, each content with the way it came and whether it stands', async () => {
    await record(
      told('e1'),
      told('e2', { source: 'feed:sso' }),
      told('e1', { outcome: 'refused', source: 'feed:sso', offset: 3 }),
      told('e2', { source: 'intake:workos:sso' }),
    )
    await store.askControl('optimize table events final')
    expect(await look()).toBe(2)
    expect(await look()).toBe(0)
    const found = await conflicts()
    expect(found).toMatchObject([
      { event_id: 'e1', source: 'feed:sso', offset: 3 },
      { event_id: 'e1', source: 'kafka:uses', offset: 7 },
    ])
    expect(found.filter(({ stands }) => Boolean(stands))).toHaveLength(1)
  })

  it('is found again after a restart only when another content comes', async () => {
    await record(told('e1'), told('e1', { outcome: 'refused' }))
    expect(await look()).toBe(2)
    await record(told('e3'), told('e1', { outcome: '' }))
    expect(await look()).toBe(1)
    expect(await conflicts()).toHaveLength(3)
  })

  it.each([
    ['another time', { occurredAt: now - 5_000 }],
    ['another subject', { subject_ref: 'other' }],
  ])('is found when one of them claims %s', async (_, more) => {
    await record(told('e1'), told('e1', more))
    expect(await look()).toBe(2)
  })

  it.each([
    ['late', { occurredAt: now - 90 * minute }],
    ['from ahead of its time', { occurredAt: now + 4 * minute }],
  ])('is found however long after the first the second one came, %s', async (_, when) => {
    await record(told('e1', { ...when, recordedAt: now - 80 * minute }))
    expect(await look()).toBe(0)
    await record(told('e1', { ...when, outcome: 'refused' }), told('e2'))
    expect(await look()).toBe(2)
  })

  it('is found in a backlog of hours, in steps', async () => {
    const hour = 60 * minute
    for (const back of [30 * hour, 9 * hour, 0]) {
      const when = { occurredAt: now - 2_000 - back, recordedAt: now - 1_000 - back }
      await record(told(`e${back}`, when), told(`e${back}`, { ...when, outcome: 'refused' }))
    }
    // Three times the store has no room for a step; a shorter one is taken then.
    let full = 3
    const ask: Ask = (sql, values) => {
      if (!sql.includes('having min(content_hash)') || full === 0)
        return store.askSweep(sql, values)
      full -= 1
      return Promise.reject(new CurfewError('STORE_UNREACHABLE', 'no room', { retry: true }))
    }
    const swept = makeConflictSweep({ ...store, ask, clock: systemClock, log: silentLog })
    expect(await swept.runOnce()).toBe(6)
    const never: Ask = (sql, values) => {
      full = 1
      return ask(sql, values)
    }
    await record(told('e1'), told('e1', { outcome: 'refused' }))
    const stuck = makeConflictSweep({ ...store, ask: never, clock: systemClock, log: silentLog })
    await expect(stuck.runOnce()).rejects.toThrow('no room')
  })
})

it('what two tenants call the same is no conflict, nor is a store without events', async () => {
  expect(await look()).toBe(0)
  await record(told('e1'), told('e1', { tenant: 'other', outcome: 'refused' }))
  expect(await look()).toBe(0)
})

it('how far it was looked is not forgotten while nothing comes', async () => {
  const day = 24 * 60 * minute
  const cursor = (ms: number) => store.append('cursors', [{ id: 'conflicts', cursor: String(ms) }])
  const rows = () => store.ask('select toUInt64(max(toUInt64(cursor))) as last from cursors')
  await cursor(now - day / 2)
  await look()
  expect(await rows()).toEqual([{ last: now - day / 2 }])
  await store.askControl('truncate table cursors')
  await cursor(now - 2 * day)
  await look()
  expect(Number((await rows())[0]?.last)).toBeGreaterThan(now - day)
})
