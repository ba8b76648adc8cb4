import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import type { Cause } from '../../src/contract/cause.ts'
import { causeRow } from '../../src/contract/rows.ts'
import type { Enforcer } from '../../src/enforce/enforce.ts'
import { openEnforcer } from '../../src/enforce/enforce.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'
import { trials } from '../journey/play.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'
import type { Of, World } from './sweep-model.ts'
import { aWorld, base, model, owners, second } from './sweep-model.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const iso = (at: number) => new Date(at).toISOString()
/** Writes facts that come together as the recorder would: ties and causes before the events. */
async function notify(tenant: string, { facts }: World, arrived: readonly number[]): Promise<void> {
  const tables = {
    session_edges: [] as object[],
    findings: [] as object[],
    causes: [] as object[],
    events: [] as object[],
  }
  for (const index of arrived) {
    const fact = facts[index]
    if (!fact) continue
    const session = { tenant, instance: 'idp', session_kind: 'online', session_id: fact.session }
    if (fact.kind === 'tie') {
      const { edge, value } = fact
      tables.session_edges.push({ ...session, edge, value, first_seen_at: iso(base) })
    } else if (fact.kind === 'event') {
      const { type, at, named } = fact
      const about = { occurred_at: iso(at), received_at: iso(at), event_id: `${tenant}-${index}` }
      const subject_ref = named ? owners[fact.session] : ''
      const accepted = type === 'session.used' ? 'accepted' : ''
      const use = { outcome: accepted, observer: accepted && 'idp' }
      tables.events.push({ ...session, ...about, type, subject_ref, subject_kind: 'user', ...use })
    } else if (fact.kind === 'finding') {
      const about = { at: iso(base), received_at: iso(base), finding_id: `${tenant}-${index}` }
      const judged = { mode: 'inform', standing: true, version: 1, event_ids: [] }
      tables.findings.push({ ...session, ...about, ...judged, subject_ref: '' })
    } else {
      tables.causes.push(causeRow(causeOf(tenant, fact, index)))
    }
  }
  for (const [table, rows] of Object.entries(tables)) await stage.store.append(table, rows)
}

function causeOf(tenant: string, fact: Of<'cause'>, index: number): Cause {
  const { scopeKind, scopeId } = fact.scope
  return {
    tenant,
    instance: 'idp',
    causeId: `${tenant} ${index}`,
    class: fact.class,
    eventId: `${tenant}-${index}`,
    at: fact.at,
    receivedAt: fact.at,
    lane: 'live',
    mayAct: true,
    modeMax: 'enforce',
    scopeKind,
    scopeId,
    subjectRef: fact.subject,
    sessionKind: scopeKind === 'session' ? 'online' : '',
    sessionId: scopeKind === 'session' ? fact.session : '',
    exemptSessionId: fact.exempts ?? '',
    flowSessionId: '',
    initiatorKind: 'user',
    initiatorId: '',
    reason: '',
  }
}

async function standing(tenant: string): Promise<readonly string[]> {
  const rows = await stage.store.ask(
    `select session_id, incarnation, toString(class) as class, cause_ids
     from verdicts(as_of = {as_of:DateTime64(3)}) where tenant = {tenant:String}`,
    { as_of: base + 3_600 * second, tenant },
  )
  return rows
    .map(({ session_id, incarnation, class: causeClass, cause_ids }) => {
      const causes = Array.isArray(cause_ids) ? cause_ids.map((id) => String(id).split(' ')[1]) : []
      return `${session_id} ${incarnation} ${causeClass} ${causes.sort()}`
    })
    .sort()
}

function anEnforcer(): Promise<Enforcer> {
  const { clock } = makeClock(base + 60 * second)
  const { askControl: ask, append } = stage.store
  return openEnforcer({
    ...{ ask, append, clock, policy: defaultPolicy, log: silentLog, meter: idleMeter },
    providers: new Map(),
    guards: [],
    condemn: makeCondemn({ policy: defaultPolicy }),
    random: () => 0.5,
    killSwitch: { isOn: () => false },
    everyMs: 1_000,
    notify: () => {},
  })
}

async function settle(enforcer: Enforcer): Promise<void> {
  while ((await enforcer.tick()).more);
}

describe('the sweep over the store', () => {
  it('reaches the curfews of the rules, whatever came first, twice, or was looked at between', async () => {
    const enforcer = await anEnforcer()
    let runs = 0
    let curfews = 0
    await fc.assert(
      fc.asyncProperty(aWorld, async (world) => {
        runs += 1
        const tenant = `t${runs}`
        let arrived: number[] = []
        for (const { index, looked } of world.arrival) {
          arrived.push(index)
          if (!looked) continue
          await notify(tenant, world, arrived)
          await settle(enforcer)
          arrived = []
        }
        await notify(tenant, world, arrived)
        await settle(enforcer)
        const expected = model(world)
        curfews += expected.length
        expect(await standing(tenant)).toEqual(expected)
      }),
      trials(4),
    )
    expect(curfews).toBeGreaterThan(0)
  })

  it('reaches the same after a restart, for everything that was told before it', async () => {
    let runs = 0
    const worlds: (readonly [string, World])[] = []
    await fc.assert(
      fc.asyncProperty(aWorld, async (world) => {
        runs += 1
        const tenant = `r${runs}`
        await notify(
          tenant,
          world,
          world.arrival.map(({ index }) => index),
        )
        worlds.push([tenant, world])
      }),
      trials(2),
    )
    await settle(await anEnforcer())
    for (const [tenant, world] of worlds) expect(await standing(tenant)).toEqual(model(world))
  })

  it('writes no pair a second time', async () => {
    const rows = await stage.store.ask(
      `select tenant, curfew_id, cause_id, count() as copies from curfews
       group by tenant, curfew_id, cause_id, may_act, subject_ref having copies > 1`,
    )
    expect(rows).toEqual([])
  })
})
