import { describe, expect, it } from 'vitest'
import { fillPolicy } from '../../src/config/policy.ts'
import type { Cause } from '../../src/contract/cause.ts'
import type { SessionLifespan } from '../../src/contract/curfew.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'

const second = 1_000
const T = Date.parse('2026-11-03T10:00:00.000Z')

const cause: Cause = {
  tenant: 'acme',
  instance: 'one',
  causeId: 'cause',
  class: 'credential_changed',
  eventId: 'event',
  at: T,
  receivedAt: T,
  lane: 'live',
  mayAct: true,
  modeMax: 'enforce',
  scopeKind: 'subject',
  scopeId: '',
  subjectRef: 'ada',
  sessionKind: '',
  sessionId: '',
  exemptSessionId: '',
  flowSessionId: '',
  initiatorKind: 'user',
  initiatorId: '',
  reason: '',
}

const life: SessionLifespan = {
  tenant: 'acme',
  instance: 'one',
  sessionKind: 'online',
  sessionId: 's1',
  incarnation: 0,
  subjectRef: 'ada',
  createdAt: T - 60 * second,
  firstSeenAt: T - 60 * second,
  endedAt: null,
  suspect: false,
}

const condemn = makeCondemn({
  policy: fillPolicy({
    version: 1,
    causes: { credential_changed: { mode: 'enforce', deadline_seconds: 90 } },
  }),
})
const held = (more: Partial<Cause>, of: Partial<SessionLifespan> = {}) =>
  condemn({ ...cause, ...more }, { ...life, ...of }, { by: 'inline', at: T + second })

describe('a cause held against a session', () => {
  it('makes a curfew with the time of the cause and the deadline of its class', () => {
    expect(held({})).toMatchObject({
      causeAt: T,
      deadlineAt: T + 90 * second,
      detectedAt: T + second,
      certainty: 'certain',
      mode: 'enforce',
      mayAct: true,
      subjectRef: 'ada',
      incarnation: 0,
    })
  })

  it.each([
    ['long before it', -6, 'certain'],
    ['just within clock uncertainty before it', -5, 'ambiguous'],
    ['at the same instant', 0, 'ambiguous'],
    ['just within clock uncertainty after it', 5, 'ambiguous'],
    ['after it', 6, undefined],
  ] as const)('created %s: %s s, %s', (_, seconds, certainty) => {
    const createdAt = T + seconds * second
    expect(held({}, { createdAt, firstSeenAt: createdAt })?.certainty).toBe(certainty)
  })

  it.each([
    ['seen clearly before it', -6, 'certain'],
    ['seen about when it happened', -5, 'creation_unknown'],
    ['first seen long after it', 3_600, 'creation_unknown'],
  ] as const)('creation told by nobody, %s: neither spared nor sure', (_, seconds, certainty) => {
    const firstSeenAt = T + seconds * second
    expect(held({}, { createdAt: null, firstSeenAt })?.certainty).toBe(certainty)
  })

  it('does not condemn what was over before it, and does what ended by it or later', () => {
    expect(held({}, { endedAt: T - 1 })).toBeUndefined()
    expect(held({}, { endedAt: T })).toBeDefined()
    expect(held({}, { endedAt: T + 1 })).toBeDefined()
  })

  it('exempts the session that made the change, unless it is suspect itself', () => {
    expect(held({ exemptSessionId: 's1' })).toBeUndefined()
    expect(held({ exemptSessionId: 's2' })).toBeDefined()
    expect(held({ exemptSessionId: 's1' }, { suspect: true })).toBeDefined()
  })

  it('has one name for a session, life and class, whatever else of the cause', () => {
    const id = held({})?.curfewId
    expect(held({ causeId: 'other', at: T + second })?.curfewId).toBe(id)
    const others = [
      held({ class: 'factor_changed' }),
      held({}, { incarnation: 1 }),
      held({}, { sessionKind: 'offline' }),
      held({}, { sessionId: 's2' }),
      held({}, { instance: 'two' }),
      held({}, { tenant: 'globex' }),
    ].map((curfew) => curfew?.curfewId)
    expect(new Set([id, ...others]).size).toBe(7)
  })

  it('may do what both policy and cause allow, and never acts on history', () => {
    expect(held({ modeMax: 'approve' })?.mode).toBe('approve')
    expect(held({ class: 'factor_changed' })?.mode).toBe('observe')
    expect(held({ lane: 'historical' })?.mayAct).toBe(false)
    expect(held({ mayAct: false })?.mayAct).toBe(false)
  })

  it('holds however old it is', () => {
    expect(held({ at: T - 400 * 86_400 * second }, { createdAt: 0 })).toBeDefined()
  })
})
