import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import { instanceKey } from '../../src/contract/identity.ts'
import type { Capabilities } from '../../src/enforce/provider-kit/provider.ts'
import { recordProofRules, recordTiming } from '../../src/enforce/session/clock-uncertainty.ts'
import { proofRuleOf } from '../../src/enforce/session/proof-rule.ts'
import type { CurfewEntry } from '../../src/show/queries/curfews.ts'
import { curfewColumns, toCurfew } from '../../src/show/queries/curfews.ts'
import { fewMax, judgeFew } from '../../src/show/queries/judge-few.ts'
import type { ActivePair } from '../../src/verdict/assess.ts'
import { assess } from '../../src/verdict/assess.ts'
import type { SessionFacts } from '../../src/verdict/session-facts.ts'
import { makeLoadFacts } from '../../src/verdict/session-facts.ts'
import type { Stage } from '../enforce/stage.ts'
import { openStage } from '../enforce/stage.ts'
import { aSession, base, iso, name, rowsOf, second, signsOf } from '../enforce/told-sessions.ts'
import { makeFakeProvider } from '../fakes/provider.ts'
import { livesOf } from './lives-model.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const declare = (at: number, uncertaintyMs: number) =>
  recordTiming({
    ask: stage.store.ask,
    append: stage.store.append,
    clock: { now: () => at, wait: async () => undefined },
    policy: {
      ...defaultPolicy,
      timing: { ...defaultPolicy.timing, clockUncertaintyMs: uncertaintyMs },
    },
  })

const { capabilities: honest } = makeFakeProvider({
  now: () => base,
  pass: async () => {},
}).provider
const echoing: Capabilities = { ...honest, proofs: { ...honest.proofs, ownEnd: 'acknowledges' } }
const undoable: Capabilities = {
  ...honest,
  repeat: { call: 'again', apartMs: 3 * second },
  proofs: {
    ...echoing.proofs,
    absence: 'after_nothing_left',
    read: 'after_nothing_left',
    otherEnd: 'after_nothing_left',
    refusal: 'again_apart',
  },
}

const declareRules = (at: number, capabilities: Capabilities) =>
  recordProofRules({
    ask: stage.store.ask,
    append: stage.store.append,
    clock: { now: () => at, wait: async () => undefined },
    proving: new Map([[instanceKey('acme', 'idp'), [capabilities]]]),
  })

/** Holds the rule of the few against the view of all, as of an instant. */
async function expectAgreement(known: Iterable<SessionFacts>, asOf: number, uncertaintyMs: number) {
  const viewed = await stage.store.ask(
    `select curfew_id, arraySort(cause_ids) as causes, certainty,
       toUnixTimestamp64Milli(alive_at) as alive_ms, toUnixTimestamp64Milli(dead_at) as dead_ms
     from verdicts(as_of = {as_of:DateTime64(3)}) order by curfew_id`,
    { as_of: asOf },
  )
  const looked = [...known]
    .flatMap((session) => assess(session, uncertaintyMs))
    .flatMap(({ active, aliveAt, reused }) =>
      [...Map.groupBy(active, ({ pair }) => pair.curfewId)].map(([curfewId, some]) => ({
        curfew_id: curfewId,
        causes: some.map(({ pair }) => pair.causeId).sort(),
        certainty: earliest(some)?.certainty ?? '',
        alive_ms: aliveAt,
        dead_ms: some[0]?.deadAt ?? null,
        reused,
      })),
    )
    .sort((one, other) => (one.curfew_id < other.curfew_id ? -1 : 1))
  expect(looked.length).toBeGreaterThan(300)
  expect(looked.map(({ curfew_id, causes }) => ({ curfew_id, causes }))).toEqual(
    viewed.map(({ curfew_id, causes }) => ({ curfew_id, causes })),
  )
  // Of a life that is over only the last sign of any later life is folded, and nothing rests on it.
  const current = looked.filter(({ reused }) => !reused).map(({ reused: _, ...each }) => each)
  const seen = new Set(current.map(({ curfew_id }) => curfew_id))
  expect(current).toEqual(viewed.filter(({ curfew_id }) => seen.has(String(curfew_id))))
}

