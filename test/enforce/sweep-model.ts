import fc from 'fast-check'
import type { Cause } from '../../src/contract/cause.ts'
import { boundsOf, livesOf } from '../verdict/lives-model.ts'

/** A small world of facts about four sessions, and the curfews it must lead to, told plainly. */

export const second = 1_000
export const base = Date.parse('2026-11-03T09:00:00.000Z')
/** 4 s apart: neighbours are within clock uncertainty of each other, others are not. */
const instant = fc.integer({ min: 0, max: 15 }).map((step) => base + step * 4 * second)

export const subjects = ['ada', 'bob'] as const
/** Whose session each is; events may leave the subject out. */
export const owners = { s1: 'ada', s2: 'ada', s3: 'bob', s4: 'bob' } as const
export type SessionId = keyof typeof owners
const sessionId = fc.constantFrom<SessionId[]>('s1', 's2', 's3', 's4')
const edges = { connection: ['saml', 'google'], organization: ['org-1', 'org-2'], device: ['d1'] }

const anEvent = fc.record({
  kind: fc.constant('event' as const),
  session: sessionId,
  type: fc.constantFrom('session.created', 'session.used', 'session.used', 'session.ended'),
  at: instant,
  named: fc.integer({ min: 0, max: 2 }).map((chance) => chance > 0),
})
const aTie = fc.constantFrom(...Object.entries(edges)).chain(([edge, values]) =>
  fc.record({
    kind: fc.constant('tie' as const),
    session: sessionId,
    edge: fc.constant(edge),
    value: fc.constantFrom(...values),
  }),
)
const aFinding = fc.record({ kind: fc.constant('finding' as const), session: sessionId })
const scopes = fc.oneof(
  fc.record({ scopeKind: fc.constant('subject' as const), scopeId: fc.constant('') }),
  fc.record({ scopeKind: fc.constant('session' as const), scopeId: fc.constant('') }),
  fc.record({
    scopeKind: fc.constant('subject_organization' as const),
    scopeId: fc.constantFrom('org-1', 'org-2'),
  }),
  fc.record({
    scopeKind: fc.constant('connection' as const),
    scopeId: fc.constantFrom('saml', 'google'),
  }),
  fc.record({ scopeKind: fc.constant('device' as const), scopeId: fc.constant('d1') }),
  fc.record({
    scopeKind: fc.constant('organization' as const),
    scopeId: fc.constantFrom('org-1', 'org-2'),
  }),
)
const aCause = fc.record({
  kind: fc.constant('cause' as const),
  at: instant,
  class: fc.constantFrom<Cause['class'][]>('credential_changed', 'subject_suspended'),
  scope: scopes,
  subject: fc.constantFrom(...subjects),
  session: sessionId,
  exempts: fc.option(sessionId),
})
const aFact = fc.oneof(
  { weight: 5, arbitrary: anEvent },
  { weight: 2, arbitrary: aTie },
  { weight: 3, arbitrary: aCause },
  { weight: 1, arbitrary: aFinding },
)
export type Fact = typeof aFact extends fc.Arbitrary<infer T> ? T : never
export type Of<Kind extends Fact['kind']> = Extract<Fact, { readonly kind: Kind }>
export interface World {
  readonly facts: readonly Fact[]
  /** The order in which they come, some twice, and after which of them somebody looks. */
  readonly arrival: readonly { readonly index: number; readonly looked: boolean }[]
}
export const aWorld: fc.Arbitrary<World> = fc
  .array(aFact, { minLength: 14, maxLength: 26 })
  .chain((facts) =>
    fc.record({
      facts: fc.constant(facts),
      arrival: fc
        .tuple(
          fc.shuffledSubarray([...facts.keys()], { minLength: facts.length }),
          fc.subarray([...facts.keys()]),
        )
        .chain(([once, again]) =>
          fc.tuple(
            ...[...once, ...again].map((index) =>
              fc.record({
                index: fc.constant(index),
                looked: fc.integer({ min: 0, max: 4 }).map((chance) => chance === 0),
              }),
            ),
          ),
        ),
    }),
  )

/** Between which instants each life of a session is known to have lasted. */
function livesOfModel(events: readonly Of<'event'>[]) {
  const at = (type: string) => events.filter((event) => event.type === type).map(({ at }) => at)
  const used = at('session.used')
  const signs = { creations: at('session.created'), ends: at('session.ended'), alive: used }
  return livesOf(signs).map((life) => ({
    incarnation: life.incarnation,
    ...boundsOf(life, signs, { told: [], used }, 5 * second),
  }))
}

/** Whether a session is in the scope of a cause, given everything that was ever told. */
function isInScope(facts: readonly Fact[], id: SessionId, cause: Of<'cause'>): boolean {
  const tied = (edge: string, value: string) =>
    facts.some((fact) => {
      return (
        fact.kind === 'tie' && fact.session === id && fact.edge === edge && fact.value === value
      )
    })
  const named = facts.some((fact) => fact.kind === 'event' && fact.session === id && fact.named)
  const theirs = named && owners[id] === cause.subject
  const { scopeKind, scopeId } = cause.scope
  if (scopeKind === 'session') return cause.session === id
  if (scopeKind === 'subject') return theirs
  if (scopeKind === 'subject_organization') return theirs && tied('organization', scopeId)
  return tied(scopeKind, scopeId)
}

/** Which curfews stand, straight from the words of the rules; `facts` in any order. */
export function model({ facts }: World): readonly string[] {
  const curfews = new Map<string, Set<number>>()
  for (const id of Object.keys(owners) as SessionId[]) {
    const events = facts.filter((fact) => fact.kind === 'event' && fact.session === id)
    if (events.length === 0) continue
    const accused = facts.some((fact) => fact.kind === 'finding' && fact.session === id)
    for (const life of livesOfModel(events as Of<'event'>[])) {
      for (const [index, cause] of facts.entries()) {
        if (cause.kind !== 'cause' || !isInScope(facts, id, cause)) continue
        if (life.createdAt !== undefined && life.createdAt > cause.at + 5 * second) continue
        if (life.endedAt !== undefined && life.endedAt < cause.at) continue
        if (cause.exempts === id && !accused) continue
        const curfew = `${id} ${life.incarnation} ${cause.class}`
        curfews.set(curfew, (curfews.get(curfew) ?? new Set()).add(index))
      }
    }
  }
  return [...curfews].map(([curfew, causes]) => `${curfew} ${[...causes].sort()}`).sort()
}
