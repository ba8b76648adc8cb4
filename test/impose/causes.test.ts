import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultPolicy, fillPolicy } from '../../src/config/policy.ts'
import type { Cause, CauseClass } from '../../src/contract/cause.ts'
import { causeScopes } from '../../src/contract/cause.ts'
import type { EventType, ScopeKind } from '../../src/contract/event-words.ts'
import { EventType as EventTypeSchema } from '../../src/contract/event-words.ts'
import { causeOfEvent } from '../../src/impose/causes.ts'
import type { Happening } from '../journey/world.ts'
import { minute, refOf, start } from '../journey/world.ts'
import { eventsOf } from '../recall/judge.ts'

const causeOf = (
  happening: Partial<Happening> & Pick<Happening, 'type'>,
  policy = defaultPolicy,
) => {
  const [enriched] = eventsOf('acme', [{ at: minute, id: 'e', ...happening }])
  if (!enriched) throw new TypeError('there is one event')
  return causeOfEvent(enriched.event, policy)
}

/** Everything that a scope can be named by. */
const named = {
  subject: 'ada',
  session: 's1',
  organization: 'o1',
  connection: 'c1',
  device: 'd1',
  grant: 'g1',
} as const

const ids: { readonly [Kind in ScopeKind]: string } = {
  session: '',
  subject: '',
  subject_organization: 'o1',
  connection: 'c1',
  device: 'd1',
  grant: 'g1',
  organization: 'o1',
}

/** What each type of event condemns, by itself. */
const table: readonly (readonly [EventType, CauseClass, ScopeKind])[] = [
  ['credential.reset', 'credential_reset', 'subject'],
  ['credential.changed', 'credential_changed', 'subject'],
  ['factor.changed', 'factor_changed', 'subject'],
  ['subject.suspended', 'subject_suspended', 'subject'],
  ['subject.offboarded', 'subject_offboarded', 'subject'],
  ['membership.deactivated', 'membership_deactivated', 'subject_organization'],
  ['access.reduced', 'access_reduced', 'subject_organization'],
  ['directory.deactivated', 'directory_deactivated', 'connection'],
  ['connection.deactivated', 'connection_deactivated', 'connection'],
  ['grant.revoked', 'grant_revoked', 'grant'],
  ['device.lost', 'device_lost', 'device'],
  ['organization.deactivated', 'organization_deactivated', 'organization'],
]

describe('what an event condemns', () => {
  it.each(table)('%s is a cause of class %s and reaches by %s', (type, causeClass, scopeKind) => {
    expect(causeOf({ ...named, type })).toMatchObject({
      class: causeClass,
      scopeKind,
      scopeId: ids[scopeKind],
      at: start + minute,
      subjectRef: refOf('acme', 'ada'),
      mayAct: true,
      modeMax: 'enforce',
    })
    expect(causeScopes[causeClass]).toBe(scopeKind)
  })

  it('is nothing for events that only tell of sessions, a sign-in or a request', () => {
    const causes: readonly string[] = table.map(([type]) => type)
    const others = EventTypeSchema.anyOf
      .map((word) => word.const)
      .filter((type) => !causes.includes(type))
    expect(others).toHaveLength(10)
    for (const type of others) expect(causeOf({ ...named, type })).toBeUndefined()
  })

  it('has one name whoever tells it, and another for another class, event, instance or tenant', () => {
    const [one] = eventsOf('acme', [{ ...named, at: 0, id: 'e', type: 'credential.reset' }])
    const [other] = eventsOf('globex', [{ ...named, at: 0, id: 'e', type: 'credential.reset' }])
    const names = [one, other].map(
      (each) => each && causeOfEvent(each.event, defaultPolicy)?.causeId,
    )
    expect(new Set(names).size).toBe(2)
    expect(causeOf({ ...named, type: 'credential.reset' })?.causeId).toBe(names[0])
  })
})

const kinds: readonly ScopeKind[] = [
  'session',
  'subject',
  'subject_organization',
  'connection',
  'device',
  'grant',
  'organization',
]
/** What lies wholly within each scope. */
const within: { readonly [Kind in ScopeKind]: readonly ScopeKind[] } = {
  session: ['session'],
  device: ['device', 'session'],
  grant: ['grant', 'session'],
  subject_organization: ['subject_organization', 'session'],
  subject: ['subject', 'subject_organization', 'session'],
  connection: ['connection', 'session'],
  organization: ['organization', 'subject_organization', 'session'],
}

describe('a source that says how far its cause reaches', () => {
  const pairs = kinds.flatMap((policy) => kinds.map((asked) => [policy, asked] as const))

  it.each(pairs)('may narrow, never widen: policy says %s, the source says %s', (scope, asked) => {
    const policy = fillPolicy({ version: 1, causes: { access_reduced: { scope } } })
    const told = { ...named, type: 'access.reduced', scope: { kind: asked } } as const
    const expected = within[scope].includes(asked) ? asked : scope
    expect(causeOf(told, policy)).toMatchObject({ scopeKind: expected, scopeId: ids[expected] })
  })

  it('says which with an id of that scope only: it is no name for another', () => {
    const told = { ...named, type: 'connection.deactivated' } as const
    expect(causeOf({ ...told, scope: { kind: 'connection', id: 'c9' } })?.scopeId).toBe('c9')
    expect(causeOf({ ...told, scope: { kind: 'device', id: 'd9' } })?.scopeId).toBe('c1')
  })
})

