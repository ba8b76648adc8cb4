import { defaultPolicy } from '../../src/config/policy.ts'
import type { Clock, Row } from '../../src/contract/ports.ts'
import { openEnforcer } from '../../src/enforce/enforce.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import type { Store } from '../../src/store/store.ts'
import { idleMeter, silentLog } from '../given.ts'
import type { OraclePair } from './oracle.ts'
import { emptyStore } from './read-store.ts'
import type { Happening, Told } from './world.ts'
import { instance, makeRunningClock, openTestIngest, tell } from './world.ts'

/** Playing histories on the engine, several tenants at a time: a block costs the same whatever it holds. */

export const soak = process.env.CURFEW_SOAK !== undefined
export const tenants = 6

/** Shrinking on the engine takes longer than reading the counterexample as it was found. */
export const trials = (few: number) => ({
  numRuns: soak ? few * 90 : few,
  endOnFailure: true,
})

/** For a law on the engine, which other work on the machine may slow down by much. */
export const timeout = soak ? 3_600_000 : 300_000

/** How one tenant's history is told. */
export interface Tale {
  readonly tenant: string
  readonly batches: readonly (readonly Told[])[]
}

export const tenantOf = (index: number) => `acme${index}`

export const inOrder = (history: readonly Happening[]): readonly Told[] =>
  [...tell(history)].sort((one, other) => one.at - other.at)

export function talesOf(
  all: readonly (readonly Happening[])[],
  batchesOfOne: (told: readonly Told[], index: number) => readonly (readonly Told[])[],
): readonly Tale[] {
  return all.map((history, index) => ({
    tenant: tenantOf(index),
    batches: batchesOfOne(inOrder(history), index),
  }))
}

/**
 * Tells tales to an empty store, batch by batch, all tenants in turn; after some of the rounds the
 * process starts again with nothing in memory.
 */
export async function play(
  store: Store,
  tales: readonly Tale[],
  { restartAfter = [] as readonly number[], subjectsMax = 1_000 } = {},
): Promise<void> {
  await emptyStore(store)
  // One clock over all restarts: what a later process tells is the newer version of a finding.
  const clock = makeRunningClock()
  let ingest = await openTestIngest({ store, subjectsMax, clock })
  const longest = Math.max(...tales.map(({ batches }) => batches.length))
  for (let round = 0; round < longest; round += 1) {
    const durable: Promise<void>[] = []
    for (const { tenant, batches } of tales) {
      const batch = batches[round]
      if (batch === undefined || batch.length === 0) continue
      durable.push(
        (await ingest.take(tenant, batch, { firstOffset: offsetOf(batches, round) })).durable,
      )
    }
    await Promise.all(durable)
    if (!restartAfter.includes(round)) continue
    await ingest.close()
    ingest = await openTestIngest({ store, subjectsMax, clock })
  }
  await ingest.close()
}

/** Where a batch begins: what follows a restart goes on from there. */
export const offsetOf = (batches: Tale['batches'], round: number): number =>
  batches.slice(0, round).reduce((sum, { length }) => sum + length, 0)

/** What the enforcer adds on its own, with no provider to ask. */
export async function sweep(store: Store, clock: Clock = makeRunningClock()): Promise<void> {
  const enforcer = await openEnforcer({
    ask: store.askControl,
    append: store.append,
    providers: new Map(),
    policy: defaultPolicy,
    guards: [],
    condemn: makeCondemn({ policy: defaultPolicy }),
    clock,
    random: () => 0.5,
    log: silentLog,
    meter: idleMeter,
    killSwitch: { isOn: () => false },
    everyMs: 1_000,
    notify: () => {},
  })
  for (let rounds = 0; (await enforcer.tick()).more; rounds += 1) {
    if (rounds > 50) throw new TypeError('the enforcer never came to an end')
  }
  await enforcer.close()
}

/** The same by a plain model of it: every pair that is not there yet. */
export async function sweepPlainly(store: Store, pairs: readonly OraclePair[]): Promise<void> {
  const known = await store.ask('select distinct curfew_id, cause_id from curfews')
  const names = new Set(known.map(({ curfew_id: curfew, cause_id: cause }) => `${curfew} ${cause}`))
  const missing = pairs.filter((pair) => !names.has(nameOf(pair)))
  await store.append(
    'curfews',
    missing.map((pair) => ({
      tenant: pair.tenant,
      instance,
      curfew_id: pair.curfewId,
      session_kind: pair.sessionKind,
      session_id: pair.sessionId,
      incarnation: pair.incarnation,
      class: pair.class,
      cause_id: pair.causeId,
      cause_at: new Date(pair.causeAt).toISOString(),
      deadline_at: new Date(pair.deadlineAt).toISOString(),
      mode: 'observe',
      may_act: true,
      certainty: 'certain',
      scope_kind: pair.scopeKind,
      subject_ref: pair.subjectRef,
      found_by: 'sweep',
      detected_at: new Date(pair.causeAt).toISOString(),
    })),
  )
}

export const nameOf = ({ curfewId, causeId }: OraclePair) => `${curfewId} ${causeId}`

/** Standing curfews as the names of the pairs they consist of. */
export const namesOf = (curfews: readonly Row[]): readonly string[] =>
  curfews.flatMap(({ curfew_id: curfew, causes }) =>
    (Array.isArray(causes) ? causes : []).map((cause) => `${curfew} ${cause}`),
  )

const byId = <T extends { readonly curfew_id?: unknown }>(rows: readonly T[]) =>
  [...rows].sort((one, other) => (String(one.curfew_id) < String(other.curfew_id) ? -1 : 1))

/** The curfews that a set of pairs folds to: T and deadline are the earliest of them. */
export function foldOf(pairs: readonly OraclePair[]) {
  const folded = [...Map.groupBy(pairs, ({ curfewId }) => curfewId)].map(([curfewId, some]) => ({
    curfew_id: curfewId,
    causes: some.map(({ causeId }) => causeId).sort(),
    cause_ms: Math.min(...some.map(({ causeAt }) => causeAt)),
    deadline_ms: Math.min(...some.map(({ deadlineAt }) => deadlineAt)),
  }))
  return byId(folded)
}

/** The same of curfews as the view tells them. */
export const foldedOf = (curfews: readonly Row[]) =>
  byId(
    curfews.map(({ curfew_id, causes, cause_ms, deadline_ms }) => ({
      curfew_id,
      causes,
      cause_ms,
      deadline_ms,
    })),
  )
