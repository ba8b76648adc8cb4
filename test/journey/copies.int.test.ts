import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'
import {
  causesTold,
  emptyStore,
  firstSights,
  rowCounts,
  sessionsState,
  standingCurfews,
  standingFindings,
} from './read-store.ts'
import type { Happening, Told } from './world.ts'
import { minute, openTestIngest, tell } from './world.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
  // Copies that were merged away could no longer be looked at.
  await store.askControl(
    'alter table events modify setting max_bytes_to_merge_at_max_space_in_pool = 1',
  )
})
afterAll(() => store.close())
beforeEach(() => emptyStore(store))

const use = (at: number, more: Partial<Happening> = {}): Happening => ({
  at,
  type: 'session.used',
  session: 's1',
  subject: 'ada',
  from: 'warsaw',
  ...more,
})

const history: readonly Told[] = tell([
  { ...use(0), type: 'session.created' },
  use(10 * minute),
  use(20 * minute, { from: 'tokyo' }),
  { at: 25 * minute, type: 'credential.reset', subject: 'ada' },
  { at: 30 * minute, type: 'session.revoked', session: 's1' },
  use(40 * minute, { outcome: 'refused', refusal: 'session_ended' }),
  use(41 * minute),
])

/** Delivers batches one after the other; each is durable before the next. */
async function deliver(
  batches: readonly (readonly [readonly Told[], Parameters<typeof takeOne>[2]?])[],
) {
  const ingest = await openTestIngest({ store })
  for (const [told, more] of batches) await takeOne(ingest, told, more)
  await ingest.close()
}

async function takeOne(
  ingest: Awaited<ReturnType<typeof openTestIngest>>,
  told: readonly Told[],
  { tenant = 'acme', ...more }: Parameters<typeof ingest.take>[2] & { tenant?: string } = {},
) {
  await (await ingest.take(tenant, told, more)).durable
}

const everything = async () => ({
  ...(await sessionsState(store)),
  causes: await causesTold(store),
  findings: await standingFindings(store),
  sights: await firstSights(store),
  curfews: await standingCurfews(store),
})

const distinctEvents = async () =>
  (
    await store.ask('select uniqExact(tenant, event_id) as ids, count() as rows from events final')
  )[0]

describe('one event by two channels', () => {
  it('is one event: whatever is asked has the answer it has with one channel', async () => {
    await deliver([[history]])
    const once = await everything()
    await emptyStore(store)
    await deliver([[history], [history, { source: 'feed:acme', partition: 3 }]])
    expect(await everything()).toEqual(once)
    expect(once.findings).not.toEqual([])
    expect(once.curfews).not.toEqual([])
    expect(await distinctEvents()).toEqual({ ids: history.length, rows: history.length })
  })

  it('is no conflict, since where it came by is no part of what was said', async () => {
    await deliver([[history], [history, { source: 'feed:acme' }]])
    expect(await conflicts()).toEqual([])
  })

  it('acts once one of them may, in whichever order they come', async () => {
    const replay = {
      source: 'file:x',
      binding: {
        tenant: 'acme',
        instance: 'one',
        lane: 'historical',
        mayAct: false,
        trusted: [],
      },
    } as const
    for (const order of [
      [replay, {}],
      [{}, replay],
    ]) {
      await emptyStore(store)
      await deliver(order.map((more) => [history, more] as const))
      const causes = await store.ask(
        'select max(may_act) as acts, uniqExact(cause_id) as n from causes',
      )
      expect(causes).toEqual([{ acts: true, n: 1 }])
      const [curfew] = await store.ask('select max(may_act) as acts from curfews')
      expect(curfew).toEqual({ acts: true })
    }
  })
})

const conflicts = () =>
  store.ask(
    `select event_id, uniqExact(content_hash) as contents
     from events
     group by tenant, event_id
     having contents > 1`,
  )

describe('one id with two contents', () => {
  const first = tell([use(0, { outcome: 'accepted' })])
  const other = tell([use(0, { outcome: 'refused' })])

  it('stands with the lower content hash, in whichever order they come, and shows as a conflict', async () => {
    const standing: unknown[] = []
    for (const order of [
      [first, other],
      [other, first],
    ]) {
      await emptyStore(store)
      await deliver(order.map((told) => [told, { source: `feed:${order.indexOf(told)}` }] as const))
      expect(await conflicts()).toMatchObject([{ contents: 2 }])
      const [lowest] = await store.ask('select min(content_hash) as hash from events')
      const rows = await store.ask(
        `select content_hash as hash, outcome
         from events
         order by row_version desc
         limit 1 by event_id`,
      )
      expect(rows).toMatchObject([{ hash: lowest?.hash }])
      standing.push(rows)
    }
    expect(standing[0]).toEqual(standing[1])
  })
})

describe('what was recorded', () => {
  it('is known again by its position: events, and what could be none', async () => {
    const broken = { ...history[0], id: 'x', session: undefined } as Told
    await deliver([[[...history, broken]]])
    const before = await rowCounts(store)
    expect(before.rejected).toBe(1)
    await deliver([[[...history, broken], { redelivered: true, firstOffset: 0 }]])
    expect(await rowCounts(store)).toEqual(before)
  })

  it('is judged where only some of a batch was recorded', async () => {
    await deliver([[history.slice(0, 3)]])
    await deliver([[history, { redelivered: true, firstOffset: 0 }]])
    const inParts = await everything()
    await emptyStore(store)
    await deliver([[history]])
    expect(inParts).toEqual(await everything())
    expect(await distinctEvents()).toEqual({ ids: history.length, rows: history.length })
  })

  it('does not hide what a topic that was made again tells at the same positions', async () => {
    await deliver([[history.slice(0, 3)]])
    const others = history.slice(0, 3).map((told) => ({ ...told, id: `again ${told.id}` }))
    await deliver([[others, { redelivered: true, firstOffset: 0, assignment: {} }]])
    expect(await distinctEvents()).toEqual({ ids: 6, rows: 6 })
    await deliver([[others, { redelivered: true, firstOffset: 0, assignment: {} }]])
    expect(await rowCounts(store)).toMatchObject({ events: 6 })
  })

  it('by one tenant does not hide from another what the same file tells', async () => {
    const source = 'file:digest'
    await deliver([
      [history, { source, firstOffset: 0, tenant: 'acme' }],
      [history, { source, firstOffset: 0, tenant: 'globex', redelivered: true }],
    ])
    const events = await store.ask(
      'select tenant, count() as n from events group by tenant order by tenant',
    )
    expect(events).toEqual([
      { tenant: 'acme', n: history.length },
      { tenant: 'globex', n: history.length },
    ])
  })
})
