import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instanceKey } from '../../src/contract/identity.ts'
import { declareProofRules, declareTiming } from '../../src/enforce/in-force.ts'
import type { Known } from '../../src/enforce/known.ts'
import { makeKnow } from '../../src/enforce/known.ts'
import { proofRuleOf } from '../../src/enforce/proof-rule.ts'
import type { Capabilities } from '../../src/enforce/provider.ts'
import type { Standing } from '../../src/enforce/regard.ts'
import { regard } from '../../src/enforce/regard.ts'
import { defaultPolicy } from '../../src/policy.ts'
import { makeFakeProvider } from '../fakes/provider.ts'
import { livesOf } from '../lives-model.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const base = Date.parse('2026-11-03T09:00:00.000Z')
const second = 1_000
const iso = (at: number) => new Date(at).toISOString()
const name = { tenant: 'acme', instance: 'idp', session_kind: 'online' }

/** Instants a few seconds apart, so that every order and every closeness to 5 s occurs. */
const instant = fc.integer({ min: 0, max: 30 }).map((step) => base + step * 2 * second)
const instants = (most: number) => fc.uniqueArray(instant, { maxLength: most })

const aSession = fc.record({
  creations: instants(3),
  ends: instants(3),
  accepted: instants(3),
  offline: instants(2),
  refusals: instants(2),
  listed: instants(2),
  gone: instants(2),
  subjectGone: instants(1),
  acknowledged: instants(2),
  nothingLeft: instants(2),
  calls: instants(2),
  absent: instants(2),
  readAlive: instants(2),
  causes: fc.array(
    fc.record({ at: instant, class: fc.constantFrom('credential_reset', 'finding') }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
})
type ASession = typeof aSession extends fc.Arbitrary<infer T> ? T : never

const signsOf = ({ creations, ends, accepted, listed, readAlive }: ASession) => ({
  creations,
  ends,
  alive: [...accepted, ...listed, ...readAlive],
})

/** Writes a session's facts where the recorder, the lists and the enforcer would. */
function rowsOf(id: string, told: ASession) {
  let number = 0
  const event = (type: string, at: number, more: object = {}) => {
    number += 1
    return {
      ...name,
      event_id: `${id}-${number}`,
      type,
      occurred_at: iso(at),
      received_at: iso(at),
      session_id: id,
      subject_ref: 'ref-ada',
      outcome: '',
      observer: '',
      refusal_reason: '',
      ...more,
    }
  }
  const evidence =
    (level: string, means = 'read') =>
    (at: number) => ({
      ...{ ...name, session_id: id, incarnation: 0, level, means, at: iso(at) },
      evidence_id: `${id}-${level}-${means}-${at}`,
    })
  const used = (observer: string) => (at: number) =>
    event('session.used', at, { outcome: 'accepted', observer })
  return {
    events: [
      ...told.creations.map((at) => event('session.created', at)),
      ...told.ends.map((at) => event('session.ended', at)),
      ...told.accepted.map(used('idp')),
      ...told.offline.map(used('application')),
      ...told.refusals.map((at) =>
        event('session.used', at, { outcome: 'refused', refusal_reason: 'session_ended' }),
      ),
    ],
    evidence: [
      ...told.gone.map(evidence('E2')),
      ...told.subjectGone.map(evidence('E2', 'subject_gone')),
      ...told.absent.map(evidence('E2', 'listing')),
      ...told.calls.map(evidence('E0', 'intent')),
      ...told.acknowledged.map(evidence('E1', 'answer')),
      ...told.nothingLeft.map(evidence('E1', 'nothing_left')),
      ...told.readAlive.map(evidence('alive')),
    ],
    listed_sessions: told.listed.map((at) => ({
      ...{ ...name, subject_ref: 'ref-ada', listing_id: 'l', session_id: id },
      listed_at: iso(at),
    })),
  }
}

const declare = (at: number, uncertaintyMs: number) =>
  declareTiming({
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
  declareProofRules({
    ask: stage.store.ask,
    append: stage.store.append,
    clock: { now: () => at, wait: async () => undefined },
    proving: new Map([[instanceKey('acme', 'idp'), [capabilities]]]),
  })

/** Holds the rule of the few against the view of all, as of an instant. */
async function expectAgreement(known: Iterable<Known>, asOf: number, uncertaintyMs: number) {
  const viewed = await stage.store.ask(
    `select curfew_id, arraySort(cause_ids) as causes, certainty,
       toUnixTimestamp64Milli(alive_at) as alive_ms, toUnixTimestamp64Milli(dead_at) as dead_ms
     from verdicts(as_of = {as_of:DateTime64(3)}) order by curfew_id`,
    { as_of: asOf },
  )
  const looked = [...known]
    .flatMap((session) => regard(session, uncertaintyMs))
    .flatMap(({ standing, aliveAt, reused }) =>
      [...Map.groupBy(standing, ({ pair }) => pair.curfewId)].map(([curfewId, some]) => ({
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

const earliest = (standing: readonly Standing[]): Standing | undefined =>
  standing.toSorted(
    ({ pair: a }, { pair: b }) => a.causeAt - b.causeAt || (a.causeId < b.causeId ? -1 : 1),
  )[0]

const told = fc.sample(aSession, { numRuns: 400, seed: 20261103 })
const idOf = (index: number) => `s${String(index).padStart(3, '0')}`

describe('the narrow look at a few sessions', () => {
  it('says of every curfew what the view of all verdicts says, by whichever clock uncertainty was in force', async () => {
    const tables = { events: [], evidence: [], listed_sessions: [] } as {
      [table in keyof ReturnType<typeof rowsOf>]: object[]
    }
    const curfews: object[] = []
    for (const [index, session] of told.entries()) {
      const id = idOf(index)
      const rows = rowsOf(id, session)
      tables.events.push(...rows.events)
      tables.evidence.push(...rows.evidence)
      tables.listed_sessions.push(...rows.listed_sessions)
      const lives = livesOf(signsOf(session))
      for (const { incarnation } of lives) {
        for (const [place, { at, class: causeClass }] of session.causes.entries()) {
          curfews.push({
            ...name,
            curfew_id: `${id}-${incarnation}-${causeClass}`,
            session_id: id,
            incarnation,
            class: causeClass,
            cause_id: `${id}-c${place}`,
            cause_at: iso(at),
            deadline_at: iso(at + 10 * second),
            mode: 'enforce',
            may_act: true,
            certainty: 'certain',
            scope_kind: 'subject',
            subject_ref: 'ref-ada',
            found_by: 'sweep',
            detected_at: iso(at),
          })
        }
      }
    }
    for (const [table, rows] of Object.entries(tables)) await stage.store.append(table, rows)
    await stage.store.append('curfews', curfews)

    const known = await makeKnow(stage.store.ask)(
      'acme',
      'idp',
      told.map((_, index) => idOf(index)),
    )
    // None written down yet, then whatever policy comes into force, one after the other.
    for (const [turn, seconds] of [5, 0, 11, 60].entries()) {
      const asOf = base + (3_600 + turn) * second
      if (turn > 0) await declare(asOf, seconds * second)
      await expectAgreement(known.values(), asOf, seconds * second)
    }
    // What was judged before is judged by what was in force then.
    await expectAgreement(known.values(), base + 3_602 * second, 11 * second)
    // Then whatever is worth a proof at its provider.
    for (const [turn, capabilities] of [undoable, echoing].entries()) {
      const asOf = base + (3_700 + turn) * second
      await declareRules(asOf, capabilities)
      const ruled = await makeKnow(stage.store.ask, () => proofRuleOf(capabilities))(
        'acme',
        'idp',
        told.map((_, index) => `s${String(index).padStart(3, '0')}`),
      )
      await expectAgreement(ruled.values(), asOf, 60 * second)
    }
  })

  it('counts the lives of an id as the words of the rule and the view of lives do', async () => {
    const rows = await stage.store.ask(
      `select session_id,
         arraySort(groupArray((incarnation, toUnixTimestamp64Milli(from_at)))) as lives
       from session_lives group by session_id`,
    )
    const viewed = new Map(rows.map(({ session_id, lives }) => [session_id, lives]))
    let [several, atOnce] = [0, 0]
    for (const [index, session] of told.entries()) {
      const lives = livesOf(signsOf(session))
      const seen = viewed.get(idOf(index))
      if (lives.length === 1) expect(seen).toBeUndefined()
      else {
        several += 1
        if (lives.some(({ from }) => session.ends.includes(from))) atOnce += 1
        expect(seen).toEqual(lives.map(({ incarnation, from }) => [incarnation, Math.max(0, from)]))
      }
    }
    expect(several).toBeGreaterThan(50)
    // A sign-in at the instant of an end.
    expect(atOnce).toBeGreaterThan(5)
  })
})
