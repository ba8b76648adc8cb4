import { fillPolicy } from '../../src/config/policy.ts'
import type { Cause } from '../../src/contract/cause.ts'
import { instanceKey } from '../../src/contract/identity.ts'
import type { OrderState } from '../../src/contract/order-step.ts'
import type { PolicyFile } from '../../src/contract/policy.ts'
import type { Append, Ask, Log } from '../../src/contract/ports.ts'
import { causeRow } from '../../src/contract/rows.ts'
import type { Enforcer } from '../../src/enforce/enforce.ts'
import { openEnforcer } from '../../src/enforce/enforce.ts'
import type { Guard } from '../../src/enforce/guarding/guard.ts'
import type { Notice } from '../../src/enforce/notices/notice.ts'
import type { Proofs, RepeatCall } from '../../src/enforce/provider-kit/provider.ts'
import { causeIdOf } from '../../src/enforce/rows/cause-rows.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import type { Store } from '../../src/store/store.ts'
import type { FakeProvider } from '../fakes/provider.ts'
import { makeFakeProvider } from '../fakes/provider.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'

/** Everything is enforced, with room in the budgets; tests narrow it. */
export const enforcing: PolicyFile = {
  version: 1,
  causes: Object.fromEntries(
    [
      'credential_reset',
      'credential_changed',
      'subject_suspended',
      'membership_deactivated',
      'connection_deactivated',
      'device_lost',
      'grant_revoked',
      'session_expired',
      'operator_order',
      'finding',
    ].map((name) => [name, { mode: 'enforce', deadline_seconds: 60 }]),
  ),
  guards: { provider_calls_per_second_max: 1_000 },
}

export interface SceneOptions {
  /** Of a scene that this one is beside, under one enforcer. */
  readonly time?: ReturnType<typeof makeClock>
  /** Shared by scenes that keep their subjects and sessions apart themselves. */
  readonly tenant?: string
  readonly policy?: PolicyFile
  readonly canRead?: boolean
  readonly canList?: boolean
  /** What the lists of its provider say of a session; everything unless set. */
  readonly tells?: FakeProvider['provider']['capabilities']['tells']
  /** What proves there, how often it must be called, and what a call also ends. */
  readonly proofs?: Partial<Proofs>
  readonly repeat?: RepeatCall
  readonly alsoEnds?: FakeProvider['provider']['capabilities']['alsoEnds']
}

interface Given extends SceneOptions {
  readonly store: Store
  readonly guards: readonly Guard[]
  readonly tenant: string
  readonly number: number
}

/** What may stand between the enforcer and its surroundings, to cut it off. */
export interface Between {
  readonly ask?: (ask: Ask) => Ask
  readonly append?: (append: Append) => Append
  readonly provider?: (provider: FakeProvider['provider']) => FakeProvider['provider']
  readonly policy?: PolicyFile
  readonly log?: Log
  readonly callsAtOnceMax?: number
  readonly isElected?: () => boolean
  /** Connections beside the scene's own, by instance. */
  readonly others?: ReadonlyMap<string, FakeProvider['provider']>
}

const iso = (ms: number) => new Date(ms).toISOString()
export const minute = 60_000

