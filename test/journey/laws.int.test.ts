import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Row } from '../../src/contract/ports.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'
import { batchesOf, habits, histories, splitOf, tellings } from './histories.ts'
import { pairsOf } from './oracle.ts'
import type { Tale } from './play.ts'
import {
  foldedOf,
  foldOf,
  nameOf,
  namesOf,
  play,
  sweep,
  talesOf,
  tenantOf,
  tenants,
  timeout,
  trials,
} from './play.ts'
import {
  causesTold,
  firstSights,
  sessionsState,
  standingCurfews,
  standingFindings,
} from './read-store.ts'
import type { Happening } from './world.ts'
import { minute, tell } from './world.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

/** An expiry told long after finds the earliest use that memory still holds, not always the same. */
const byName = (findings: readonly Row[]) =>
  findings.map(({ at, event_ids, ...named }) =>
    named.detector === 'used-after-expiry' ? named : { ...named, at, event_ids },
  )

const sorted = (names: readonly string[]) => [...names].sort()

function pairsOfAll(all: readonly { readonly history: readonly Happening[] }[]) {
  const each = all.map(({ history }, index) => pairsOf(tenantOf(index), tell(history)))
  return {
    pairs: each.flatMap(({ pairs }) => pairs),
    exempt: new Set(each.flatMap(({ exempt }) => exempt.map(nameOf))),
  }
}

const forTenants = <T>(one: fc.Arbitrary<T>) =>
  fc.array(one, { minLength: tenants, maxLength: tenants })

describe('facts, causes, curfews and verdicts', () => {
  let [condemned, hurried] = [0, 0]

  it(
    'are the same in any order, with any repeats and any split into batches',
    async () => {
      const told = forTenants(
        histories.chain((history) =>
          tellings(history.length).map((telling) => ({ history, telling })),
        ),
      )
      const law = fc.asyncProperty(told, async (all) => {
        const { pairs, exempt } = pairsOfAll(all)
        const endOf = async (tales: readonly Tale[]) => {
          await play(store, tales)
          const state = { ...(await sessionsState(store)), causes: await causesTold(store) }
          const inline = namesOf(await standingCurfews(store))
          await sweep(store)
          return { state, inline, curfews: await standingCurfews(store) }
        }
        const plain = all.map(({ history }) => history)
        const straight = await endOf(talesOf(plain, (each) => [each]))
        const crooked = await endOf(
          talesOf(plain, (each, index) => {
            const telling = all[index]?.telling
            return telling ? batchesOf(each, telling) : []
          }),
        )
        expect(crooked.state).toEqual(straight.state)
        expect(crooked.curfews).toEqual(straight.curfews)
        const sure = straight.curfews.filter(
          (each) => !namesOf([each]).some((name) => exempt.has(name)),
        )
        const names = new Set(foldedOf(sure).map(({ curfew_id: id }) => id))
        expect(foldedOf(sure)).toEqual(foldOf(pairs).filter(({ curfew_id: id }) => names.has(id)))
        expect(sorted(namesOf(straight.curfews).filter((name) => !exempt.has(name)))).toEqual(
          sorted(pairs.map(nameOf)),
        )
        // Imposing inline only hurries: what it finds the sweep would find, under the same names.
        const expected = new Set(pairs.map(nameOf))
        for (const { inline } of [straight, crooked]) {
          expect(inline.filter((name) => !expected.has(name))).toEqual([])
        }
        condemned += pairs.length
        hurried += straight.inline.length
      })
      await fc.assert(law, trials(2))
    },
    timeout,
  )

  it('were many in the histories that the law was tried on, and not a few found at once', () => {
    expect(condemned).toBeGreaterThan(3 * tenants)
    expect(hurried).toBeGreaterThan(condemned / 8)
  })
})

describe('findings of what somebody does', () => {
  let found = 0

  it(
    'are the same with any repeats, any split, and up to two minutes out of order',
    async () => {
      const told = forTenants(
        fc.record({
          history: habits,
          delays: fc.array(fc.integer({ min: 0, max: 2 * minute - 1 }), {
            minLength: 16,
            maxLength: 16,
          }),
          // Copies come at any time after, since every channel repeats at its own pace.
          copies: fc.array(
            fc.record({ of: fc.nat({ max: 15 }), after: fc.integer({ min: 0, max: 90 * minute }) }),
            { maxLength: 5 },
          ),
          ends: splitOf(16),
        }),
      )
      const law = fc.asyncProperty(told, async (all) => {
        const plain = all.map(({ history }) => history)
        await play(
          store,
          talesOf(plain, (each) => [each]),
        )
        const straight = await standingFindings(store)
        const sights = await firstSights(store)
        const crooked = talesOf(plain, (each, index) => {
          const { delays = [], copies = [], ends = [] } = all[index] ?? {}
          const arrivals = each.map((one, at) => ({ one, at: one.at + (delays[at] ?? 0) }))
          const again = copies.flatMap(({ of, after }) => {
            const one = each[of]
            return one ? [{ one, at: one.at + 2 * minute + after }] : []
          })
          const order = [...arrivals, ...again].sort((a, b) => a.at - b.at).map(({ one }) => one)
          return batchesOf(order, { order: [...order.keys()], ends })
        })
        await play(store, crooked)
        expect(byName(await standingFindings(store))).toEqual(byName(straight))
        expect(await firstSights(store)).toEqual(sights)
        found += straight.length
      })
      await fc.assert(law, trials(2))
    },
    timeout,
  )

  it('were many in the histories that the law was tried on', () => {
    expect(found).toBeGreaterThan(tenants)
  })
})
