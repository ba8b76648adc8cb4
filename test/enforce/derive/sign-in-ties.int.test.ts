import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeJoinSignIns } from '../../../src/enforce/derive/sign-in-ties.ts'
import type { Store } from '../../../src/store/store.ts'
import { idleMeter, makeClock, silentLog } from '../../given.ts'
import { openTestStore } from '../../parts/store.ts'

let store: Store
let played = 0
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const start = Date.parse('2026-11-03T09:00:00.000Z')
const second = 1_000
const minute = 60 * second

/** One side of a sign-in: through a connection, or the session that began. */
interface Side {
  readonly at: number
  readonly connection?: string
  readonly session?: string
  readonly ip?: string
}

type Ties = readonly (readonly [session: string, connection: string])[]

/**
 * Tells each history in an order of its own, looking after each side; gives back the ties that stand.
 * All at once, each as a tenant: a look over many costs as much as over one.
 */
async function tiesAfter(orders: readonly (readonly Side[])[]): Promise<readonly Ties[]> {
  played += 1
  const tenantOf = (index: number) => `play-${played}-${String(index).padStart(4, '0')}`
  const { askControl: ask, append } = store
  const { clock } = makeClock()
  const { pages, work } = makeJoinSignIns({ ask, append, clock, log: silentLog, meter: idleMeter })
  const join = async () => {
    let joined = 0
    pages.changedSince(0)
    while (!pages.isDone) joined += await work()
    return joined
  }
  const steps = Math.max(...orders.map(({ length }) => length))
  for (let step = 0; step < steps; step += 1) {
    await store.append(
      'sign_ins',
      orders.flatMap((sides, index) => {
        const side = sides[step]
        return side === undefined ? [] : [rowOf(side, tenantOf(index))]
      }),
    )
    await join()
    expect(await join()).toBe(0)
  }
  const rows = await store.ask(
    `select tenant, session_id, value from session_edges as e where tenant like {play:String}
     group by tenant, session_id, value having tupleElement(max(e.joined), 2) order by all`,
    { play: `play-${played}-%` },
  )
  return orders.map((_, index) =>
    rows
      .filter(({ tenant }) => tenant === tenantOf(index))
      .map(({ session_id, value }) => [String(session_id), String(value)] as const),
  )
}

function rowOf({ at, connection = '', session = '', ip = '192.0.2.7' }: Side, tenant: string) {
  return {
    ...{ tenant, instance: 'one', subject_ref: 'ref-ada', at: new Date(start + at).toISOString() },
    event_id: `${at} ${connection}${session} ${ip}`,
    ...{ session_kind: 'online', session_id: session, connection_id: connection },
    ...{ organization_id: '', ip, user_agent: '' },
  }
}

const side: fc.Arbitrary<Side> = fc
  .record({
    at: fc.integer({ min: 0, max: 12 }).map((minutes) => minutes * minute),
    ip: fc.constantFrom('192.0.2.7', '192.0.2.7', '198.51.100.7', ''),
    name: fc.constantFrom('conn_1', 'conn_2', 's1', 's2', 's3'),
  })
  .map(({ at, ip, name }) =>
    name.startsWith('conn') ? { at, ip, connection: name } : { at, ip, session: name },
  )

describe('the ties of sessions to the connections by which they were signed in', () => {
  it('are the same in whichever order the events come, however often somebody looks between them', async () => {
    const history = fc.uniqueArray(side, { minLength: 2, maxLength: 6, selector: JSON.stringify })
    const orders = history.chain((sides) =>
      fc.tuple(...[0, 1, 2].map(() => fc.shuffledSubarray(sides, { minLength: sides.length }))),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(orders, { minLength: 20, maxLength: 20 }), async (plays) => {
        const ties = await tiesAfter(plays.flat())
        for (let play = 0; play < plays.length; play += 1) {
          const [first, ...others] = ties.slice(play * 3, play * 3 + 3)
          for (const other of others) expect(other).toEqual(first)
        }
      }),
      { numRuns: 3, endOnFailure: true },
    )
  })

  it('are taken back when a later told sign-in contradicts them, and given again when that is explained', async () => {
    const [one, two] = [
      { at: 0, connection: 'conn_1' },
      { at: minute, connection: 'conn_2' },
    ]
    const last = { at: 2 * minute, session: 's2' }
    const between = { at: 30 * second, session: 's1' }
    expect(
      await tiesAfter([
        [one, last],
        [one, last, two],
        [one, last, two, between],
      ]),
    ).toEqual([
      [['s2', 'conn_1']],
      [],
      [
        ['s1', 'conn_1'],
        ['s2', 'conn_2'],
      ],
    ])
  })

  it('stand whatever is put together, where the session told its connection itself', async () => {
    const [sides] = [
      [
        { at: 0, connection: 'conn_1' },
        { at: second, session: 's1' },
      ],
    ]
    await store.append('session_edges', [
      {
        ...{ tenant: `play-${played + 1}-0000`, instance: 'one', edge: 'connection' },
        ...{ value: 'conn_1', session_kind: 'online', session_id: 's1' },
        first_seen_at: new Date(start).toISOString(),
      },
    ])
    const contradicted = [...sides, { at: 500, connection: 'conn_2' }]
    expect(await tiesAfter([contradicted])).toEqual([[['s1', 'conn_1']]])
  })
})
