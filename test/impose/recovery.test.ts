import { describe, expect, it } from 'vitest'
import { blankEvent } from '../../src/contract/event.ts'
import type { SubjectMemory } from '../../src/contract/memory.ts'
import { recoveryOf } from '../../src/impose/recovery.ts'

const minute = 60_000
const at = 100 * 24 * 60 * minute

const change = (more: Partial<ReturnType<typeof blankEvent>> = {}) => ({
  ...blankEvent(),
  id: 'change',
  type: 'credential.changed' as const,
  occurredAt: at,
  initiatorSessionId: 'flow',
  initiatorKind: 'user' as const,
  ...more,
})

const asked = (minutesBefore: number, flowId: string) => ({
  at: at - minutesBefore * minute,
  eventId: `asked ${minutesBefore}`,
  flowId,
  isDemand: flowId === '',
})

const knowing = (
  recoveries: SubjectMemory['recoveries'],
  seen: { readonly id: string; readonly firstSeenAt: number }[] = [],
  sessionsOverflow = false,
): NonNullable<Parameters<typeof recoveryOf>[1]> => ({
  recoveries,
  changes: [],
  sessionsOverflow,
  // Only these fields are read, and a whole session would say nothing more.
  sessions: seen.map((each) => ({
    creations: [],
    ...each,
  })) as unknown as SubjectMemory['sessions'],
})

