import { describe, expect, it } from 'vitest'
import { connector as keycloak } from '../../src/connectors/keycloak/connector.ts'
import { connector as loopback } from '../../src/connectors/loopback/connector.ts'
import { connector as workos } from '../../src/connectors/workos/connector.ts'
import type { ProofRule } from '../../src/contract/deaths.ts'
import { contractRule } from '../../src/contract/deaths.ts'
import { assess } from '../../src/verdict/assess.ts'
import type { Pair } from '../../src/verdict/curfew-pairs.ts'
import type { SessionFacts } from '../../src/verdict/session-facts.ts'

const noon = Date.parse('2026-11-03T12:00:00.000Z')
const second = 1_000
const at = (seconds: number) => noon + seconds * second

const pair: Pair = {
  incarnation: 0,
  curfewId: 'k1',
  class: 'operator_order',
  causeId: 'c1',
  causeAt: noon,
  deadlineAt: at(60),
  mode: 'enforce',
  mayAct: true,
  subjectRef: 'ref-ada',
}

const known = (change: Partial<SessionFacts>): SessionFacts => ({
  tenant: 'acme',
  instance: 'idp',
  sessionKind: 'online',
  sessionId: 's1',
  subjectRef: 'ref-ada',
  listedSubjectRef: '',
  onBehalfOfRef: '',
  namedByEvent: true,
  createdAt: at(-600),
  firstSeenAt: at(-600),
  firstAliveAt: null,
  incarnations: [],
  aliveAts: [],
  usedAts: [],
  shownAts: { listing: [], read: [] },
  creations: [at(-600)],
  ends: [],
  refusals: [],
  acknowledged: [],
  calls: [],
  nothingLeft: [],
  gone: [],
  rule: contractRule,
  pairs: [pair],
  ...change,
})

const first = (change: Partial<SessionFacts>) => assess(known(change), 5 * second)[0]

describe('what is known of a session', () => {
  it('leaves no curfew on a session that had ended before its cause', () => {
    expect(first({ ends: [at(-60)] })?.active).toEqual([])
    const inFlight = first({ ends: [at(-60)], aliveAts: [at(-56)] })
    expect(inFlight).toMatchObject({ endedAt: at(-60), active: [] })
  })

  it('counts an end at the instant at which the next life of its id begins for the life before', () => {
    const unnamed = { aliveAt: null, subjectRef: '' }
    const incarnations = [
      { ...{ incarnation: 0, from: Number.NEGATIVE_INFINITY, until: at(10) }, ...unnamed },
      { ...{ incarnation: 1, from: at(10), until: Number.POSITIVE_INFINITY }, ...unnamed },
    ]
    const pairs = [pair, { ...pair, incarnation: 1, curfewId: 'k2', causeAt: at(20) }]
    const told = known({ incarnations, pairs, creations: [at(-600), at(10)], ends: [at(10)] })
    const [before, after] = assess(told, 5 * second)
    expect(before).toMatchObject({ endedAt: at(10), active: [{ deadAt: at(10) }] })
    expect(after).toMatchObject({ endedAt: null, active: [{ deadAt: null }] })
  })

  it('keeps the curfew on a session whose end a later sign of life refutes, until it dies again', () => {
    const refuted = first({ ends: [at(-60)], aliveAts: [at(-30)] })
    expect(refuted).toMatchObject({ endedAt: null, active: [{ deadAt: null }] })
    const dead = first({ ends: [at(-60), at(10)], aliveAts: [at(-30)] })
    expect(dead).toMatchObject({ endedAt: at(10), active: [{ deadAt: at(10) }] })
    const deadBefore = first({ ends: [at(-60), at(-20)], aliveAts: [at(-30)] })
    expect(deadBefore).toMatchObject({ endedAt: at(-20), active: [] })
  })

  it('takes no sign-in for the birth of a session that was used before it', () => {
    const signIn = { createdAt: at(60), creations: [at(60)], firstSeenAt: at(-600) }
    expect(first({ ...signIn, firstAliveAt: at(-600) })).toMatchObject({
      createdAt: null,
      aliveAt: at(60),
      active: [{ certainty: 'certain' }],
    })
    // Seen first by its sign-in: it is younger than the cause.
    const born = first({ ...signIn, firstSeenAt: at(60), firstAliveAt: at(61) })
    expect(born).toMatchObject({ createdAt: at(60), active: [] })
  })

  it('counts a further sign-in as a sign of life that no earlier proof of death survives', () => {
    const again = first({ creations: [at(-600), at(30)], gone: [{ at: at(20), means: 'read' }] })
    expect(again).toMatchObject({ aliveAt: at(30), active: [{ deadAt: null }] })
  })

  it('judges each life of an id that was used again by what happened in it', () => {
    const incarnations = [
      {
        incarnation: 0,
        from: Number.NEGATIVE_INFINITY,
        until: at(30),
        aliveAt: at(-40),
        subjectRef: 'ref-ada',
      },
      {
        incarnation: 1,
        from: at(30),
        until: Number.POSITIVE_INFINITY,
        aliveAt: null,
        subjectRef: 'ref-bob',
      },
    ]
    const regarded = assess(
      known({ incarnations, creations: [at(-600), at(30)], ends: [at(10)], aliveAts: [at(40)] }),
      5 * second,
    )
    expect(regarded).toMatchObject([
      { reused: true, aliveAt: at(-40), active: [{ deadAt: at(10) }] },
      { reused: false, createdAt: at(30), active: [] },
    ])
    // Each is the session of whoever began it.
    expect(regarded.map((life) => life.facts.subjectRef)).toEqual(['ref-ada', 'ref-bob'])
  })
})

