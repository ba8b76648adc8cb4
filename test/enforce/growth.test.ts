import { describe, expect, it } from 'vitest'
import { fillPolicy } from '../../src/config/policy.ts'
import type { Append } from '../../src/contract/ports.ts'
import { ProviderChannel } from '../../src/enforce/calls/provider-channel.ts'
import { makeBudget } from '../../src/enforce/calls/rate-limit.ts'
import { makeApplyCauses } from '../../src/enforce/match/apply-causes.ts'
import { makeVoidExemptions } from '../../src/enforce/match/exemption.ts'
import { batchAppends } from '../../src/enforce/observe/batch-loader.ts'
import { Counters } from '../../src/enforce/orders/counters.ts'
import { demandOf } from '../../src/enforce/orders/demand.ts'
import { fold, open } from '../../src/enforce/orders/order.ts'
import { OrderLog } from '../../src/enforce/orders/order-log.ts'
import { planFor } from '../../src/enforce/review/plan.ts'
import { ReviewQueue } from '../../src/enforce/review/review-queue.ts'
import { Isolation } from '../../src/enforce/scheduling/isolate.ts'
import { makeScope } from '../../src/enforce/session/scope-index.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { assess } from '../../src/verdict/assess.ts'
import type { LoadFacts, SessionFacts } from '../../src/verdict/session-facts.ts'
import { makeFakeProvider } from '../fakes/provider.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'
import { growthOf } from '../parts/steps.ts'
import { aCause, aKnown, aPair } from './given-facts.ts'
import { noon } from './given-orders.ts'

const policy = fillPolicy({ version: 1 })
const { clock } = makeClock()
const list = <Item>(count: number, make: (each: number) => Item): Item[] =>
  Array.from({ length: count }, (_, each) => make(each))
const instants = (count: number): number[] => list(count, (each) => noon + each)
const ask = async () => []

/** Ten lives of each hundred facts, or a hundred of them. */
const livesOf = (count: number): SessionFacts['incarnations'] =>
  list(count, (each) => ({
    incarnation: each,
    from: each === 0 ? Number.NEGATIVE_INFINITY : noon + 100 * each,
    until: each === count - 1 ? Number.POSITIVE_INFINITY : noon + 100 * (each + 1),
    aliveAt: null,
    subjectRef: '',
  }))

const knowAll =
  (pairs: number): LoadFacts =>
  async (_tenant, _instance, ids) =>
    new Map(
      ids.map((sessionId) => [
        `acme\u0000idp\u0000online\u0000${sessionId}`,
        aKnown({
          sessionId,
          pairs: list(pairs, (each) => aPair({ causeId: `c${each}`, curfewId: sessionId })),
        }),
      ]),
    )

function hold(sessions: number, causes: number, exempt = '') {
  const append = async (): Promise<void> => {}
  const holding = makeApplyCauses({
    ...{ ask, append, clock, policy, loadFacts: knowAll(causes) },
    voidExemptions: makeVoidExemptions({ ask, policy }),
    condemn: makeCondemn({ policy }),
  })
  return holding(
    { tenant: 'acme', instance: 'idp', sessionIds: list(sessions, (each) => `s${each}`) },
    list(causes, (each) => aCause({ causeId: `c${each}`, exemptSessionId: exempt })),
  )
}

/** The way to a provider that takes two calls, and then one a second. */
function aLane() {
  const budget = makeBudget({ callsPerSecondMax: 1, clock })
  const { provider } = makeFakeProvider({ now: clock.now, pass: async () => {} })
  const ports = { clock, random: () => 0.5, log: silentLog, meter: idleMeter }
  const bounds = { timeoutMs: 1_000, isElected: () => true, givenUp: undefined }
  return new ProviderChannel({ key: 'acme\u0000idp', provider, budget, ...ports, ...bounds })
}

function ledgerOf() {
  const counters = new Counters({ ask, clock })
  const isolation = new Isolation({ ask, clock, log: silentLog, onWork: () => {} })
  const append: Append = async () => {}
  return new OrderLog({ ask, append, clock, counters, isolation })
}

const first = (each: number, causeIds: readonly string[] = []) => {
  const name = {
    tenant: 'acme',
    instance: 'idp',
    sessionKind: 'online',
    sessionId: `s${each}`,
  } as const
  const opening = { ...name, incarnation: 0, orderId: `o${each}`, subjectRef: '', provider: 'idp' }
  return open(opening, { curfewIds: [], causeIds, reason: '' }, { epoch: 1, at: noon })
}