/** One tenant with one provider, its clock, and whoever tells of what happens there. */
export function makeScene({ number, store, guards, tenant, ...options }: Given) {
  const { policy = enforcing, time = makeClock(), ...ways } = options
  const instance = 'idp'
  const now = time.clock.now
  const idp = makeFakeProvider({ now, pass: time.advance, ...ways })
  const notices: Notice[] = []
  const filled = fillPolicy(policy)
  const kill = { on: false }
  let events = 0
  const refOf = (subjectId: string) => (subjectId === '' ? '' : `ref-${tenant}-${subjectId}`)

  const connections = (between: Between) =>
    new Map(between.others).set(instance, between.provider?.(idp.provider) ?? idp.provider)

  /** Writing takes time: what is asked after an answer was written down is asked later. */
  const append: Append = async (table, rows) => {
    await store.append(table, rows)
    await time.advance(1)
  }

  const open = (between: Between = {}): Promise<Enforcer> => {
    const own = between.policy ? fillPolicy(between.policy) : filled
    return openEnforcer({
      ask: between.ask?.(store.askControl) ?? store.askControl,
      append: between.append?.(append) ?? append,
      providers: new Map(
        [...connections(between)].map(([of, provider]) => [instanceKey(tenant, of), provider]),
      ),
      policy: own,
      guards,
      condemn: makeCondemn({ policy: own }),
      pseudonymOf: (_tenant, _instance, subjectId) => refOf(subjectId),
      clock: time.clock,
      random: () => 0.5,
      log: between.log ?? silentLog,
      meter: idleMeter,
      killSwitch: { isOn: () => kill.on },
      everyMs: 1_000,
      notify: (notice) => void notices.push(notice),
      ...(between.callsAtOnceMax === undefined ? {} : { callsAtOnceMax: between.callsAtOnceMax }),
      ...(between.isElected ? { isElected: between.isElected } : {}),
    })
  }

  const name = async (subjectId: string) => {
    await store.append('identities', [
      {
        tenant,
        instance,
        subject_ref: refOf(subjectId),
        subject_id: subjectId,
        last_at: iso(now()),
      },
    ])
  }

  /** An event as the recorder writes it, reduced to what enforcement rests on. */
  const event = async (type: string, sessionId: string, subjectId: string, more: object = {}) => {
    events += 1
    if (subjectId !== '') await name(subjectId)
    await store.append('events', [
      {
        tenant,
        instance,
        event_id: `${number}-e${events}`,
        type,
        occurred_at: iso(now()),
        received_at: iso(now()),
        lane: 'live',
        session_kind: 'online',
        session_id: sessionId,
        subject_ref: refOf(subjectId),
        subject_kind: 'user',
        ...more,
      },
    ])
  }

  const tie = (edge: string, value: string, sessionId: string) =>
    store.append('session_edges', [
      {
        tenant,
        instance,
        edge,
        value,
        session_kind: 'online',
        session_id: sessionId,
        first_seen_at: iso(now()),
      },
    ])

  const cause = async (causeClass: Cause['class'], more: Partial<Cause> = {}): Promise<Cause> => {
    events += 1
    const eventId = `${number}-e${events}`
    const told: Cause = {
      tenant,
      instance,
      causeId: causeIdOf(tenant, instance, causeClass, eventId),
      class: causeClass,
      eventId,
      at: now(),
      receivedAt: now(),
      lane: 'live',
      mayAct: true,
      modeMax: 'enforce',
      scopeKind: 'subject',
      scopeId: '',
      subjectRef: refOf('ada'),
      sessionKind: '',
      sessionId: '',
      exemptSessionId: '',
      flowSessionId: '',
      initiatorKind: 'user',
      initiatorId: '',
      reason: '',
      ...more,
    }
    await store.append('causes', [causeRow(told)])
    return told
  }

  const request = (kind: string, more: object) => {
    events += 1
    return store.append('requests', [
      {
        tenant,
        instance,
        request_id: `${number}-r${events}`,
        kind,
        order_id: '',
        subject_ref: '',
        principal: 'grace@example.com',
        role: 'responder',
        reason: 'asked by phone',
        at: iso(now()),
        ...more,
      },
    ])
  }

  /** A session that is open there and that an event told of, a while ago. */
  const session = async (id: string, subjectId = 'ada', more: object = {}) => {
    const createdAt = now() - 10 * minute
    idp.open(id, subjectId, { createdAt })
    await event('session.created', id, subjectId, { occurred_at: iso(createdAt), ...more })
  }

  /** Ticks until nothing more is to be done at once; a call that hangs is given its time. */
  const settle = async (enforcer: Enforcer, ticksMax = 20): Promise<number> => {
    for (let ticks = 1; ticks <= ticksMax; ticks += 1) {
      const ticking = enforcer.tick()
      // While a call hangs nothing else moves time on, and only time ends it.
      let over = false
      const unanswered = idp.nextHang().then(() => (over ? undefined : time.advance(9_000)))
      await Promise.race([ticking, unanswered])
      const { more } = await ticking
      over = true
      if (!more) return ticks
    }
    throw new Error(`the enforcer was not done after ${ticksMax} ticks`)
  }

  /** Lets time pass in steps, with a tick after each. */
  const pass = async (enforcer: Enforcer, ms: number, stepMs = 1_000): Promise<void> => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await time.advance(stepMs)
      await settle(enforcer)
    }
  }

  const verdicts = (asOf = now() + 1) =>
    store.ask(
      `select session_id, toString(class) as class, verdict, outcome, order_state, order_reason,
         certainty, dead_by, alive_at, dead_at, incarnation
       from verdicts(as_of = {as_of:DateTime64(3)})
       where tenant = {tenant:String} order by session_id, class`,
      { as_of: asOf, tenant },
    )

  const steps = async (sessionId: string): Promise<readonly OrderState[]> => {
    const rows = await store.ask(
      `select state from order_steps where tenant = {tenant:String} and session_id = {id:String}
       order by at, order_id, epoch, seq`,
      { tenant, id: sessionId },
    )
    // Written by the enforcer from the closed list of states.
    return rows.map((row) => row.state as OrderState)
  }

  const orderOf = async (sessionId: string): Promise<string> => {
    const rows = await store.ask(
      `select argMax(order_id, (at, seq)) as id from order_steps
       where tenant = {tenant:String} and session_id = {id:String}`,
      { tenant, id: sessionId },
    )
    return String(rows[0]?.id ?? '')
  }

  const evidence = async (sessionId: string): Promise<readonly string[]> => {
    const rows = await store.ask(
      `select level, means from evidence where tenant = {tenant:String} and session_id = {id:String}
       order by at, level`,
      { tenant, id: sessionId },
    )
    return rows.map((row) => `${row.level} ${row.means}`)
  }

  return {
    ...{ tenant, instance, store, idp, time, now, notices, kill, policy: filled, refOf, iso },
    ...{ open, name, event, tie, cause, request, session, settle, pass },
    ...{ verdicts, steps, orderOf, evidence },
  }
}
export type Scene = ReturnType<typeof makeScene>
