import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import type { HttpEngine } from '../parts/clickhouse-http.ts'
import { startHttpEngine } from '../parts/clickhouse-http.ts'
import { openLastingStore } from '../parts/store.ts'
import { batchesOf, histories, tellings } from './histories.ts'
import { pairsOf } from './oracle.ts'
import {
  foldedOf,
  foldOf,
  nameOf,
  namesOf,
  play,
  sweep,
  talesOf,
  tenantOf,
  timeout,
} from './play.ts'
import { causesTold, sessionsState, standingCurfews } from './read-store.ts'
import { tell } from './world.ts'

const password = randomBytes(12).toString('hex')
let engine: HttpEngine
let store: Store
beforeAll(async () => {
  engine = await startHttpEngine('curfew', password)
  store = await openLastingStore({
    kind: 'server',
    url: engine.url,
    username: 'curfew',
    password,
    database: 'default',
  })
})
afterAll(async () => {
  await store.close()
  await engine[Symbol.asyncDispose]()
})

describe('the journey over a server', () => {
  it(
    'records what its histories condemn, told in any order and with restarts in between',
    async () => {
      const one = histories.chain((history) =>
        tellings(history.length).map((telling) => ({ history, telling })),
      )
      const all = fc.sample(one, { numRuns: 4, seed: 20_261_121 })
      const each = all.map(({ history }, index) => pairsOf(tenantOf(index), tell(history)))
      const pairs = each.flatMap((told) => told.pairs)
      const exempt = new Set(each.flatMap((told) => told.exempt.map(nameOf)))
      const plain = all.map(({ history }) => history)
      const endOf = async (tales: ReturnType<typeof talesOf>, restartAfter: readonly number[]) => {
        await play(store, tales, { restartAfter })
        const state = { ...(await sessionsState(store)), causes: await causesTold(store) }
        await sweep(store)
        return { state, curfews: await standingCurfews(store) }
      }
      const straight = await endOf(
        talesOf(plain, (told) => [told]),
        [],
      )
      const crooked = await endOf(
        talesOf(plain, (told, index) => {
          const telling = all[index]?.telling
          return telling ? batchesOf(told, telling) : []
        }),
        [0, 2],
      )
      expect(crooked).toEqual(straight)
      const sure = straight.curfews.filter(
        (row) => !namesOf([row]).some((name) => exempt.has(name)),
      )
      const named = new Set(foldedOf(sure).map(({ curfew_id: id }) => id))
      expect(foldedOf(sure)).toEqual(foldOf(pairs).filter(({ curfew_id: id }) => named.has(id)))
      expect(sure.length).toBeGreaterThan(4)
    },
    timeout,
  )
})
