import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instanceKey } from '../../src/contract/identity.ts'
import type { Clock } from '../../src/contract/ports.ts'
import type { Proving } from '../../src/enforce/provider-kit/provider.ts'
import { recordProofRules } from '../../src/enforce/session/clock-uncertainty.ts'
import { declareProofs } from '../../src/runtime/proof-rules.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const noon = Date.parse('2026-11-03T12:00:00.000Z')
const second = 1_000
const hour = 3_600 * second
const iso = (at: number) => new Date(at).toISOString()
const clockAt = (at: number): Clock => ({ now: () => at, wait: async () => {} })

const all: Proving['proofs'] = {
  absence: 'proves',
  read: 'proves',
  ownEnd: 'proves',
  otherEnd: 'proves',
  refusal: 'proves',
  control: '',
}
const trusting: Proving = { proofs: all, repeat: { call: 'once' } }
const careful: Proving = { ...trusting, proofs: { ...all, otherEnd: 'acknowledges' } }

let instances = 0
/** A session that a reset condemns at noon, and what its instance told of it since. */
async function aReset(told: readonly { readonly at: number; readonly type: string }[]) {
  instances += 1
  const name = {
    tenant: 'acme',
    instance: `idp-${instances}`,
    session_kind: 'online',
    session_id: 's1',
  }
  const events = [{ at: noon - hour, type: 'session.created' }, ...told]
  await store.append(
    'events',
    events.map(({ at, type }, index) => ({
      ...{ ...name, event_id: `${name.instance}-${index}`, subject_ref: 'ref-ada' },
      ...{ occurred_at: iso(at), received_at: iso(at) },
      type: type === 'refused' ? 'session.used' : type,
      outcome: type === 'refused' ? 'refused' : '',
      refusal_reason: type === 'refused' ? 'session_ended' : '',
    })),
  )
  await store.append('curfews', [
    {
      ...{ ...name, curfew_id: name.instance, incarnation: 0, class: 'credential_reset' },
      ...{ cause_id: 'c1', cause_at: iso(noon), deadline_at: iso(noon + 60 * second) },
      ...{ mode: 'enforce', may_act: true, certainty: 'certain', scope_kind: 'subject' },
      ...{ subject_ref: 'ref-ada', found_by: 'inline', detected_at: iso(noon) },
    },
  ])
  const { tenant, instance } = name
  return {
    tenant,
    instance,
    declare: (at: number, proving: Proving) =>
      recordProofRules({
        ...{ ask: store.ask, append: store.append, clock: clockAt(at) },
        proving: new Map([[instanceKey(tenant, instance), [proving]]]),
      }),
    verdictAt: async (asOf: number) => {
      const [row] = await store.ask(
        `select verdict, dead_by from verdicts(as_of = {as_of:DateTime64(3)})
         where tenant = {tenant:String} and instance = {instance:String}`,
        { tenant, instance, as_of: asOf },
      )
      return row
    },
  }
}
const ended = { at: noon + second, type: 'session.ended' }
const told = (
  of: { tenant: string; instance: string },
  provider?: string,
  formats: string[] = [],
) => declareProofs([{ ...of, provider, formats }], { store, clock: clockAt(noon + 2 * hour) })

describe('an instance without a connection', () => {
  it('whose events are those of Keycloak is not dead because it says that it ended', async () => {
    const one = await aReset([ended])
    await told(one, undefined, ['keycloak'])
    expect(await one.verdictAt(noon + 3 * hour)).toEqual({ verdict: 'unproven', dead_by: '' })
  })

  it('whose events are those of Keycloak is dead once a use was refused well after the end', async () => {
    const one = await aReset([ended, { at: noon + 5 * second, type: 'refused' }])
    await told(one, undefined, ['keycloak'])
    expect(await one.verdictAt(noon + 3 * hour)).toEqual({ verdict: 'kept', dead_by: 'E4' })
  })

  it('that writes events of our own contract is believed', async () => {
    const one = await aReset([ended])
    await told(one, undefined, ['session-event-v1'])
    expect(await one.verdictAt(noon + 3 * hour)).toEqual({ verdict: 'kept', dead_by: 'E3' })
  })

  it('keeps the rule of the connection that was taken away, and a format only weakens it', async () => {
    const one = await aReset([ended])
    await told(one, 'keycloak')
    await told(one, undefined, ['session-event-v1'])
    await told(one, undefined, ['workos'])
    expect(await one.verdictAt(noon + 3 * hour)).toMatchObject({ verdict: 'unproven' })
    const other = await aReset([ended])
    await told(other, 'workos')
    await told(other, undefined, ['keycloak'])
    expect(await other.verdictAt(noon + 3 * hour)).toMatchObject({ verdict: 'unproven' })
  })

  it('is judged apart from the instance that it was named before', async () => {
    const [before, after] = [await aReset([ended]), await aReset([ended])]
    await told(before, 'keycloak')
    await told(after, 'workos')
    expect(await before.verdictAt(noon + 3 * hour)).toMatchObject({ verdict: 'unproven' })
    expect(await after.verdictAt(noon + 3 * hour)).toMatchObject({ verdict: 'kept' })
  })
})

describe('the rule by which an instant is judged', () => {
  it('is the first there was, for an instant before it', async () => {
    const one = await aReset([ended])
    await one.declare(noon + 24 * hour, careful)
    expect(await one.verdictAt(noon + hour)).toMatchObject({ verdict: 'unproven' })
  })

  it('is the one that was in force then, of two within a day', async () => {
    const one = await aReset([ended])
    await one.declare(noon + hour, trusting)
    await one.declare(noon + 2 * hour, careful)
    expect(await one.verdictAt(noon + hour + second)).toMatchObject({ verdict: 'kept' })
    expect(await one.verdictAt(noon + 2 * hour - 1)).toMatchObject({ verdict: 'kept' })
    expect(await one.verdictAt(noon + 2 * hour)).toMatchObject({ verdict: 'unproven' })
  })

  it('is the one in force now although a clock that was ahead wrote a later one', async () => {
    const one = await aReset([ended])
    await one.declare(noon + hour, trusting)
    await one.declare(noon + 48 * hour, careful)
    await one.declare(noon + 2 * hour, careful)
    expect(await one.verdictAt(noon + 3 * hour)).toMatchObject({ verdict: 'unproven' })
  })

  it('is written once while nothing changes', async () => {
    const one = await aReset([])
    for (const at of [1, 2, 3]) await one.declare(noon + at * hour, careful)
    const [row] = await store.ask(
      'select count() as n from proof_rules where instance = {instance:String}',
      { instance: one.instance },
    )
    expect(row?.n).toBe(1)
  })
})