describe('a change of a credential', () => {
  const older = [{ id: 'flow', firstSeenAt: at - minute }]

  it('is a recovery that exempts nobody when the same flow asked for it, also in a session', () => {
    expect(recoveryOf(change(), knowing([asked(1, 'flow')]))).toEqual({ exempts: 'nobody' })
    expect(recoveryOf(change(), knowing([asked(1, 'flow')], older))).toEqual({ exempts: 'nobody' })
    const factor = change({ type: 'factor.changed' })
    expect(recoveryOf(factor, knowing([asked(1, 'flow')]))).toEqual({ exempts: 'nobody' })
  })

  it('is a recovery when the link was opened in another browser, within a day', () => {
    expect(recoveryOf(change(), knowing([asked(1, 'other')]))).toEqual({ exempts: 'flow' })
    expect(recoveryOf(change(), knowing([asked(25 * 60, 'other')]))).toBeUndefined()
  })

  it('is a recovery that exempts nobody when an administrator demanded it, within a month', () => {
    expect(recoveryOf(change(), knowing([asked(25 * 60, '')]))).toEqual({ exempts: 'nobody' })
    expect(recoveryOf(change(), knowing([asked(31 * 24 * 60, '')]))).toBeUndefined()
  })

  it('is none in a session that was seen before, whoever asked for a mail meanwhile', () => {
    expect(recoveryOf(change(), knowing([asked(1, 'other'), asked(2, '')], older))).toBeUndefined()
    expect(recoveryOf(change(), knowing([asked(1, 'other')], [], true))).toBeUndefined()
  })

  it('is none in the session that a recovery of the same flow led to', () => {
    const born = [{ id: 'flow', firstSeenAt: at - 5 * minute, creations: [at - 5 * minute] }]
    expect(recoveryOf(change(), knowing([asked(10, 'flow')], born))).toBeUndefined()
    const factor = change({ type: 'factor.changed' })
    expect(recoveryOf(factor, knowing([asked(10, 'flow')], born))).toBeUndefined()
    expect(recoveryOf(change(), knowing([asked(2, 'flow')], born))).toEqual({ exempts: 'nobody' })
  })

  it('is the recovery that an administrator demanded in a session that was there before, once', () => {
    const there = [{ id: 'flow', firstSeenAt: at - 60 * minute }]
    const demanded = knowing([asked(10, '')], there)
    expect(recoveryOf(change(), demanded)).toEqual({ exempts: 'flow' })
    expect(recoveryOf(change(), knowing([asked(31 * 24 * 60, '')], there))).toBeUndefined()
    const having = (minutesBefore: number) => {
      const occurredAt = at - minutesBefore * minute
      return { ...demanded, changes: [{ ...change({ id: 'other', occurredAt }), toldAs: [] }] }
    }
    expect(recoveryOf(change(), having(5))).toBeUndefined()
    expect(recoveryOf(change(), having(20))).toEqual({ exempts: 'flow' })
  })

  it('is none before the request or without one', () => {
    expect(recoveryOf(change(), knowing([asked(0, 'flow')]))).toBeDefined()
    expect(recoveryOf(change(), knowing([asked(-1, 'flow')]))).toBeUndefined()
    expect(recoveryOf(change(), knowing([]))).toBeUndefined()
    expect(recoveryOf(change(), null)).toBeUndefined()
  })

  it('is a recovery after a request also when the change names no session', () => {
    const unnamed = change({ initiatorSessionId: '' })
    expect(recoveryOf(unnamed, knowing([asked(1, 'other')]))).toEqual({ exempts: 'flow' })
    expect(recoveryOf(unnamed, knowing([asked(1, 'other')], older, true))).toBeDefined()
    expect(recoveryOf(unnamed, knowing([asked(1, '')]))).toEqual({ exempts: 'nobody' })
    expect(recoveryOf(unnamed, knowing([asked(25 * 60, 'other')]))).toBeUndefined()
    expect(recoveryOf(unnamed, knowing([asked(31 * 24 * 60, '')]))).toBeUndefined()
    expect(recoveryOf(unnamed, knowing([asked(-1, 'other')]))).toBeUndefined()
    const factor = change({ type: 'factor.changed', initiatorSessionId: '' })
    expect(recoveryOf(factor, knowing([asked(1, 'other'), asked(1, '')]))).toBeUndefined()
  })

  it('answers the requests before it, so that the next one is ordinary', () => {
    const first = { ...change({ id: 'first', occurredAt: at - minute }), toldAs: [] }
    const having = (recoveries: SubjectMemory['recoveries'], more: Partial<typeof first>) => ({
      ...knowing(recoveries),
      changes: [{ ...first, ...more }],
    })
    const unnamed = change({ initiatorSessionId: '' })
    for (const request of [asked(2, 'other'), asked(2, '')]) {
      expect(recoveryOf(unnamed, having([request], { initiatorSessionId: '' }))).toBeUndefined()
      expect(
        recoveryOf(change(), having([request], { initiatorSessionId: 'else' })),
      ).toBeUndefined()
      const reset = { type: 'credential.reset', initiatorSessionId: '' } as const
      expect(recoveryOf(unnamed, having([request], reset))).toBeUndefined()
    }
    // Of the flow that asked only the first change; what another flow did is no answer to it.
    expect(recoveryOf(change(), having([asked(2, 'flow')], {}))).toBeUndefined()
    expect(
      recoveryOf(change(), having([asked(2, 'flow')], { initiatorSessionId: 'else' })),
    ).toEqual({
      exempts: 'nobody',
    })
    // A request that came in between is not answered yet, nor one of a password by another factor.
    expect(recoveryOf(unnamed, having([asked(2, ''), asked(0.5, '')], {}))).toBeDefined()
    expect(
      recoveryOf(change(), having([asked(2, 'flow')], { type: 'factor.changed' })),
    ).toBeDefined()
  })

  it('in a session that was seen before answers nothing', () => {
    const seen = [{ id: 'flow', firstSeenAt: at - 5 * minute }]
    const first = { ...change({ id: 'first', occurredAt: at - minute }), toldAs: [] }
    const subject = { ...knowing([asked(2, 'other')], seen), changes: [first] }
    expect(recoveryOf(change({ initiatorSessionId: 'new' }), subject)).toEqual({ exempts: 'flow' })
  })

  it('takes the session that the event is about for the flow where no other is named', () => {
    const named = change({ initiatorSessionId: '', sessionId: 'flow' })
    expect(recoveryOf(named, knowing([asked(1, 'flow')], older))).toEqual({ exempts: 'nobody' })
    expect(recoveryOf(named, knowing([asked(1, 'other')], older))).toBeUndefined()
    expect(recoveryOf(named, knowing([asked(1, 'other')]))).toEqual({ exempts: 'flow' })
  })

  it('of another factor is none for a request of another flow, which asked for a password', () => {
    const factor = change({ type: 'factor.changed' })
    expect(recoveryOf(factor, knowing([asked(1, 'other'), asked(1, '')]))).toBeUndefined()
  })
})