/** Sessions whose id was used once: of others only the view knows all. */
const ofOneLife = () =>
  told.flatMap((session, index) => (livesOf(signsOf(session)).length === 1 ? [idOf(index)] : []))

/** Holds the whole entries that the API makes of few sessions against the view's. */
async function expectSameEntries(asOf: number) {
  const ids = ofOneLife()
  const rows = await stage.store.ask(
    `select ${curfewColumns} from verdicts(as_of = {as_of:DateTime64(3)})
     where session_id in {ids:Array(String)} order by curfew_id`,
    { as_of: new Date(asOf), ids },
  )
  const entries: CurfewEntry[] = []
  for (let from = 0; from < ids.length; from += fewMax) {
    const sessions = ids.slice(from, from + fewMax).map((id) => ({ instance: 'idp', id }))
    const some = await judgeFew({ ask: stage.store.ask, tenant: 'acme', sessions, asOf })
    expect(some).toBeDefined()
    entries.push(...(some ?? []))
  }
  expect(entries.length).toBeGreaterThan(200)
  const byId = (one: CurfewEntry, other: CurfewEntry) => (one.curfew_id < other.curfew_id ? -1 : 1)
  expect(entries.sort(byId)).toEqual(rows.map(toCurfew).sort(byId))
}

const earliest = (standing: readonly ActivePair[]): ActivePair | undefined =>
  standing.toSorted(
    ({ pair: a }, { pair: b }) =>
      Number(b.mayAct) - Number(a.mayAct) ||
      a.causeAt - b.causeAt ||
      (a.causeId < b.causeId ? -1 : 1),
  )[0]

const told = fc.sample(aSession, { numRuns: 400, seed: 20261103 })
const idOf = (index: number) => `s${String(index).padStart(3, '0')}`

