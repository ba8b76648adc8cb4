import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillPolicy } from '../../src/config/policy.ts'
import { provider } from '../../src/connectors/workos/provider.ts'
import { instanceKey } from '../../src/contract/identity.ts'
import type { PolicyFile } from '../../src/contract/policy.ts'
import type { Row } from '../../src/contract/ports.ts'
import type { Enforcer } from '../../src/enforce/enforce.ts'
import { openEnforcer } from '../../src/enforce/enforce.ts'
import type { Guard } from '../../src/enforce/guarding/guard.ts'
import type { OpenProvider } from '../../src/enforce/provider-kit/provider.ts'
import { makeSend } from '../../src/http/bounded-fetch.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import type { Store } from '../../src/store/store.ts'
import type { FakeWorkos } from '../fakes/workos.ts'
import { openFakeWorkos } from '../fakes/workos.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'
import { openTestStore } from '../parts/store.ts'
import type { TestIngest } from './world.ts'
import { bindingOf, instance, minute, openTestIngest, pseudonym, second } from './world.ts'

const entry = (more: object = {}) => ({
  ...{ object: 'directory_user', id: 'directory_user_ada', directory_id: 'directory_1' },
  ...{ organization_id: 'org_01JFAKE', email: 'user_ada@example.com', state: 'active' },
  ...more,
})
const membership = (role: string, status = 'active') => ({
  ...{ object: 'organization_membership', id: 'om_ada', user_id: 'user_ada' },
  ...{ organization_id: 'org_01JFAKE', status, role: { slug: role } },
})
const directory = { object: 'directory', id: 'directory_1', organization_id: 'org_01JFAKE' }
const connection = { object: 'connection', id: 'conn_1', state: 'inactive' }

/** Everybody of one small environment, and what each of them has there. */
type Who = 'ada' | 'elsewhere' | 'bo' | 'agent'

interface Case {
  readonly tells: string
  readonly data: object
  readonly ends: readonly Who[]
}

/** What is told → whose sessions Curfew ends at WorkOS, and proves to be gone. */
const cases: readonly Case[] = [
  { tells: 'connection.deactivated', data: connection, ends: ['ada'] },
  { tells: 'dsync.deactivated', data: directory, ends: ['ada'] },
  { tells: 'dsync.user.deleted', data: entry({ state: 'inactive' }), ends: ['ada'] },
  {
    tells: 'dsync.group.user_removed',
    data: { directory_id: 'directory_1', user: entry(), group: { id: 'g1', name: 'Finance' } },
    ends: ['ada'],
  },
  { tells: 'organization_membership.updated', data: membership('member'), ends: ['ada'] },
  { tells: 'organization.deleted', data: { id: 'org_01JFAKE' }, ends: ['ada', 'bo', 'agent'] },
  { tells: 'agent.instance.deleted', data: { id: 'agent_1' }, ends: ['agent'] },
]

/** Nothing that WorkOS lists rests on these. */
const reachingNobody = [
  ['pipes.connected_account.disconnected', { id: 'account_1' }],
  ['api_key.revoked', { id: 'api_key_1' }],
  ['agent.registration.revoked', { agent_registration_id: 'agent_reg_1' }],
] as const

const policy: PolicyFile = {
  version: 1,
  causes: Object.fromEntries(
    [
      ...['credential_reset', 'subject_suspended', 'subject_offboarded', 'access_reduced'],
      ...['membership_deactivated', 'organization_deactivated', 'connection_deactivated'],
      ...['directory_deactivated', 'grant_revoked'],
    ].map((name) => [name, { mode: 'enforce', deadline_seconds: 60 }]),
  ),
  guards: { provider_calls_per_second_max: 1_000 },
}

const time = makeClock()
const all = cases.map((each, index) => ({ ...each, tenant: `t${index}` }))
const quiet = 'quiet'
let store: Store
let ingest: TestIngest
let judged: readonly Row[]
const worlds = new Map<string, { fake: FakeWorkos; names: Map<string, Who>; taken: number }>()

/** Hands over what the environment told since the last time. */
async function take(tenant: string): Promise<void> {
  const world = worlds.get(tenant)
  if (world === undefined) throw new TypeError(`nothing happened in ${tenant}`)
  const fresh = world.fake.events.slice(world.taken)
  const { durable } = await ingest.take(tenant, [], {
    format: 'workos',
    binding: bindingOf(tenant),
    messages: fresh.map((event, index) => ({
      value: Buffer.from(JSON.stringify(event)),
      offset: world.taken + index,
      receivedAt: time.clock.now(),
    })),
  })
  world.taken += fresh.length
  await durable
}

