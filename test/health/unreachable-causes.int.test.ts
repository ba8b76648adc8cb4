import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ScopeKind } from '../../src/contract/event-words.ts'
import type { Labels } from '../../src/contract/ports.ts'
import type { UnreachableCause } from '../../src/health/unreachable-causes.ts'
import { makeUnreachableCauses } from '../../src/health/unreachable-causes.ts'
import type { Store } from '../../src/store/store.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'
import { openTestStore } from '../parts/store.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())
beforeEach(async () => {
  for (const table of ['causes', 'session_edges']) await store.ask(`truncate table ${table}`)
})

const day = '2026-11-03T09:00:00.000Z'

/** Recorded a minute ago, so that the watch looks at it. */
const aCause = (id: string, more: object = {}) => ({
  tenant: 'acme',
  instance: 'sso',
  cause_id: id,
  class: 'access_reduced',
  event_id: id,
  at: day,
  received_at: day,
  recorded_at: new Date(Date.now() - 60_000).toISOString(),
  lane: 'live',
  may_act: true,
  scope_kind: 'subject',
  scope_id: '',
  subject_ref: 'ref-ada',
  session_kind: '',
  session_id: '',
  exempt_session_id: '',
  initiator_kind: '',
  initiator_id: '',
  reason: '',
  ...more,
})
const anEdge = (edge: string) => ({
  tenant: 'acme',
  instance: 'sso',
  edge,
  value: 'x',
  session_kind: 'online',
  session_id: 's1',
  first_seen_at: day,
})

function aWatch() {
  const told: UnreachableCause[] = []
  const counts: [string, Labels | undefined, number][] = []
  const { clock } = makeClock()
  const watch = makeUnreachableCauses({
    ask: store.ask,
    clock,
    log: silentLog,
    meter: { ...idleMeter, count: (name, labels, by = 1) => counts.push([name, labels, by]) },
    notify: (unreaching) => told.push(unreaching),
  })
  return { watch, told, counts }
}
const reaching = async () => (await aWatch().watch.runOnce()).map(({ causeId }) => causeId)

const unreachable: readonly (readonly [string, object])[] = [
  ...ScopeKind.anyOf.map(
    ({ const: kind }) =>
      [`a ${kind} that nobody named`, { scope_kind: kind, subject_ref: '' }] as const,
  ),
  ['an organization of a subject that nobody named', { scope_kind: 'subject_organization' }],
  ['an organization by which no session is known', { scope_kind: 'organization', scope_id: 'o1' }],
  ['a connection by which no session is known', { scope_kind: 'connection', scope_id: 'c1' }],
  ['a device by which no session is known', { scope_kind: 'device', scope_id: 'd1' }],
]

describe('a cause reaches no session', () => {
  it.each(unreachable)('where its scope is %s', async (_, more) => {
    await store.append('causes', [aCause('c1', more)])
    expect(await reaching()).toEqual(['c1'])
  })

  it.each([
    ['a subject', {}],
    ['a session', { scope_kind: 'session', session_id: 's1', session_kind: 'online' }],
    ['a connection by which some session is known', { scope_kind: 'connection', scope_id: 'c1' }],
    ['an organization by which some is', { scope_kind: 'organization', scope_id: 'o1' }],
    ['one of a subject', { scope_kind: 'subject_organization', scope_id: 'o1' }],
    ['history, whatever it is', { subject_ref: '', lane: 'historical' }],
  ])('and does not count as such where its scope is %s', async (_, more) => {
    await store.append('session_edges', [anEdge('connection'), anEdge('organization')])
    await store.append('causes', [aCause('c1', more)])
    expect(await reaching()).toEqual([])
  })
})

describe('that causes reach no session', () => {
  it('is told once for each class and scope of an instance, and counted for each cause once', async () => {
    const { watch, told, counts } = aWatch()
    await store.append('causes', [
      aCause('c1', { subject_ref: '' }),
      aCause('c2', { subject_ref: '' }),
      aCause('c2', { subject_ref: '' }),
      aCause('c3', { subject_ref: '', class: 'grant_revoked' }),
    ])
    await watch.runOnce()
    await watch.runOnce()
    expect(told.map(({ class: causeClass }) => causeClass).toSorted()).toEqual([
      'access_reduced',
      'grant_revoked',
    ])
    const name = 'curfew_blind_causes_total'
    expect(counts).toHaveLength(2)
    expect(counts).toContainEqual([name, { class: 'access_reduced', instance: 'sso' }, 2])
    expect(counts).toContainEqual([name, { class: 'grant_revoked', instance: 'sso' }, 1])
  })
})
