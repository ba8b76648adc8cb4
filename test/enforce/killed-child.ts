import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillPolicy } from '../../src/config/policy.ts'
import { provider } from '../../src/connectors/loopback/provider.ts'
import { instanceKey } from '../../src/contract/identity.ts'
import type { Append, Send } from '../../src/contract/ports.ts'
import { causeRow } from '../../src/contract/rows.ts'
import { openEnforcer } from '../../src/enforce/enforce.ts'
import type { Guard } from '../../src/enforce/guarding/guard.ts'
import { makeSend } from '../../src/http/bounded-fetch.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { systemClock } from '../../src/process/clock.ts'
import { idleMeter, silentLog } from '../given.ts'
import { openLastingStore } from '../parts/store.ts'
import { enforcing } from './scene.ts'

/**
 * A process that enforces one password reset against a provider of its own process, and is killed,
 * without a chance to tidy up, before or after its n-th trace outside: a write to the store or a
 * call. 0 lets it live; then it writes down what the store says.
 */
const [folder = '', url = '', sessionId = '', causeAt = '0', dieAt = '0', when = ''] =
  process.argv.slice(2)
const lifeMsMax = 30_000

const store = await openLastingStore({ kind: 'embedded', path: join(folder, 'store') })
let traces = 0
async function leaving<T>(trace: () => Promise<T>): Promise<T> {
  traces += 1
  const isLast = traces === Number(dieAt)
  if (isLast && when === 'before') process.kill(process.pid, 'SIGKILL')
  const left = await trace()
  if (isLast) process.kill(process.pid, 'SIGKILL')
  return left
}
const append: Append = (table, rows) =>
  rows.length === 0 ? Promise.resolve() : leaving(() => store.append(table, rows))
const net = makeSend({ timeoutMs: 5_000, bodyBytesMax: 1_048_576 })
const send: Send = (to, request) => leaving(() => net(to, request))

await notify(Number(causeAt))
const policy = fillPolicy(enforcing)
const open = provider.open({ base_url: url, token: 'idp-token' }, { send, clock: systemClock })
const enforcer = await openEnforcer({
  ask: store.askControl,
  append,
  providers: new Map([[instanceKey('acme', 'idp'), open]]),
  policy,
  guards: await loadCatalog<Guard>(join(import.meta.dirname, '../../src/enforce/guards'), 'guard'),
  condemn: makeCondemn({ policy }),
  clock: systemClock,
  random: () => 0.1,
  log: silentLog,
  meter: idleMeter,
  killSwitch: { isOn: () => false },
  everyMs: 50,
  notify: () => {},
})
const stop = new AbortController()
const running = enforcer.run(stop.signal)
const until = Date.now() + lifeMsMax
while ((await statesOf()).at(-1) !== 'contained' && Date.now() < until) await systemClock.wait(50)
stop.abort()
await running
await enforcer.close()
const rows = await store.ask(
  `select verdict, outcome from verdicts(as_of = now64(3, 'UTC')) where session_id = {id:String}`,
  { id: sessionId },
)
const state = { traces, states: await statesOf(), verdict: rows[0]?.verdict }
writeFileSync(join(folder, 'state.json'), JSON.stringify(state))
await store.close()
process.exit(0)

async function statesOf(): Promise<readonly string[]> {
  const steps = await store.ask(
    'select toString(state) as state, epoch, seq from order_steps where session_id = {id:String} order by epoch, seq',
    { id: sessionId },
  )
  return steps.map(({ state: each }) => String(each))
}

/** What was recorded before the enforcer began; the same rows in every life. */
async function notify(at: number): Promise<void> {
  const [known] = await store.ask('select count() as causes from causes')
  if (known?.causes !== 0) return
  const iso = (ms: number) => new Date(ms).toISOString()
  const owner = { tenant: 'acme', instance: 'idp' }
  const times = { occurred_at: iso(at - 600_000), received_at: iso(at - 600_000) }
  await store.append('identities', [
    { ...owner, subject_ref: 'ref-ada', subject_id: 'ada', last_at: iso(at) },
  ])
  await store.append('events', [
    {
      ...{ ...owner, ...times, event_id: 'e1', type: 'session.created', lane: 'live' },
      ...{ session_kind: 'online', session_id: sessionId },
      ...{ subject_ref: 'ref-ada', subject_kind: 'user' },
    },
  ])
  await store.append('causes', [
    causeRow({
      ...{ ...owner, causeId: 'c1', class: 'credential_reset', eventId: 'e2' },
      ...{ at, receivedAt: at, lane: 'live', mayAct: true, modeMax: 'enforce' },
      ...{ scopeKind: 'subject', scopeId: '', subjectRef: 'ref-ada', sessionKind: '' },
      ...{
        sessionId: '',
        exemptSessionId: '',
        flowSessionId: '',
        initiatorKind: 'admin',
        initiatorId: '',
      },
      reason: '',
    }),
  ])
}
