import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../src/config/policy.ts'
import type { Cause } from '../../../src/contract/cause.ts'
import type { OrderState } from '../../../src/contract/order-step.ts'
import { terminalStates } from '../../../src/contract/order-step.ts'
import { objectionText } from '../../../src/enforce/guarding/objection-text.ts'
import { absences, sessionLabel } from '../../../src/enforce/observe/lister.ts'
import type { ListSnapshot } from '../../../src/enforce/observe/recent-lists.ts'
import { demandOf } from '../../../src/enforce/orders/demand.ts'
import type { Order } from '../../../src/enforce/orders/order.ts'
import { fold, open } from '../../../src/enforce/orders/order.ts'
import { planFor } from '../../../src/enforce/review/plan.ts'
import { makeScope } from '../../../src/enforce/session/scope-index.ts'
import { assess } from '../../../src/verdict/assess.ts'
import type { SessionFacts } from '../../../src/verdict/session-facts.ts'
import { aKnown, aPair } from '../given-facts.ts'

const noon = Date.parse('2026-11-03T12:00:00.000Z')
const second = 1_000

/** The only life of a session, as it stands against its curfews. */
function lifeOf(session: SessionFacts) {
  const assessment = assess(session, 5 * second)[0]
  if (!assessment) throw new Error('a session has at least one life')
  return assessment
}

const anOrder = (state: OrderState, change: Partial<Order['last']> = {}): Order => {
  const opening = { tenant: 'acme', instance: 'idp', orderId: 'o1', provider: 'idp' }
  const session = { sessionKind: 'online', sessionId: 's1', incarnation: 0 } as const
  const about = { curfewIds: ['k1'], causeIds: ['c1'], reason: '' }
  const named = { ...opening, ...session, subjectRef: 'ref-ada' }
  const first = open(named, about, { epoch: 1, at: noon })
  return fold(fold(undefined, first), { ...first, seq: 2, state, ...change })
}

const plan = (session: SessionFacts, orders: readonly Order[]) => {
  const life = lifeOf(session)
  return planFor(life, demandOf(life), orders, defaultPolicy)
}

describe('what standing curfews ask for', () => {
  it('takes its mode only from pairs that may act, where there are any', () => {
    const replayed = aPair({ causeId: 'c2', mayAct: false, mode: 'enforce' })
    const live = aPair({ mode: 'observe' })
    expect(demandOf(lifeOf(aKnown({ pairs: [replayed, live] })))).toMatchObject({
      mode: 'observe',
      mayAct: true,
      causeIds: ['c1'],
      curfewIds: ['k1'],
    })
    expect(demandOf(lifeOf(aKnown({ pairs: [replayed] })))).toMatchObject({
      mode: 'enforce',
      mayAct: false,
      causeIds: [],
    })
  })

  it('is as certain as the surest of its strongest pairs', () => {
    const createdAt = noon - 60 * second
    const session = { createdAt, creations: [createdAt], firstSeenAt: createdAt }
    const close = aPair({ causeAt: createdAt + 2 * second, causeId: 'c2' })
    const observed = aPair({ mode: 'observe' })
    expect(demandOf(lifeOf(aKnown({ ...session, pairs: [close, observed] })))).toMatchObject({
      mode: 'enforce',
      certainty: 'ambiguous',
    })
    expect(demandOf(lifeOf(aKnown({ ...session, pairs: [close, aPair()] })))).toMatchObject({
      certainty: 'certain',
    })
  })

  it('is nothing when the session was created after its cause or ended before it', () => {
    const later = aKnown({ creations: [noon + 6 * second], createdAt: noon + 6 * second })
    expect(demandOf(lifeOf(later))).toBeUndefined()
    expect(demandOf(lifeOf(aKnown({ ends: [noon - second] })))).toBeUndefined()
  })

  it('is owed until there is proof of death after the last sign of life', () => {
    const gone = [{ at: noon + 20 * second, means: 'read' }]
    expect(demandOf(lifeOf(aKnown({ gone })))).toMatchObject({ outstanding: false })
    const alive = aKnown({ gone, aliveAts: [noon + 30 * second] })
    expect(demandOf(lifeOf(alive))).toMatchObject({ outstanding: true })
    // Proof from before the cause says nothing about what the cause condemns.
    expect(
      demandOf(lifeOf(aKnown({ gone: [{ at: noon - second, means: 'read' }] }))),
    ).toMatchObject({ outstanding: true })
  })
})

