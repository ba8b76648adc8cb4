import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ask } from '../../src/contract/ports.ts'
import type { Role } from '../../src/show/api/principal.ts'
import { rights } from '../../src/show/api/principal.ts'
import type { Admission, Server } from '../../src/show/api/server.ts'
import type { TestStore } from '../parts/store.ts'
import { openTestStore } from '../parts/store.ts'
import { findingIdOf, refOf, writeCompany } from './company.ts'
import { aServer, bearer } from './server.ts'
import { curfewIdOf, orderIdOf, secretOf, start } from './world.ts'

let store: TestStore
let server: Server
let ask: Ask

beforeAll(async () => {
  store = await openTestStore()
  await writeCompany(store.append, 'acme')
  await writeCompany(store.append, 'rival')
  await store.append('requests', ['acme', 'rival'].map(requestOf))
  ask = store.ask
  server = await aServer({
    ask: (sql, values) => ask(sql, values),
    append: store.append,
    limits: { perAddressMax: 1e6, perPrincipalMax: 1e6, intakeMax: 1e6 },
  })
  await server.ready()
})

afterAll(async () => {
  await server.close()
  await store.close()
})

const requestIdOf = (tenant: string) => `${tenant}-request`
const requestOf = (tenant: string) => ({
  ...{ tenant, instance: 'one', request_id: requestIdOf(tenant), kind: 'sign_out_everywhere' },
  ...{ subject_ref: refOf(tenant, 'ada'), principal: 'grace', role: 'responder' },
  ...{ order_id: '', reason: secretOf(tenant), at: new Date(start).toISOString() },
})

/** Ids of every kind, by what they name; the session, the instance and the address are both tenants'. */
const idsOf = (tenant: string) => ({
  tenant: [tenant],
  instance: ['one'],
  person: [refOf(tenant, 'ada')],
  principal: [refOf(tenant, 'ben')],
  account: ['user-ada'],
  email: ['ada@example.com'],
  session: ['phone'],
  finding: [findingIdOf(tenant, 1)],
  curfew: [curfewIdOf(tenant, 'phone')],
  order: [orderIdOf(tenant, 'waiting')],
  request: [requestIdOf(tenant)],
  cause: [`${tenant}-cause-phone`],
})
type Ids = ReturnType<typeof idsOf>

/** What is tried at the places of paths and queries; one that is not named here is tried with everything. */
const takes: { readonly [place: string]: readonly (keyof Ids)[] } = {
  ...{ 'curfews/:id': ['curfew', 'cause'], 'findings/:id': ['finding', 'person'] },
  ...{ 'orders/:id': ['order', 'request'], 'requests/:id': ['request', 'order'] },
  ...{ 'sessions/:id': ['session', 'tenant'], 'subjects/:subject': ['person', 'principal'] },
  ...{ instance: ['instance'], session_id: ['session'], subject_ref: ['person'], q: ['email'] },
  ...{ source: ['tenant'], detector: ['finding'], cursor: ['finding', 'curfew'] },
  // Words of closed lists, instants and numbers, which no id is.
  ...Object.fromEntries(
    ['from', 'to', 'as_of', 'since', 'limit', 'kind', 'outcome', 'state', 'order_state'].map(
      (place) => [place, ['tenant']],
    ),
  ),
}

const idsFor = (place: string, ids: Ids): readonly string[] =>
  takes[place]?.flatMap((kind) => ids[kind]) ?? Object.values(ids).flat()

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly payload?: object
}

const guarded = () =>
  server.endpoints.filter(({ admits, url }) => isRight(admits) && !url.startsWith('/v1/intake'))

/** The requests that somebody could make with these ids, made from the paths and their schemas. */
function callsWith(ids: Ids): readonly Call[] {
  const at = (place: string) => idsFor(place, ids).map((id) => encodeURIComponent(id))
  return guarded().flatMap(({ method, url, schema }) => {
    const verb = method === 'POST' ? 'POST' : method === 'PUT' ? 'PUT' : 'GET'
    const payload = 'body' in schema ? { payload: bodyOf(schema.body) } : {}
    const open = url.replace(':kind', 'online').replace(':instance', 'one')
    const place = /:\w+/.exec(open)?.[0]
    const paths =
      place === undefined
        ? []
        : at(`${url.split('/')[2]}/${place}`).map((id) => open.replace(place, id))
    const names = 'querystring' in schema ? propertiesOf(schema.querystring) : []
    const queries = names.flatMap((name) => at(name).map((id) => `?${name}=${id}`))
    const [first = open] = paths
    const urls = new Set([...paths, ...queries.map((query) => first + query)])
    return [...urls].map((each) => ({ method: verb, url: each, ...payload }) as const)
  })
}

/** Those of another tenant's ids; what reads the same with one's own ids is asked with those. */
function foreignCalls(): readonly Call[] {
  const own = new Set(callsWith(idsOf('acme')).map(({ method, url }) => `${method} ${url}`))
  return callsWith(idsOf('rival')).filter(
    ({ method, url }) => method !== 'GET' || !own.has(`GET ${url}`),
  )
}

/** Lists as they are without any filter. */
const lists = (): readonly Call[] =>
  guarded()
    .filter(({ method, url }) => method === 'GET' && !url.includes(':'))
    .map(({ url }) => ({ method: 'GET', url }))

const isRight = (admits: Admission) => admits !== 'anyone' && admits !== 'decided_by_route'

function propertiesOf(schema: unknown): readonly string[] {
  return Object.keys(Object(Object(schema).properties))
}

