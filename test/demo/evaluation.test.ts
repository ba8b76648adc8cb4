import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Found, FoundCurfew } from '../../src/demo/evaluation.ts'
import { evaluate } from '../../src/demo/evaluation.ts'
import { latencyOf, verdictsOf } from '../../src/demo/figures.ts'
import type { CauseTruth, PlantedTruth, TruthEntry } from '../../src/simulate/truth.ts'

const at = '2026-11-03T09:00:00.000Z'

function planted(
  kind: PlantedTruth['kind'],
  id: string,
  expected: PlantedTruth['expect'],
): PlantedTruth {
  const session = { instance: 'loopback', kind: 'online', id } as const
  return {
    kind,
    id: `p-${id}`,
    session,
    subject: 'ada',
    at,
    expect: expected,
    events: [],
    notes: {},
  }
}

function aCause(
  causeClass: CauseTruth['class'],
  ids: readonly string[],
  exempt: readonly string[] = [],
): CauseTruth {
  const sessions = [...ids, ...exempt].map((id) => ({
    instance: 'loopback',
    kind: 'online' as const,
    id,
    subject: 'ada',
    created_at: at,
    expires_at: at,
    confirmed_at: at,
    via: 'scope' as const,
    exempt: exempt.includes(id),
    left: 'no' as const,
  }))
  return {
    kind: 'cause',
    id: 'c1',
    class: causeClass,
    at,
    event_id: 'e1',
    subject: 'ada',
    scope: { kind: 'subject' },
    sessions,
  }
}

const theft = (id: string) => planted('theft', id, { detector: 'impossible-travel' })
const survivor = (id: string) => planted('survivor', id, { curfew: { class: 'credential_reset' } })

const finding = (detector: string, id: string) => ({ detector, session: `online/${id}` })

function curfew(id: string, more: Partial<FoundCurfew> = {}): FoundCurfew {
  return {
    class: 'credential_reset',
    session: `online/${id}`,
    certain: true,
    verdict: 'kept',
    dead: true,
    diedAfterMs: 1_000,
    deadBy: 'E2',
    endedByUs: true,
    acknowledgedAt: 0,
    subjectRef: 'ada',
    causeAt: 0,
    ...more,
  }
}

const nothing: Found = { findings: [], curfews: [] }

describe('findings held against the truth', () => {
  it('are counted by detector: how much was found, and how much of it is true', () => {
    const truth = [theft('a'), theft('b'), theft('c'), theft('d')]
    const findings = ['a', 'a', 'b', 'x'].map((id) => finding('impossible-travel', id))
    const { detectors, missed, wrong } = evaluate(truth, { ...nothing, findings })
    expect(detectors).toEqual({
      'impossible-travel': {
        planted: 4,
        found: 2,
        recall: 0.5,
        said: 4,
        right: 3,
        precision: 0.75,
      },
    })
    expect(missed).toEqual(['impossible-travel online/c', 'impossible-travel online/d'])
    expect(wrong).toEqual(['impossible-travel online/x'])
  })

  it('are right on a session on which something else is planted, and find only what is theirs', () => {
    const truth = [theft('a'), planted('use_after_expiry', 'b', { detector: 'used-after-expiry' })]
    const findings = [finding('used-after-expiry', 'a')]
    expect(evaluate(truth, { ...nothing, findings }).detectors['used-after-expiry']).toEqual({
      planted: 1,
      found: 0,
      recall: 0,
      said: 1,
      right: 1,
      precision: 1,
    })
  })

  it('have no precision where the truth plants nothing of their kind, and no recall either', () => {
    const findings = [finding('new-country', 'a')]
    const { detectors, wrong } = evaluate([theft('b')], { ...nothing, findings })
    expect(detectors['new-country']).toMatchObject({ recall: null, precision: null, said: 1 })
    expect(detectors['impossible-travel']).toMatchObject({ recall: 0, precision: null, said: 0 })
    expect(wrong).toEqual([])
  })
})

describe('curfews held against the truth', () => {
  it('are owed to every session in scope that is not exempt, by class of cause', () => {
    const truth = [
      aCause('credential_reset', ['a', 'b'], ['own']),
      aCause('credential_reset', ['a']),
      aCause('device_lost', ['a']),
    ]
    const curfews = [
      curfew('a'),
      curfew('own'),
      curfew('guess', { certain: false, endedByUs: false }),
    ]
    const { curfews: classes, missed, wrong } = evaluate(truth, { ...nothing, curfews })
    expect(classes).toEqual({
      credential_reset: { planted: 2, found: 1, recall: 0.5, said: 2, right: 1, precision: 0.5 },
      device_lost: { planted: 1, found: 0, recall: 0, said: 0, right: 0, precision: null },
    })
    expect(missed).toEqual(['credential_reset online/b', 'device_lost online/a'])
    expect(wrong).toEqual(['ended online/own', 'credential_reset online/own'])
  })
})

