import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTimeline, timelineStart } from '../../src/show/queries/timeline.ts'
import { report as coverage } from '../../src/show/reports/coverage.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'
import { batchesOf, habits, histories, passwords, splitOf, tellings } from './histories.ts'
import type { OraclePair } from './oracle.ts'
import { pairsOf } from './oracle.ts'
import {
  offsetOf,
  play,
  sweepPlainly,
  talesOf,
  tenantOf,
  tenants,
  timeout,
  trials,
} from './play.ts'
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
import {
  bindingOf,
  evening,
  makeRunningClock,
  minute,
  openTestIngest,
  start,
  tell,
} from './world.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

interface Split {
  readonly history: readonly Happening[]
  readonly ends: readonly number[]
}
const splits = (one: fc.Arbitrary<readonly Happening[]>, count: number) =>
  fc.array(fc.record({ history: one, ends: splitOf(12) }), { minLength: count, maxLength: count })

const talesIn = (all: readonly Split[]) =>
  talesOf(
    all.map(({ history }) => history),
    (each, index) => batchesOf(each, { order: [...each.keys()], ends: all[index]?.ends ?? [] }),
  )

async function stateNow(pairs: readonly OraclePair[] = []) {
  const state = {
    ...(await sessionsState(store)),
    causes: await causesTold(store),
    findings: await standingFindings(store),
    sights: await firstSights(store),
  }
  await sweepPlainly(store, pairs)
  const curfews = await standingCurfews(store)
  // Which of these are found inline depends on what memory holds, and nobody sweeps for them here.
  return { ...state, curfews: curfews.filter(({ tenant }) => !String(tenant).startsWith('pass')) }
}

const listOf = (cell: unknown): readonly unknown[] => (Array.isArray(cell) ? cell : [])

const period = {
  ...{ class: '', instance: '', from: new Date(start - minute), to: new Date(evening) },
  as_of: new Date(evening),
}

/** What is done about a password, in any order, with repeats. */
const anyOrder = passwords.chain((history) =>
  tellings(history.length).map((telling) => batchesOf(tell(history), telling)),
)