describe('the narrow look at a few sessions', () => {
  it('says of every curfew what the view of all verdicts says, by whichever clock uncertainty was in force', async () => {
    const tables = { events: [], evidence: [], order_steps: [], listed_sessions: [] } as {
      [table in keyof ReturnType<typeof rowsOf>]: object[]
    }
    const curfews: object[] = []
    for (const [index, session] of told.entries()) {
      const id = idOf(index)
      const rows = rowsOf(id, session)
      tables.events.push(...rows.events)
      tables.evidence.push(...rows.evidence)
      tables.order_steps.push(...rows.order_steps)
      tables.listed_sessions.push(...rows.listed_sessions)
      // Sessions of the same names elsewhere, of which other things are told.
      const others = rowsOf(id, told[(index + 1) % told.length] ?? session)
      for (const elsewhere of [{ tenant: 'rival' }, { instance: 'other' }]) {
        tables.events.push(...others.events.map((row) => ({ ...row, ...elsewhere })))
        tables.evidence.push(...others.evidence.map((row) => ({ ...row, ...elsewhere })))
        tables.order_steps.push(...others.order_steps.map((row) => ({ ...row, ...elsewhere })))
      }
      const incarnations = livesOf(signsOf(session))
      for (const { incarnation } of incarnations) {
        for (const [
          place,
          { at, class: causeClass, mayAct, isCopied },
        ] of session.causes.entries()) {
          const row = {
            ...name,
            curfew_id: `${id}-${incarnation}-${causeClass}`,
            session_id: id,
            incarnation,
            class: causeClass,
            cause_id: `${id}-c${place}`,
            cause_at: iso(at),
            deadline_at: iso(at + 10 * second),
            mode: 'enforce',
            may_act: mayAct,
            certainty: 'certain',
            scope_kind: 'subject',
            subject_ref: 'ref-ada',
            found_by: 'sweep',
            detected_at: iso(at),
          }
          curfews.push(row)
          // What a lane knew that may not act, and has not heard whose session it is.
          const copy = { mode: 'observe', may_act: false, subject_ref: '', scope_kind: 'session' }
          if (isCopied) curfews.push({ ...row, ...copy, detected_at: iso(at - second) })
        }
      }
    }
    for (const [table, rows] of Object.entries(tables)) await stage.store.append(table, rows)
    await stage.store.append('curfews', curfews)

    const known = await makeLoadFacts(stage.store.ask)(
      'acme',
      'idp',
      told.map((_, index) => idOf(index)),
    )
    // None written down yet, then whatever policy comes into force, one after the other.
    for (const [turn, seconds] of [5, 0, 11, 60].entries()) {
      const asOf = base + (3_600 + turn) * second
      if (turn > 0) await declare(asOf, seconds * second)
      await expectAgreement(known.values(), asOf, seconds * second)
      await expectSameEntries(asOf)
    }
    // What was judged before is judged by what was in force then.
    await expectAgreement(known.values(), base + 3_602 * second, 11 * second)
    // Then whatever is worth a proof at its provider.
    for (const [turn, capabilities] of [undoable, echoing].entries()) {
      const asOf = base + (3_700 + turn) * second
      await declareRules(asOf, capabilities)
      const ruled = await makeLoadFacts(stage.store.ask, () => proofRuleOf(capabilities))(
        'acme',
        'idp',
        told.map((_, index) => `s${String(index).padStart(3, '0')}`),
      )
      await expectAgreement(ruled.values(), asOf, 60 * second)
      await expectSameEntries(asOf)
    }
  })

  it('leaves to the view an id that was used again, and what was seen after the instant that is asked about', async () => {
    const again = told.findIndex((session) => livesOf(signsOf(session)).length > 1)
    const few = (id: string, asOf: number) =>
      judgeFew({ ask: stage.store.ask, tenant: 'acme', sessions: [{ instance: 'idp', id }], asOf })
    expect(await few(idOf(again), base + 3_800 * second)).toBeUndefined()
    const [once = ''] = ofOneLife()
    expect(await few(once, base + 3_800 * second)).toBeDefined()
    expect(await few(once, base - second)).toBeUndefined()
  })

  it('leaves to the view an instant before a cause was replaced', async () => {
    const [once = ''] = ofOneLife()
    const at = iso(base + 3_900 * second)
    const replaced = { tenant: 'acme', instance: 'idp', event_id: `${once}-e`, at }
    await stage.store.append('replaced_causes', [
      { ...replaced, cause_id: `${once}-c0`, by_cause_id: `${once}-by` },
    ])
    const sessions = [{ instance: 'idp', id: once }]
    const few = (seconds: number) => {
      const asOf = base + seconds * second
      return judgeFew({ ask: stage.store.ask, tenant: 'acme', sessions, asOf })
    }
    expect(await few(3_890)).toBeUndefined()
    expect(await few(3_910)).toBeDefined()
  })

  it('counts the lives of an id as the words of the rule and the view of lives do', async () => {
    const rows = await stage.store.ask(
      `select session_id,
         arraySort(groupArray((incarnation, toUnixTimestamp64Milli(from_at)))) as incarnations
       from session_lives where tenant = 'acme' and instance = 'idp' group by session_id`,
    )
    const viewed = new Map(rows.map(({ session_id, incarnations }) => [session_id, incarnations]))
    let [several, atOnce] = [0, 0]
    for (const [index, session] of told.entries()) {
      const incarnations = livesOf(signsOf(session))
      const seen = viewed.get(idOf(index))
      if (incarnations.length === 1) expect(seen).toBeUndefined()
      else {
        several += 1
        if (incarnations.some(({ from }) => session.ends.includes(from))) atOnce += 1
        expect(seen).toEqual(
          incarnations.map(({ incarnation, from }) => [incarnation, Math.max(0, from)]),
        )
      }
    }
    expect(several).toBeGreaterThan(50)
    // A sign-in at the instant of an end.
    expect(atOnce).toBeGreaterThan(5)
  })
})