describe('what a provider answers to a call for the end of a session', () => {
  const providers: readonly (readonly [string, ProofRule])[] = [
    ['Keycloak', { ...keycloak.proofs, apartMs: 2_000 }],
    ['WorkOS', { ...workos.proofs, apartMs: 0 }],
    ['the demo', { ...loopback.proofs, apartMs: 0 }],
  ]

  // Some answer success for an id that they do not know, others that there is no such session.
  it.each(providers)('proves no death by itself, success or not, at %s', (_, rule) => {
    const calls = [at(1), at(4), at(7)]
    const success = { rule, calls, acknowledged: [at(2), at(5), at(8)] }
    expect(first(success)).toMatchObject({ active: [{ deadAt: null }] })
    const nothingLeft = { rule, calls, acknowledged: [at(2)], nothingLeft: [at(5), at(8)] }
    expect(first(nothingLeft)).toMatchObject({ active: [{ deadAt: null }] })
  })
})

describe('a question whose silence about a session was refuted by a use', () => {
  const listed = (seconds: number) => ({ at: at(seconds), means: 'listing' })
  const used = { aliveAts: [at(20)], usedAts: [at(20)] }
  const repeating: ProofRule = {
    ...contractRule,
    absence: 'after_nothing_left',
    otherEnd: 'after_nothing_left',
    apartMs: 2_000,
  }

  it('proves nothing of it any more', () => {
    expect(first({ ...used, gone: [listed(10), listed(30)] })).toMatchObject({
      blindTo: { listing: true, read: false, call: false },
      active: [{ deadAt: null }],
    })
    const byCall = { rule: repeating, nothingLeft: [at(10), at(30)], gone: [listed(30)] }
    expect(first({ ...used, ...byCall, ends: [at(31)] })).toMatchObject({
      blindTo: { listing: false, read: false, call: true },
      nothingLeftAt: null,
      active: [{ deadAt: null }],
    })
  })

  it('proves again once it has shown the session', () => {
    const shown = { ...used, aliveAts: [at(20), at(25)] }
    const gone = [listed(10), listed(30)]
    const byList = { gone, shownAts: { listing: [at(25)], read: [] } }
    expect(first({ ...shown, ...byList })).toMatchObject({ active: [{ deadAt: at(30) }] })
    const byRead = { gone, shownAts: { listing: [], read: [at(25)] } }
    expect(first({ ...shown, ...byRead })).toMatchObject({ active: [{ deadAt: null }] })
    const byCall = { rule: repeating, nothingLeft: [at(10), at(30)], acknowledged: [at(25)], gone }
    expect(first({ ...shown, ...byCall, shownAts: byList.shownAts })).toMatchObject({
      nothingLeftAt: at(30),
      active: [{ deadAt: at(30) }],
    })
  })

  it('leaves other questions what they are worth', () => {
    const gone = [listed(10), { at: at(30), means: 'read' }]
    expect(first({ ...used, gone })).toMatchObject({ active: [{ deadAt: at(30) }] })
  })

  it('is not refuted by a use as close as clocks may differ', () => {
    const close = { aliveAts: [at(14)], usedAts: [at(14)], gone: [listed(10), listed(16)] }
    expect(first(close)).toMatchObject({ active: [{ deadAt: at(16) }] })
  })
})
