import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { Row } from '../../../src/contract/ports.ts'
import { ApplyToChanged } from '../../../src/enforce/match/apply-to-changed.ts'
import type { ChangedSession } from '../../../src/enforce/match/changed-sessions.ts'
import { Isolation } from '../../../src/enforce/scheduling/isolate.ts'
import { Pace } from '../../../src/enforce/scheduling/pace.ts'
import { makeClock, silentLog } from '../../given.ts'

const list = <Item>(count: number, make: (each: number) => Item): Item[] =>
  Array.from({ length: count }, (_, each) => make(each))

/** A cause of a tenant as the store gives it. */
const causeRow = (tenant: string, each: number): Row => ({
  ...{ tenant, instance: 'idp', cause_id: `c${each}`, class: 'credential_reset', event_id: 'e' },
  ...{ cause_at: 1, told_at: 1, lane: 'live', may_act: 1, mode_max: 'enforce' },
  ...{ scope_kind: 'subject', scope_id: '', subject_ref: 'ada', session_kind: '', session_id: '' },
  ...{ exempt_session_id: '', flow_session_id: '', initiator_kind: '', initiator_id: '' },
  reason: '',
})

const touched = (tenant: string, sessionId: string): ChangedSession => ({
  ...{ tenant, instance: 'idp', sessionKind: 'online', sessionId, subjectRef: 'ada' },
  ...{ otherRef: '', onBehalfOfRef: '', fingerprint: '1', condemned: false },
})

/** What waits to be held, with so many causes of each tenant; and what was held, in order. */
function waiting(causes: { readonly [tenant: string]: number }) {
  const { clock } = makeClock()
  const held: { tenant: string; sessions: number; causes: number }[] = []
  const store = { isAway: false }
  const ask = async (_: string, values: object = {}) => {
    const tenant = 'tenant' in values ? String(values.tenant) : ''
    return list(causes[tenant] ?? 0, (each) => causeRow(tenant, each))
  }
  const isolation = new Isolation({ ask, clock, log: silentLog, onWork: () => {} })
  const told = new ApplyToChanged({
    ...{ ask, isolation, pace: new Pace({ clock }) },
    applyCauses: async ({ tenant, sessionIds }, some) => {
      if (store.isAway) throw new CurfewError('STORE_REFUSED', 'as the test wants it')
      held.push({ tenant, sessions: sessionIds.length, causes: some.length })
      return sessionIds.length * some.length
    },
  })
  return { told, held, store }
}

describe('sessions that something was told of', () => {
  it('are held page by page in turns: a thousand under many causes hold up nobody else’s', async () => {
    const { told, held } = waiting({ globex: 150, acme: 1 })
    told.add(list(1_000, (each) => touched('globex', `g${each}`)))
    told.add([touched('acme', 'a')])
    let pages = 0
    while (!held.some(({ tenant }) => tenant === 'acme')) {
      await told.next()
      pages += 1
    }
    expect(pages).toBeLessThanOrEqual(4)
    while (told.size > 0) await told.next()
    expect(Math.max(...held.map((each) => each.sessions * each.causes))).toBeLessThanOrEqual(10_000)
    const globex = held.filter(({ tenant }) => tenant === 'globex')
    expect(globex.reduce((sum, each) => sum + each.sessions * each.causes, 0)).toBe(150_000)
  })

  it('wait on when their page fails, and are held with the others later', async () => {
    const { told, held, store } = waiting({ acme: 2 })
    told.add([touched('acme', 'a')])
    await told.next()
    store.isAway = true
    await expect(told.next()).rejects.toThrow('as the test wants it')
    store.isAway = false
    expect(await told.next()).toBe(2)
    expect(held).toEqual([{ tenant: 'acme', sessions: 1, causes: 2 }])
    expect(told.size).toBe(0)
  })
})