describe('a cause that does not name what its scope is named by', () => {
  it.each([
    ['membership.deactivated', { subject: 'ada' }],
    ['membership.deactivated', { organization: 'o1' }],
    ['directory.deactivated', { subject: 'ada' }],
    ['device.lost', { subject: 'ada' }],
    ['organization.deactivated', { subject: 'ada' }],
    ['grant.revoked', { subject: 'ada' }],
    ['credential.reset', {}],
  ] as const)('%s reaches the session that it names, and is rejected without one', (type, some) => {
    expect(causeOf({ type, ...some, session: 's1', kind: 'offline' })).toMatchObject({
      scopeKind: 'session',
      scopeId: '',
      sessionId: 's1',
      sessionKind: 'offline',
    })
    expect(() => causeOf({ type, ...some })).toThrow('is missing')
  })

  it('reaches the whole subject when access was reduced in no organization that is named', () => {
    expect(causeOf({ type: 'access.reduced', subject: 'ada' })).toMatchObject({
      scopeKind: 'subject',
      scopeId: '',
    })
  })

  it('is rejected, and never widened, when its source says a narrower scope and not which', () => {
    const told = { type: 'subject.suspended', subject: 'ada' } as const
    for (const kind of ['session', 'subject_organization'] as const) {
      expect(() => causeOf({ ...told, scope: { kind } })).toThrow(`scope.kind is ${kind}`)
    }
  })

  it.each([
    ['connection.deactivated', { connection: 'c1' }, 'connection', 'c1'],
    ['directory.deactivated', { connection: 'c1' }, 'connection', 'c1'],
    ['grant.revoked', { grant: 'g1' }, 'grant', 'g1'],
    ['device.lost', { device: 'd1' }, 'device', 'd1'],
  ] as const)('%s is named by its natural field alone', (type, some, scopeKind, scopeId) => {
    expect(causeOf({ type, ...some })).toMatchObject({ scopeKind, scopeId, subjectRef: '' })
  })

  it('reaches somebody under every scope that a policy may give it, whatever it names', () => {
    const told = fc.record(
      {
        type: fc.constantFrom(...table.map(([type]) => type)),
        subject: fc.constant('ada'),
        session: fc.constant('s1'),
        organization: fc.constant('o1'),
        connection: fc.constant('c1'),
        device: fc.constant('d1'),
        grant: fc.constant('g1'),
        scope: fc.record({ kind: fc.constantFrom(...kinds) }),
      },
      { requiredKeys: ['type'] },
    )
    let reached = 0
    fc.assert(
      fc.property(told, fc.constantFrom(...kinds), (happening, scope) => {
        const causes = Object.fromEntries(table.map(([, name]) => [name, { scope }]))
        const policy = fillPolicy({ version: 1, causes })
        let cause: Cause | undefined
        try {
          cause = causeOf(happening, policy)
        } catch {
          return
        }
        reached++
        const { scopeKind = 'session', subjectRef, scopeId, sessionId } = cause ?? {}
        if (scopeKind === 'session') expect(sessionId).toBe('s1')
        else if (scopeKind === 'subject') expect(subjectRef).not.toBe('')
        else expect(scopeId).toBe(ids[scopeKind])
      }),
      { numRuns: 1000 },
    )
    expect(reached).toBeGreaterThan(300)
  })

  it('does not depend on whether memory knew whose session it is', () => {
    const [enriched] = eventsOf('acme', [
      { at: 0, id: 'e', type: 'credential.reset', session: 's1' },
    ])
    if (!enriched) throw new TypeError('there is one event')
    const before = causeOfEvent(enriched.event, defaultPolicy)
    const completed = { ...enriched.event, subjectRef: refOf('acme', 'ada') }
    const after = causeOfEvent(completed, defaultPolicy)
    expect({ ...after, subjectRef: '' }).toEqual(before)
  })
})

describe('the session that made a change', () => {
  const exempt = (
    type: EventType,
    more: Partial<Happening> = {},
  ): Cause['exemptSessionId'] | undefined =>
    causeOf({ ...named, type, initiator: { kind: 'user', session: 's7' }, ...more })
      ?.exemptSessionId

  it('is exempt from an authenticated change, by the session that it was made from', () => {
    expect(exempt('credential.changed')).toBe('s7')
    expect(exempt('factor.changed')).toBe('s7')
    expect(exempt('credential.changed', { initiator: { kind: 'user' } })).toBe('s1')
    expect(exempt('credential.changed', { initiator: undefined })).toBe('s1')
  })

  it('is not exempt when somebody else made it, nor from anything that needs no sign-in', () => {
    expect(exempt('credential.changed', { initiator: { kind: 'admin', session: 's7' } })).toBe('')
    for (const [type] of table) {
      if (type === 'credential.changed' || type === 'factor.changed') continue
      expect([type, exempt(type)]).toEqual([type, ''])
    }
  })
})