function join(causes: number): void {
  const causeIds = list(causes, (each) => `c${each}`)
  const order = fold(undefined, first(0, causeIds))
  const assessment = assess(
    aKnown({ pairs: causeIds.map((causeId) => aPair({ causeId })) }),
    5_000,
  )[0]
  if (!assessment) throw new Error('one life is regarded')
  planFor(assessment, demandOf(assessment), [order], policy)
}

/** Work by how much of it there is; what is named with each is ten times as much at the second size. */
const works: { readonly [name: string]: readonly [number, (size: number) => unknown] } = {
  'causes and refusals of a session': [
    5_000,
    (size) =>
      assess(
        aKnown({
          pairs: list(size, (each) => aPair({ causeId: `c${each}`, causeAt: noon + each })),
          refusals: instants(size),
        }),
        5_000,
      ),
  ],
  'ends of a session, and calls for it': [
    5_000,
    (size) => assess(aKnown({ ends: instants(size), calls: instants(size) }), 5_000),
  ],
  'lives of a session id, and what was seen in them': [
    1_000,
    (size) =>
      assess(
        aKnown({
          incarnations: livesOf(size),
          creations: instants(size),
          ends: instants(size),
          refusals: instants(10 * size),
          pairs: list(size, (each) => aPair({ incarnation: each })),
        }),
        5_000,
      ),
  ],
  'causes that an order answers': [2_000, join],
  'sessions that are held against causes': [30, (size) => hold(size, 20)],
  'causes that are held against sessions': [30, (size) => hold(20, size)],
  'causes that exempt a session': [100, (size) => hold(1, size, 's0')],
  'ties of a session': [
    3_000,
    (size) => {
      const ties = list(size, (each) => ({ edge: 'connection', value: `v${each}` }))
      const change = (each: number) => ({ scopeKind: 'connection', scopeId: `v${each}` }) as const
      return makeScope(list(size, (each) => aCause(change(each))))(aKnown(), ties)
    },
  ],
  'sessions that wait to be reviewed': [
    1_500,
    (size) => {
      const changed = new ReviewQueue()
      for (const sessionId of list(size, (each) => `s${each}`)) {
        const instance = `idp${Number(sessionId.slice(1)) % 7}`
        changed.add({ tenant: 'acme', instance, sessionKind: 'online', sessionId })
      }
      while (changed.size > 0) changed.take(() => 500)
    },
  ],
  'orders that are opened and looked through': [
    500,
    async (size) => {
      const orderLog = ledgerOf()
      await orderLog.applyTransitions(
        list(size, (each) => ({ first: first(each), by: [{ what: 'passed' }] })),
      )
      return [...orderLog.openAt('acme\u0000idp')]
    },
  ],
  'orders that wait for a call of their provider, and looks beside them': [
    500,
    async (size) => {
      const lane = aLane()
      for (const orderId of list(size, (each) => `o${each}`)) {
        lane.reserve('reserved', orderId)
        await lane.call('read', 'reserved', async () => 'unasked')
      }
    },
  ],
  'rows that callers hand over side by side': [
    2_000,
    (size) => {
      const append = batchAppends(async () => {})
      return Promise.all(list(size, (number) => append('evidence', [{ number }])))
    },
  ],
}

/** The least processor time of several runs, ms: what else happens only adds to it. */
async function leastMs(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 4; run += 1) {
    const begun = process.threadCpuUsage()
    await work()
    const { user, system } = process.threadCpuUsage(begun)
    least = Math.min(least, (user + system) / 1_000)
  }
  return least
}

describe('ten times as many', () => {
  it.each(Object.entries(works))('%s take at most twelve times the steps', async (_, of) => {
    const [size, work] = of
    const growth = await growthOf(size, work)
    expect(growth).toBeLessThan(12)
    // Less would be work that was not done.
    expect(growth).toBeGreaterThan(5)
  })

  it.each(Object.entries(works))('%s cost about ten times as much', async (_, [size, work]) => {
    await work(10 * size)
    const small = await leastMs(() => work(size))
    const large = await leastMs(() => work(10 * size))
    // What the engine's own functions do is in no count of steps. A square would be a hundred times; what is
    // between is for the collector and the caches.
    expect(large / Math.max(small, 1)).toBeLessThan(50)
  })
})