/** Ada has a session in the organization, by single sign-on, and one elsewhere; Bo and an agent one each. */
async function openWorld(tenant: string): Promise<void> {
  const fake = await openFakeWorkos({ now: time.clock.now })
  fake.addEvent('dsync.user.created', entry())
  fake.addEvent('organization_membership.created', membership('admin'))
  fake.addEvent('authentication.sso_succeeded', {
    ...{ type: 'sso', user_id: 'user_ada', email: 'user_ada@example.com' },
    ...{ ip_address: '192.0.2.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    sso: { organization_id: 'org_01JFAKE', connection_id: 'conn_1', session_id: null },
  })
  const inside = { organization_id: 'org_01JFAKE' }
  const ada = fake.addSession('user_ada', { ...inside, auth_method: 'sso' })
  const elsewhere = fake.addSession('user_ada', { organization_id: 'org_2' })
  const bo = fake.addSession('user_bo', inside)
  const agent = fake.addAgentSession('agent_1')
  const child = fake.addAgentSession('agent_1', agent.id)
  const names = new Map<string, Who>([
    [ada.id, 'ada'],
    [elsewhere.id, 'elsewhere'],
    [bo.id, 'bo'],
    [agent.id, 'agent'],
    [child.id, 'agent'],
  ])
  worlds.set(tenant, { fake, names, taken: 0 })
}

async function openEnforcerAtAll(): Promise<Enforcer> {
  const filled = fillPolicy(policy)
  const send = makeSend({ timeoutMs: 5_000, bodyBytesMax: 1_048_576 })
  const providers = new Map<string, OpenProvider>()
  for (const [tenant, { fake }] of worlds) {
    const settings = { api_key: fake.apiKey, base_url: fake.url, client_id: 'client_01JFAKE' }
    providers.set(
      instanceKey(tenant, instance),
      provider.open(settings, { send, clock: time.clock }),
    )
  }
  return await openEnforcer({
    ask: store.askControl,
    append: async (table, rows) => {
      await store.append(table, rows)
      await time.advance(1)
    },
    providers,
    policy: filled,
    guards: await loadCatalog<Guard>(
      join(import.meta.dirname, '../../src/enforce/guards'),
      'guard',
    ),
    condemn: makeCondemn({ policy: filled }),
    pseudonymOf: pseudonym,
    clock: time.clock,
    random: () => 0.5,
    log: silentLog,
    meter: idleMeter,
    killSwitch: { isOn: () => false },
    everyMs: 1_000,
    notify: () => {},
  })
}

/** Whose sessions live at WorkOS. */
async function livingAt(tenant: string): Promise<readonly Who[]> {
  const { fake, names } = worlds.get(tenant) ?? {}
  const send = makeSend({ timeoutMs: 5_000, bodyBytesMax: 1_048_576 })
  const open = provider.open(
    { api_key: fake?.apiKey, base_url: fake?.url },
    { send, clock: time.clock },
  )
  const lists = await Promise.all(['user_ada', 'user_bo', 'agent_1'].map((id) => open.list(id)))
  const alive = lists.flatMap(({ sessions }) => sessions.map(({ id }) => names?.get(id)))
  return (['ada', 'elsewhere', 'bo', 'agent'] as const).filter((who) => alive.includes(who))
}

/** Sessions that are condemned and not proven dead; at first nobody has looked. */
async function unproven(): Promise<number> {
  const [row] = await store.ask(
    `select if(count() = 0, 1, countIf(verdict != 'kept')) as open
     from verdicts(as_of = {as_of:DateTime64(3)})`,
    { as_of: time.clock.now() },
  )
  return Number(row?.open)
}

/** One story for all cases at once: a round over many tenants costs hardly more than over one. */
beforeAll(async () => {
  store = await openTestStore()
  ingest = await openTestIngest({ store, policy: fillPolicy(policy), clock: time.clock })
  for (const tenant of [...all.map((each) => each.tenant), quiet]) {
    await openWorld(tenant)
    await take(tenant)
  }
  await time.advance(30 * minute)
  for (const { tenant, tells, data } of all) {
    worlds.get(tenant)?.fake.addEvent(tells, data)
    await take(tenant)
  }
  for (const [tells, data] of reachingNobody) worlds.get(quiet)?.fake.addEvent(tells, data)
  await take(quiet)
  const enforcer = await openEnforcerAtAll()
  for (let seconds = 0; seconds < 20 && (await unproven()) > 0; seconds += 1) {
    for (let ticks = 0; (await enforcer.tick()).more; ticks += 1) {
      if (ticks > 50) throw new TypeError('the enforcer was not done')
    }
    await time.advance(second)
  }
  await enforcer.close()
  judged = await store.ask(
    'select tenant, session_id, verdict from verdicts(as_of = {as_of:DateTime64(3)})',
    { as_of: time.clock.now() },
  )
}, 300_000)
afterAll(async () => {
  for (const { fake } of worlds.values()) await fake[Symbol.asyncDispose]()
  await ingest?.close()
  await store?.close()
})

/** Whose sessions are condemned, and the verdicts on them. */
function condemnedAt(tenant: string) {
  const rows = judged.filter((row) => row.tenant === tenant)
  const names = worlds.get(tenant)?.names
  return {
    who: [...new Set(rows.map((row) => names?.get(String(row.session_id))))].sort(),
    verdicts: [...new Set(rows.map(({ verdict }) => verdict))],
  }
}

const everybody: readonly Who[] = ['ada', 'elsewhere', 'bo', 'agent']

describe('at WorkOS', () => {
  it.each(all.map((each) => [each.tells, each.ends.join(', '), each] as const))(
    '%s ends and proves the sessions of %s, and no other',
    async (_tells, _who, { tenant, ends }) => {
      expect(condemnedAt(tenant)).toEqual({ who: [...ends].sort(), verdicts: ['kept'] })
      expect(await livingAt(tenant)).toEqual(everybody.filter((who) => !ends.includes(who)))
    },
  )

  it('what no session rests on ends none', async () => {
    expect(condemnedAt(quiet)).toEqual({ who: [], verdicts: [] })
    expect(await livingAt(quiet)).toEqual(everybody)
  })
})