describe('a process that starts again', () => {
  it(
    'finds between any two batches what it would have found without',
    async () => {
      const told = fc.record({
        some: splits(habits, tenants / 3),
        others: splits(histories, tenants / 3),
        changes: fc.array(anyOrder, { minLength: tenants / 3, maxLength: tenants / 3 }),
        restartAfter: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
      })
      const law = fc.asyncProperty(told, async ({ some, others, changes, restartAfter }) => {
        const all = [...some, ...others]
        const pairs = all.flatMap(({ history }, at) => pairsOf(tenantOf(at), tell(history)).pairs)
        const passwordTales = changes.map((batches, at) => ({ tenant: `passwords${at}`, batches }))
        const tales = [...talesIn(all), ...passwordTales]
        await play(store, tales)
        const straight = await stateNow(pairs)
        await play(store, tales, { restartAfter })
        expect(await stateNow(pairs)).toEqual(straight)
      })
      await fc.assert(law, trials(2))
    },
    timeout,
  )

  it(
    'finds with memory for two people what it would have found with memory for all',
    async () => {
      const law = fc.asyncProperty(splits(habits, tenants), async (all) => {
        const tales = talesIn(all)
        await play(store, tales)
        const straight = await stateNow()
        await play(store, tales, { subjectsMax: 2 })
        expect(await stateNow()).toEqual(straight)
      })
      await fc.assert(law, trials(2))
    },
    timeout,
  )

  it('knows the change of a password whose request is told of only afterwards', async () => {
    await emptyStore(store)
    const user = { kind: 'user', session: 'flow' } as const
    const record = async (mayAct: boolean, ...told: readonly Told[]) => {
      const ingest = await openTestIngest({ store })
      await (await ingest.take('acme', told, { binding: bindingOf('acme', { mayAct }) })).durable
      await ingest.close()
      return ingest.causes.map(({ class: is, exemptSessionId, mayAct }) => [
        is,
        exemptSessionId,
        mayAct,
      ])
    }
    const change = {
      id: 'change',
      at: minute,
      type: 'credential.changed',
      initiator: user,
    } as const
    const asked = { at: 2, type: 'credential.reset_requested', initiator: user } as const
    const tell = async (subject: string, mayAct: boolean) => [
      await record(mayAct, { ...change, id: `change ${subject}`, subject }),
      await record(true, { ...asked, id: `asked ${subject}`, subject }),
    ]
    // The change says whether a recovery may end sessions, whoever told that it was asked for.
    expect(await tell('ada', true)).toEqual([
      [['credential_changed', 'flow', true]],
      [['credential_reset', '', true]],
    ])
    expect(await tell('bob', false)).toEqual([
      [['credential_changed', 'flow', false]],
      [['credential_reset', '', false]],
    ])
    // The flow that asked led to a sign-in before the change, and to another one after it.
    const signIn = { type: 'session.created', session: 'flow', subject: 'eve' } as const
    await record(
      true,
      { id: 'asked eve', ...asked, subject: 'eve' },
      { id: 'in', at: 5, ...signIn },
      { id: 'again', at: 2 * minute, ...signIn },
    )
    expect(await record(true, { ...change, id: 'change eve', subject: 'eve' })).toEqual([
      ['credential_changed', 'flow', true],
    ])
    // A copy that may act, of a change that was first told by a way in that may not.
    expect(await record(true, { ...change, id: 'change bob', subject: 'bob' })).toMatchObject([
      ['credential_reset', '', true],
    ])
  })

  it('takes back what a change was told as, once what it hears of late shows another cause', async () => {
    await emptyStore(store)
    const clock = makeRunningClock()
    const record = async (...told: readonly Told[]) => {
      const ingest = await openTestIngest({ store, clock })
      await (await ingest.take('acme', told)).durable
      await ingest.close()
    }
    const ofAda = { subject: 'ada' } as const
    const changed = (id: string, at: number) =>
      ({ id, at, type: 'credential.changed', ...ofAda }) as const
    const asked = (id: string, at: number) =>
      ({ id, at, type: 'credential.reset_requested', ...ofAda }) as const
    /** By class: what stands of the session, and how many causes the coverage report counts. */
    const counted = async () => {
      const rows = await store.ask(coverage.sql, { ...period, tenant: 'acme' })
      const curfews = await standingCurfews(store)
      return {
        standing: curfews.map((each) => [each.class, listOf(each.causes).length]).sort(),
        causes: Object.fromEntries(rows.map((row) => [row.cause_class, Number(row.causes)])),
      }
    }
    const once = {
      standing: [['credential_changed', 1]],
      causes: { credential_changed: 1, all: 1 },
    }
    await record({ id: 's', at: 0, type: 'session.created', session: 's1', ...ofAda })
    await record(changed('second', 20 * minute))
    expect(await counted()).toEqual(once)
    // A request before it: a recovery, and no ordinary change beside it.
    await record(asked('mail', minute))
    expect(await counted()).toEqual({
      standing: [['credential_reset', 1]],
      causes: { credential_reset: 1, all: 1 },
    })
    // A change between the two is what was asked for, so the other one was ordinary after all.
    await record(changed('first', 10 * minute))
    const both = [
      ['credential_changed', 1],
      ['credential_reset', 1],
    ]
    const causes = { credential_changed: 1, credential_reset: 1, all: 2 }
    expect(await counted()).toEqual({ standing: both, causes })
    await record(asked('again', 15 * minute))
    expect(await counted()).toEqual({
      standing: [['credential_reset', 2]],
      causes: { credential_reset: 2, all: 2 },
    })
    const timeline = await readTimeline({
      ...{ ask: store.ask, tenant: 'acme', names: true, asOf: evening, most: 100 },
      session: { instance: 'one', kind: 'online', id: 's1' },
      after: timelineStart,
    })
    const words = timeline.map(({ entry }) => [entry.what, entry.word, entry.outcome].join(' '))
    expect(words).toContain('cause credential_changed replaced')
    expect(words).toContain('curfew credential_changed replaced')
    expect(words).not.toContain('cause credential_reset replaced')
  })

  it('knows that everybody was signed out, and ends the sessions of whoever is heard of after it', async () => {
    await emptyStore(store)
    const record = async (...told: readonly Told[]) => {
      const ingest = await openTestIngest({ store })
      await (await ingest.take('acme', told)).durable
      await ingest.close()
    }
    await record({ id: 'born', at: 0, type: 'session.created', session: 's1', subject: 'ada' })
    await record({ id: 'out', at: 10 * minute, type: 'instance.signed_out' })
    await record({ id: 'late', at: 60 * minute, type: 'subject.suspended', subject: 'ada' })
    const ends = `select session_id, toUnixTimestamp64Milli(occurred_at) as at from session_facts
      where fact = 'ended' group by session_id, at`
    expect(await store.ask(ends)).toEqual([{ session_id: 's1', at: start + 10 * minute }])
    await sweepPlainly(store, [])
    expect(await standingCurfews(store)).toEqual([])
  })

  it(
    'adds no event and no finding when recorded batches are delivered again',
    async () => {
      const law = fc.asyncProperty(splits(habits, tenants), async (all) => {
        const tales = talesIn(all)
        await play(store, tales)
        const before = await rowCounts(store)
        const ingest = await openTestIngest({ store })
        const committed: string[] = []
        for (const [place, { tenant, batches }] of tales.entries()) {
          // Asked for each batch by itself, and once for all of a stay: the answer is the same.
          const asked = place % 2 === 0 ? { stay: {} } : {}
          for (const [round, batch] of batches.entries()) {
            const firstOffset = offsetOf(batches, round)
            const commit = async () => void committed.push(`${tenant} ${round}`)
            await ingest.take(tenant, batch, { firstOffset, redelivered: true, commit, ...asked })
          }
        }
        await ingest.close()
        expect(committed.length).toBe(tales.flatMap(({ batches }) => batches).length)
        expect(await rowCounts(store)).toEqual(before)
      })
      await fc.assert(law, trials(2))
    },
    timeout,
  )
})