describe('the plan for a condemned session', () => {
  it('opens one order and then lets it be', () => {
    expect(plan(aKnown(), [])).toMatchObject({ plan: 'open', ordinal: 0 })
    for (const state of ['queued', 'throttled', 'verifying', 'awaiting_approval'] as const) {
      expect(plan(aKnown(), [anOrder(state)])).toEqual({ plan: 'nothing' })
    }
  })

  it('opens another order after one that is over only for a reason nobody answered', () => {
    const more = aKnown({ pairs: [aPair(), aPair({ causeId: 'c2' })] })
    for (const state of terminalStates) {
      if (['contained', 'unverified', 'already_ended', 'cancelled'].includes(state)) continue
      expect(plan(aKnown(), [anOrder(state)])).toEqual({ plan: 'nothing' })
      expect(plan(more, [anOrder(state)])).toMatchObject({ plan: 'open', ordinal: 1 })
    }
  })

  it('does not take a replayed cause for a new reason', () => {
    const replayed = aKnown({ pairs: [aPair(), aPair({ causeId: 'c2', mayAct: false })] })
    expect(plan(replayed, [anOrder('denied')])).toEqual({ plan: 'nothing' })
  })

  it('tries anew what was suppressed for want of a subject once the subject is known', () => {
    expect(plan(aKnown(), [anOrder('suppressed', { subjectRef: '' })])).toMatchObject({
      plan: 'open',
      ordinal: 1,
    })
  })

  it('asks nobody any more, also after nobody answered, once a session is certainly older than its cause', () => {
    const reason = `${objectionText('certain', 'no event says when it began')}; nobody decided in time`
    expect(plan(aKnown(), [anOrder('awaiting_approval', { reason })])).toMatchObject({
      plan: 'judge',
    })
    expect(plan(aKnown(), [anOrder('expired', { reason })])).toMatchObject({ plan: 'open' })
    expect(plan(aKnown(), [anOrder('denied', { reason })])).toEqual({ plan: 'nothing' })
    const undated = aKnown({ creations: [], createdAt: null, firstSeenAt: noon + second })
    for (const state of ['awaiting_approval', 'expired'] as const) {
      expect(plan(undated, [anOrder(state, { reason })])).toEqual({ plan: 'nothing' })
    }
  })

  it('never acts on an id that names another session by now', () => {
    const creations = [noon - 600 * second, noon + 100 * second]
    const born = noon + 100 * second
    const unnamed = { aliveAt: null, subjectRef: '' }
    const incarnations = [
      { ...{ incarnation: 0, from: Number.NEGATIVE_INFINITY, until: born }, ...unnamed },
      { ...{ incarnation: 1, from: born, until: Number.POSITIVE_INFINITY }, ...unnamed },
    ]
    const reused = aKnown({ incarnations, creations })
    expect(plan(reused, [])).toEqual({ plan: 'nothing' })
  })

  it('calls a session back into the queue whenever it lives after its end, ever later within an hour', () => {
    const lives = aKnown({ aliveAts: [noon + 600 * second] })
    const contained = anOrder('contained', { at: noon + 10 * second })
    expect(plan(lives, [contained])).toMatchObject({ plan: 'move', by: { what: 'lived' } })
    const inFlight = aKnown({ aliveAts: [noon + 20 * second] })
    expect(plan(inFlight, [contained])).toMatchObject({ plan: 'move', by: { what: 'questioned' } })
  })

  it('leaves an order alone while its call is under way', () => {
    const more = aKnown({ pairs: [aPair(), aPair({ causeId: 'c2' })] })
    expect(plan(more, [anOrder('dispatching')])).toEqual({ plan: 'nothing' })
  })

  it('withdraws an order whose reasons fell, unless its call was made', () => {
    const young = aKnown({ creations: [noon + 60 * second], createdAt: noon + 60 * second })
    expect(plan(young, [anOrder('queued')])).toMatchObject({ by: { what: 'withdrawn' } })
    expect(plan(young, [anOrder('verifying')])).toEqual({ plan: 'nothing' })
  })
})

describe('silence in a list', () => {
  const list = (startedAt: number, names: readonly string[], complete = true): ListSnapshot => ({
    startedAt,
    finishedAt: startedAt + 1,
    complete,
    names: new Set(names),
  })
  const name = sessionLabel('online', 's1')

  it('counts only in complete lists begun after the call, and from the last one that showed it', () => {
    expect(absences([list(10, []), list(20, [])], name, 5)).toHaveLength(2)
    expect(absences([list(10, []), list(20, [])], name, 10)).toHaveLength(1)
    expect(absences([list(10, []), list(20, [], false)], name, 5)).toHaveLength(1)
    expect(absences([list(10, []), list(20, [name]), list(30, [])], name, 5)).toHaveLength(1)
  })

  it('says nothing of a kind of session that the list would not show', () => {
    const users = { ...list(10, []), kinds: ['online'] as const }
    expect(absences([users, { ...users, startedAt: 20 }], name, 5)).toHaveLength(2)
    expect(absences([users], sessionLabel('agent', 's1'), 5)).toHaveLength(0)
  })

  it('is about one kind of session, since two kinds may share an id', () => {
    expect(absences([list(10, [sessionLabel('offline', 's1')])], name, 5)).toHaveLength(1)
  })
})

describe('the scope of a cause', () => {
  const cause: Cause = {
    tenant: 'acme',
    instance: 'idp',
    causeId: 'c1',
    class: 'membership_deactivated',
    eventId: 'e1',
    at: noon,
    receivedAt: noon,
    lane: 'live',
    mayAct: true,
    modeMax: 'enforce',
    scopeKind: 'subject_organization',
    scopeId: 'org-1',
    subjectRef: 'ref-ada',
    sessionKind: '',
    sessionId: '',
    exemptSessionId: '',
    flowSessionId: '',
    initiatorKind: '',
    initiatorId: '',
    reason: '',
  }

  it('cannot be entered by an organization that is named like somebody in it', () => {
    const scope = makeScope([cause])
    const bob = aKnown({ subjectRef: '' })
    expect(scope(bob, [{ edge: 'organization', value: 'ref-ada org-1' }])).toEqual([])
    expect(scope(aKnown(), [{ edge: 'organization', value: 'org-1' }])).toHaveLength(1)
  })

  it('is empty when the cause names nothing, not everything', () => {
    const scope = makeScope([
      { ...cause, scopeId: '' },
      { ...cause, scopeKind: 'subject', subjectRef: '' },
      { ...cause, scopeKind: 'device', scopeId: '' },
      { ...cause, scopeKind: 'session', sessionId: '' },
    ])
    const session = aKnown({ subjectRef: '', sessionId: '' })
    expect(scope(session, [{ edge: 'device', value: '' }])).toEqual([])
  })
})