function bodyOf(schema: unknown): object {
  return Object.fromEntries(
    propertiesOf(schema).map((name) => {
      const type = Object(Object(Object(schema).properties)[name]).type
      return [name, type === 'boolean' ? name !== 'dry_run' : 'because']
    }),
  )
}

/** The first role that a path admits, so that nothing but the tenant can be in the way. */
function roleFor(call: Call): Role {
  const path = call.url.split('?')[0] ?? ''
  const endpoint = server.endpoints.find(
    ({ method, url }) =>
      method === call.method && new RegExp(`^${url.replace(/:\w+/g, '[^/]+')}$`).test(path),
  )
  const admits = endpoint?.admits
  if (admits === undefined || admits === 'anyone' || admits === 'decided_by_route') return 'viewer'
  return admits === 'read' || admits === 'reports' ? 'responder' : (rights[admits][0] ?? 'viewer')
}

async function send(call: Call, tenant: string) {
  const answer = await server.inject({ ...call, headers: bearer(roleFor(call), tenant) })
  return { ...call, status: answer.statusCode, body: answer.body }
}

/** Some at a time, as many as the store reads at once. */
async function sendAll(calls: readonly Call[], tenant: string) {
  const left = [...calls]
  const answers: Awaited<ReturnType<typeof send>>[] = []
  const worker = async () => {
    for (let call = left.pop(); call; call = left.pop()) answers.push(await send(call, tenant))
  }
  await Promise.all([worker(), worker(), worker()])
  return answers
}

describe('lists without any filter', () => {
  it('hold nothing of another tenant', async () => {
    expect(lists().length).toBeGreaterThan(8)
    for (const { url, status, body } of await sendAll(lists(), 'acme')) {
      expect([url, status, /rival/.test(body)]).toEqual([url, 200, false])
    }
  })
})

/** For hundreds of questions on a machine that may be busy. */
const manyMs = 240_000

/**
 * All that is judged, written down: the view comes to the same each time, and the engine would plan
 * it anew for each of hundreds of questions. Whether it mixes tenants itself is looked at above.
 */
async function keepJudged(): Promise<void> {
  const at = "toDateTime64('2026-11-03 12:00:00', 3, 'UTC')"
  await store.command(
    `create table judged engine = MergeTree order by tuple() as select * from verdicts(as_of = ${at})`,
  )
  const view = /verdicts\(as_of = (\{\w+:DateTime64\(3\)\})\)/g
  const kept = '(select * from judged where detected_at <= $1)'
  ask = (sql, values) => store.ask(sql.replace(view, kept), values)
}

describe('requests at every place that takes an id', { timeout: manyMs }, () => {
  beforeAll(keepJudged)

  describe("another tenant's ids", () => {
    it('are tried at every path that takes one', () => {
      const urls = callsWith(idsOf('rival')).map((call) => call.url)
      const untried = guarded().filter(
        ({ url }) =>
          !urls.some((each) => new RegExp(`^${url.replace(/:\w+/g, '[^/]+')}(\\?|$)`).test(each)),
      )
      expect(untried.map(({ url }) => url)).toEqual([
        '/v1/detectors',
        '/v1/kill-switch',
        '/v1/kill-switch',
        '/v1/reports',
      ])
      expect(urls.length).toBeGreaterThan(300)
    })

    it('open nothing of theirs, at any path, in any place, with a role that is admitted', async () => {
      const answers = await sendAll(foreignCalls(), 'acme')
      const leaks = answers.filter(({ body }) => body.includes(secretOf('rival')))
      const broken = answers.filter(({ status }) => status >= 500)
      expect({ leaks, broken }).toEqual({ leaks: [], broken: [] })
    })

    it('are never written into a request', async () => {
      const rows = await store.ask(
        `select count() as n from requests
        where tenant = {tenant:String} and (order_id like 'rival%' or subject_ref in {refs:Array(String)})`,
        { tenant: 'acme', refs: [refOf('rival', 'ada'), refOf('rival', 'ben')] },
      )
      expect(rows).toEqual([{ n: 0 }])
    })

    it('are as unknown as ids that nobody has', async () => {
      const ids = { theirs: curfewIdOf('rival', 'phone'), nobodys: 'nobody-has-this' }
      const [theirs, nobodys] = await Promise.all(
        Object.values(ids).map((id) =>
          server.inject({ url: `/v1/curfews/${id}`, headers: bearer('viewer') }),
        ),
      )
      expect({ ...theirs?.json(), request_id: '' }).toEqual({ ...nobodys?.json(), request_id: '' })
    })
  })

  describe("a tenant's own ids", () => {
    it('open nothing of another tenant, which has sessions of the same names', async () => {
      const calls = callsWith(idsOf('acme')).filter(({ method }) => method === 'GET')
      const answers = await sendAll(calls, 'acme')
      const leaks = answers.filter(({ body }) => /rival|192\.0\.2\.2/.test(body))
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(20)
      expect(leaks).toEqual([])
    })
  })

  describe('the same requests by their owner', () => {
    it('do show what is theirs, so that the tests above could fail', async () => {
      const paths = callsWith(idsOf('rival')).filter(
        ({ method, url }) => method === 'GET' && !url.includes('?'),
      )
      const answers = await sendAll([...lists(), ...paths], 'rival')
      const open = new Set(
        answers.filter(({ body }) => body.includes('rival')).map(({ url }) => url.split('/')[2]),
      )
      expect(answers.filter(({ body }) => body.includes(secretOf('acme')))).toEqual([])
      expect([...open].sort()).toEqual([
        'conflicts',
        'curfews',
        'findings',
        'orders',
        'rejected',
        'reports',
        'requests',
        'sessions',
        'subjects',
      ])
    })
  })
})
