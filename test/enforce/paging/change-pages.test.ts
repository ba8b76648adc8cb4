import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Row } from '../../../src/contract/ports.ts'
import type { PageBounds } from '../../../src/enforce/paging/change-pages.ts'
import { beyondIds, ChangePages } from '../../../src/enforce/paging/change-pages.ts'
import { makeClock } from '../../given.ts'

interface Place {
  readonly tenant: string
  readonly instance: string
  readonly id: string
}
type Stored = Place & { readonly at: number }

const list = <Item>(count: number, make: (each: number) => Item): Item[] =>
  Array.from({ length: count }, (_, each) => make(each))
const nameOf = ({ tenant, instance, id }: Place) => [tenant, instance, id].join(' ')
const rowOf = (tenant: string, each: number, at = 0): Stored => ({
  ...{ tenant, instance: 'idp', id: String(each).padStart(6, '0'), at },
})

/** What the store answers for a page, as its statement says it. */
function pageOf(rows: readonly Stored[], values: Place & PageBounds): readonly Row[] {
  const taken = new Map<string, number>()
  const place = nameOf(values)
  return rows
    .filter(({ at }) => at >= values.since)
    .filter((row) => nameOf(row) > place && row.tenant <= values.last_tenant)
    .toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
    .filter(({ tenant }) => {
      taken.set(tenant, (taken.get(tenant) ?? 0) + 1)
      return (taken.get(tenant) ?? 0) <= values.share
    })
    .slice(0, values.most)
    .map((row) => ({ ...row }))
}

function given(stored: Stored[], more: { readonly hasRoom?: (key: string) => boolean } = {}) {
  const pages = new ChangePages<Place>({
    ...{ clock: makeClock().clock, share: 20, most: 100, first: { id: '' }, ...more },
    last: { id: beyondIds },
    positionOf: ({ tenant, instance, id }) => ({
      ...{ tenant: String(tenant), instance: String(instance), id: String(id) },
    }),
  })
  const taken: string[] = []
  const store = { asked: 0, isAway: false }
  const read = () =>
    pages.read(
      async (values) => {
        store.asked += 1
        return pageOf(stored, values)
      },
      async (rows) => {
        if (store.isAway) throw new Error('away')
        for (const row of rows) taken.push(`${row.tenant} ${row.id}`)
      },
    )
  return { pages, taken, store, read }
}

describe('news that are read in pages', () => {
  it('are those of everybody at once: a flood of one tenant holds up nobody, and no read grows with it', async () => {
    const flood = list(5_000, (each) => rowOf('acme', each))
    const { pages, taken, store, read } = given([...flood, rowOf('globex', 1)])
    pages.changedSince(0)
    await read()
    expect(taken).toContain('globex 000001')
    expect([store.asked, taken.length]).toEqual([4, 321])
    let most = 0
    while (!pages.isDone) {
      const before = taken.length
      await read()
      most = Math.max(most, taken.length - before)
    }
    expect([new Set(taken).size, taken.length, most]).toEqual([5_001, 5_001, 400])
  })

  it('of an instance that has no room are left in the store, and those of the others go on', async () => {
    let isFull = true
    const rows = ['acme', 'globex'].flatMap((tenant) => list(50, (each) => rowOf(tenant, each)))
    const hasRoom = (key: string) => !(isFull && key.startsWith('acme'))
    const { pages, taken, read } = given(rows, { hasRoom })
    pages.changedSince(0)
    for (let rounds = 0; rounds < 5; rounds += 1) await read()
    expect(new Set(taken).size).toBe(50)
    expect([pages.isDone, pages.canContinue]).toEqual([false, false])
    isFull = false
    expect(pages.canContinue).toBe(true)
    while (!pages.isDone) await read()
    expect(new Set(taken).size).toBe(100)
  })

  it('are read again where they could not be taken', async () => {
    const { pages, taken, store, read } = given(list(150, (each) => rowOf('acme', each)))
    pages.changedSince(0)
    store.isAway = true
    await expect(read()).rejects.toThrow('away')
    store.isAway = false
    while (!pages.isDone) await read()
    expect(taken).toHaveLength(150)
  })

  it('are all read, whenever they come and whoever they are of', async () => {
    const tenant = fc.constantFrom('acme', 'globex', 'initech')
    const some = fc.array(fc.record({ tenant, each: fc.nat({ max: 500 }) }), { maxLength: 120 })
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 6 }), async (batches) => {
        const stored: Stored[] = []
        const { pages, taken, read } = given(stored)
        for (const [at, batch] of batches.entries()) {
          for (const { tenant: of, each } of batch) stored.push(rowOf(of, each, at))
          if (batch.length > 0) pages.changedSince(at)
          await read()
        }
        for (let rounds = 0; !pages.isDone; rounds += 1) {
          expect(rounds).toBeLessThan(100)
          await read()
        }
        const all = new Set(stored.map(({ tenant: of, id }) => `${of} ${id}`))
        expect(new Set(taken)).toEqual(all)
      }),
      { numRuns: 200 },
    )
  })
})
