import { join } from 'node:path'
import { fillPolicy } from '../../../src/config/policy.ts'
import { provider } from '../../../src/connectors/keycloak/provider.ts'
import type { Cause } from '../../../src/contract/cause.ts'
import type { SessionKind } from '../../../src/contract/event-words.ts'
import { instanceKey } from '../../../src/contract/identity.ts'
import type { PolicyFile } from '../../../src/contract/policy.ts'
import { causeRow } from '../../../src/contract/rows.ts'
import type { Enforcer } from '../../../src/enforce/enforce.ts'
import { openEnforcer } from '../../../src/enforce/enforce.ts'
import type { Guard } from '../../../src/enforce/guarding/guard.ts'
import type { Notice } from '../../../src/enforce/notices/notice.ts'
import { causeIdOf } from '../../../src/enforce/rows/cause-rows.ts'
import { makeSend } from '../../../src/http/bounded-fetch.ts'
import { makeCondemn } from '../../../src/impose/condemn.ts'
import { loadCatalog } from '../../../src/process/catalog.ts'
import { systemClock } from '../../../src/process/clock.ts'
import { enforcing } from '../../enforce/scene.ts'
import type { Stage } from '../../enforce/stage.ts'
import { idleMeter, silentLog } from '../../given.ts'
import type { TestRealm } from '../../parts/keycloak-realm.ts'

const iso = (at: number) => new Date(at).toISOString()
const instance = 'sso'

/** An enforcer at a realm of a real Keycloak, by the time of this machine, and what is told to it. */
export async function openAtKeycloak(
  { store }: Stage,
  realm: TestRealm,
  { tenant, policy = enforcing }: { readonly tenant: string; readonly policy?: PolicyFile },
) {
  const filled = fillPolicy(policy)
  const guards = await loadCatalog<Guard>(
    join(import.meta.dirname, '../../../src/enforce/guards'),
    'guard',
  )
  const open = provider.open(
    {
      base_url: realm.baseUrl,
      realm: realm.name,
      client_id: realm.curfew.clientId,
      client_secret: realm.curfew.clientSecret,
    },
    { send: makeSend({ timeoutMs: 30_000, bodyBytesMax: 8 * 1024 * 1024 }), clock: systemClock },
  )
  const notices: Notice[] = []
  const enforcer: Enforcer = await openEnforcer({
    ask: store.askControl,
    append: store.append,
    providers: new Map([[instanceKey(tenant, instance), open]]),
    policy: filled,
    guards,
    condemn: makeCondemn({ policy: filled }),
    clock: systemClock,
    random: () => 0.5,
    log: silentLog,
    meter: idleMeter,
    killSwitch: { isOn: () => false },
    everyMs: 250,
    notify: (notice) => void notices.push(notice),
  })
  const over = new AbortController()
  const running = enforcer.run(over.signal)
  const refOf = (subjectId: string) => `ref-${tenant}-${subjectId}`
  let events = 0

  /** An event as the recorder writes it, reduced to what enforcement rests on. */
  const event = async (type: string, sessionId: string, subjectId: string, more: object = {}) => {
    events += 1
    const at = iso(Date.now())
    const named = { subject_ref: refOf(subjectId), subject_id: subjectId, last_at: at }
    await store.append('identities', [{ tenant, instance, ...named }])
    await store.append('events', [
      {
        ...{ tenant, instance, event_id: `e${events}`, type, occurred_at: at, received_at: at },
        ...{ lane: 'live', session_kind: 'online', session_id: sessionId },
        ...{ subject_ref: refOf(subjectId), subject_kind: 'user', ...more },
      },
    ])
  }
  const session = (id: string, subjectId: string, kind: SessionKind = 'online') =>
    event('session.created', id, subjectId, {
      session_kind: kind,
      occurred_at: iso(Date.now() - 600_000),
    })
  const cause = async (
    causeClass: Cause['class'],
    subjectId: string,
    more: Partial<Cause> = {},
  ): Promise<void> => {
    events += 1
    const eventId = `e${events}`
    const at = Date.now()
    await store.append('causes', [
      causeRow({
        ...{ tenant, instance, class: causeClass, eventId, at, receivedAt: at, lane: 'live' },
        causeId: causeIdOf(tenant, instance, causeClass, eventId),
        ...{ mayAct: true, modeMax: 'enforce', scopeKind: 'subject', scopeId: '' },
        ...{ subjectRef: refOf(subjectId), sessionKind: '', sessionId: '', exemptSessionId: '' },
        flowSessionId: '',
        ...{ initiatorKind: 'admin', initiatorId: '', reason: '', ...more },
      }),
    ])
    enforcer.nudge()
  }
  const verdicts = () =>
    store.ask(
      `select session_id, toString(session_kind) as kind, verdict, outcome, dead_by, order_state, order_reason
       from verdicts(as_of = {as_of:DateTime64(3)})
       where tenant = {tenant:String} order by session_kind, session_id`,
      { as_of: Date.now(), tenant },
    )
  const answers = async (sessionId: string): Promise<readonly string[]> => {
    const rows = await store.ask(
      `select means from evidence where tenant = {tenant:String} and session_id = {id:String}
         and level = 'E1' order by at`,
      { tenant, id: sessionId },
    )
    return rows.map(({ means }) => String(means))
  }
  const close = async (): Promise<void> => {
    over.abort()
    await running
    await enforcer.close()
  }
  return { session, event, cause, verdicts, answers, notices, close, refOf }
}