describe('survivors', () => {
  const truth = [
    survivor('a'),
    survivor('b'),
    survivor('c'),
    aCause('credential_reset', ['a', 'b', 'c', 'd']),
  ]

  it('are found when they are condemned, and contained when their death is proven', () => {
    const curfews = [curfew('a'), curfew('b', { dead: false, diedAfterMs: null, endedByUs: false })]
    expect(evaluate(truth, { ...nothing, curfews }).survivors).toEqual({
      planted: 3,
      found: 2,
      dead: 1,
      endedWrongly: 0,
    })
  })

  it('are not false when a person ordered the end', () => {
    const curfews = [curfew('x', { class: 'operator_order' }), curfew('x'), curfew('y')]
    const { survivors, wrong } = evaluate([], { ...nothing, curfews })
    expect(survivors.endedWrongly).toBe(1)
    expect(wrong).toContain('ended online/y')
    expect(wrong).not.toContain('ended online/x')
  })

  it('are false when we ended what the truth gives no reason to end', () => {
    const curfews = [
      curfew('d'),
      curfew('x'),
      curfew('x', { class: 'device_lost' }),
      curfew('y', { endedByUs: false }),
    ]
    const { survivors, wrong } = evaluate(truth, { ...nothing, curfews })
    expect(survivors).toMatchObject({ found: 0, endedWrongly: 1 })
    expect(wrong).toContain('ended online/x')
  })

  it('of another kind of session with the same id are others', () => {
    const curfews = [curfew('a', { session: 'offline/a' })]
    expect(evaluate(truth, { ...nothing, curfews }).survivors).toMatchObject({
      found: 0,
      endedWrongly: 1,
    })
  })
})

describe('an evaluation', () => {
  it('says nothing is there of an empty store, and divides by nothing', () => {
    expect(evaluate([], nothing)).toEqual({
      detectors: {},
      curfews: {},
      survivors: { planted: 0, found: 0, dead: 0, endedWrongly: 0 },
      missed: [],
      wrong: [],
    })
  })

  it('finds never more than was planted, and is the same in whatever order it is told', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd')
    const entries: fc.Arbitrary<TruthEntry> = fc.oneof(
      ids.map(theft),
      ids.map(survivor),
      fc.array(ids).map((each) => aCause('credential_reset', [...new Set(each)])),
    )
    const found = fc.record({
      findings: fc.array(ids.map((id) => finding('impossible-travel', id))),
      curfews: fc.array(
        fc.tuple(ids, fc.boolean()).map(([id, endedByUs]) => curfew(id, { endedByUs })),
      ),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(entries, { selector: (entry) => JSON.stringify(entry) }),
        found,
        (truth, store) => {
          const evaluation = evaluate(truth, store)
          for (const score of [
            ...Object.values(evaluation.detectors),
            ...Object.values(evaluation.curfews),
          ]) {
            expect(score.found).toBeLessThanOrEqual(score.planted)
            expect(score.right).toBeLessThanOrEqual(score.said)
          }
          const { survivors } = evaluation
          expect(survivors.found).toBeLessThanOrEqual(survivors.planted)
          const reversed = {
            findings: store.findings.toReversed(),
            curfews: store.curfews.toReversed(),
          }
          const { detectors, curfews } = evaluate(truth.toReversed(), reversed)
          expect({ detectors, curfews }).toEqual({
            detectors: evaluation.detectors,
            curfews: evaluation.curfews,
          })
        },
      ),
    )
  })
})

describe('the figures of a demo', () => {
  it('count verdicts of certain curfews by cause', () => {
    const curfews = [
      curfew('a'),
      curfew('b', { verdict: 'open' }),
      curfew('c', { verdict: 'broken', class: 'device_lost' }),
      curfew('d', { certain: false }),
    ]
    expect(verdictsOf(curfews)).toEqual({
      credential_reset: { kept: 1, broken: 0, open: 1, unproven: 0 },
      device_lost: { kept: 0, broken: 1, open: 0, unproven: 0 },
    })
  })

  it('measure latency over what Curfew itself ended and proved, as the least that a share took', () => {
    const of = (ms: readonly number[]) =>
      latencyOf(ms.map((diedAfterMs, id) => curfew(String(id), { diedAfterMs })))
    expect(of([])).toEqual({ n: 0, p50Ms: null, p95Ms: null, p99Ms: null })
    expect(of([7])).toEqual({ n: 1, p50Ms: 7, p95Ms: 7, p99Ms: 7 })
    expect(of([4, 1, 3, 2])).toEqual({ n: 4, p50Ms: 2, p95Ms: 4, p99Ms: 4 })
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(of(hundred)).toEqual({ n: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99 })
    const others = [curfew('a', { endedByUs: false }), curfew('b', { diedAfterMs: null })]
    expect(latencyOf(others).n).toBe(0)
  })
})
