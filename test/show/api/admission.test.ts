import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../src/show/api/principal.ts'
import type { Server } from '../../../src/show/api/server.ts'
import type { Route } from '../../../src/show/route.ts'
import { aServer, bearer, roles } from '../server.ts'

/** Who may call what, written down a second time: whoever adds a path decides here once more. */
const everybody = ['viewer', 'analyst', 'responder', 'auditor', 'admin'] as const
const table: { readonly [endpoint: string]: readonly Role[] | 'anyone' } = {
  'GET /': 'anyone',
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /openapi.json': 'anyone',
  'GET /asyncapi.json': 'anyone',
  'POST /v1/intake/workos': 'anyone',
  'GET /metrics': ['admin'],
  'GET /v1/subjects/:subject/sessions': everybody,
  'GET /v1/sessions/:instance/:kind/:id/timeline': everybody,
  'GET /v1/detectors': everybody,
  'GET /v1/findings': everybody,
  'GET /v1/findings/:id': everybody,
  'GET /v1/curfews': everybody,
  'GET /v1/curfews/:id': everybody,
  'GET /v1/reports': everybody,
  'GET /v1/reports/coverage': everybody,
  'GET /v1/reports/debt': everybody,
  'GET /v1/reports/findings': everybody,
  'GET /v1/reports/latency': everybody,
  'GET /v1/reports/population': everybody,
  'GET /v1/reports/revocations': everybody,
  'GET /v1/reports/unread': everybody,
  'GET /v1/rejected': ['analyst', 'admin', 'intake'],
  'GET /v1/conflicts': ['analyst', 'admin'],
  'GET /v1/kill-switch': ['admin'],
  'PUT /v1/kill-switch': ['admin'],
  'GET /v1/orders': everybody,
  'GET /v1/orders/:id': everybody,
  'GET /v1/requests': everybody,
  'GET /v1/requests/:id': everybody,
  'POST /v1/orders/:id/approve': ['responder'],
  'POST /v1/orders/:id/deny': ['responder'],
  'POST /v1/subjects/:subject/sign-out': ['responder'],
  'POST /v1/sessions/:instance/:kind/:id/end': ['responder'],
  'POST /v1/intake/events': ['intake'],
}

let server: Server
beforeAll(async () => {
  server = await aServer({ limits: { perAddressMax: 1e6, perPrincipalMax: 1e6, intakeMax: 1e6 } })
  await server.ready()
})
afterAll(async () => {
  await server.close()
})

/** A request that is right in everything but, perhaps, who sends it. */
async function call(endpoint: string, headers: { readonly authorization?: string }) {
  const [method = '', path = ''] = endpoint.split(' ')
  const url = path
    .replace(':kind', 'online')
    .replace(':subject', 'f'.repeat(32))
    .replace(/:\w+/g, 'some-id')
  const body = path === '/v1/kill-switch' ? { on: true, reason: 'why' } : { reason: 'why' }
  const answer = await server.inject({
    method: method === 'GET' ? 'GET' : method === 'PUT' ? 'PUT' : 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/json' },
    // Beyond the metrics page's own rule for this machine, which has a test of its own.
    remoteAddress: '198.51.100.7',
    ...(method === 'GET' ? {} : { payload: JSON.stringify(body) }),
  })
  return answer.statusCode
}

describe('the table of roles and routes', () => {
  it('has every path there is, and no other', () => {
    const endpoints = server.endpoints.map(({ method, url }) => `${method} ${url}`)
    expect(endpoints.toSorted()).toEqual(Object.keys(table).toSorted())
  })

  it.each(Object.keys(table).filter((endpoint) => table[endpoint] !== 'anyone'))(
    'lets nobody into %s without a token, or with one that is not known',
    async (endpoint) => {
      const without = await call(endpoint, {})
      const unknown = await call(endpoint, { authorization: 'Bearer nobody' })
      expect([without, unknown]).toEqual([401, 401])
    },
  )

  it.each(
    Object.entries(table).flatMap(([endpoint, who]) =>
      roles.map((role) => ({ endpoint, who, role })),
    ),
  )('holds for $role at $endpoint', async ({ endpoint, who, role }) => {
    const admitted = (await call(endpoint, bearer(role))) !== 403
    expect(admitted).toBe(who === 'anyone' || who.includes(role))
  })
})

describe('the start', () => {
  it('is refused with a route that does not say whom it admits', async () => {
    const careless: Route = {
      id: 'careless',
      mount: (server) => {
        server.get('/v1/careless', async () => 'everything')
      },
    }
    await expect(aServer({ routes: [careless] })).rejects.toThrow(TypeError)
  })
})

describe('every path', () => {
  it('has a schema for each part it takes and for its answer', () => {
    const poor = server.endpoints.filter(({ method, url, schema }) => {
      const parts = Object.keys(schema)
      if (Reflect.get(schema, 'hide') === true || url.startsWith('/v1/intake')) return false
      const takesBody = method !== 'GET' && !parts.includes('body')
      return (
        !parts.includes('response') || takesBody || (url.includes(':') && !parts.includes('params'))
      )
    })
    expect(poor).toEqual([])
  })

  it('takes no parameter it does not know: a tenant in a query is refused, never used', async () => {
    const lists = server.endpoints.filter(({ schema }) => 'querystring' in schema)
    expect(lists.length).toBeGreaterThan(5)
    for (const { url } of lists) {
      const path = url.replace(':kind', 'online').replace(/:\w+/g, 'f'.repeat(32))
      const answer = await server.inject({
        url: `${path}?tenant=rival`,
        headers: bearer(/rejected|conflicts/.test(url) ? 'analyst' : 'responder'),
      })
      expect([url, answer.statusCode]).toEqual([url, 400])
    }
  })
})

describe('rates', () => {
  const hit = async (
    limited: Server,
    headers: { readonly authorization: string },
    remoteAddress: string,
  ) => (await limited.inject({ url: '/v1/findings', headers, remoteAddress })).statusCode

  it('hold back one address, whatever tokens it tries, and nobody else', async () => {
    const limits = { perAddressMax: 2, perPrincipalMax: 100, intakeMax: 100 }
    await using limited = await aServer({ limits })
    const codes = []
    for (const token of ['a', 'b', 'c']) {
      codes.push(await hit(limited, { authorization: `Bearer ${token}` }, '198.51.100.7'))
    }
    codes.push(await hit(limited, bearer('viewer'), '198.51.100.8'))
    expect(codes).toEqual([401, 401, 429, 200])
  })

  it('hold back one token from many addresses, and not another of its tenant', async () => {
    const limits = { perAddressMax: 100, perPrincipalMax: 2, intakeMax: 100 }
    await using limited = await aServer({ limits })
    const codes = []
    for (const host of [1, 2, 3]) {
      codes.push(await hit(limited, bearer('viewer'), `198.51.100.${host}`))
    }
    codes.push(await hit(limited, bearer('analyst'), '198.51.100.4'))
    expect(codes).toEqual([200, 200, 429, 200])
  })

  it('count a whole IPv6 network of a subscriber as one address', async () => {
    const limits = { perAddressMax: 1, perPrincipalMax: 100, intakeMax: 100 }
    await using limited = await aServer({ limits })
    await hit(limited, bearer('viewer'), '2001:db8::1')
    expect(await hit(limited, bearer('viewer'), '2001:db8::2')).toBe(429)
  })

  it('hold back whoever looks for paths that are not there', async () => {
    const limits = { perAddressMax: 1, perPrincipalMax: 100, intakeMax: 100 }
    await using limited = await aServer({ limits })
    await limited.inject('/nowhere')
    expect((await limited.inject('/nowhere')).statusCode).toBe(429)
  })

  it('say when to come again', async () => {
    const limits = { perAddressMax: 1, perPrincipalMax: 100, intakeMax: 100 }
    await using limited = await aServer({ limits })
    await limited.inject('/healthz')
    const answer = await limited.inject('/healthz')
    expect(answer.json()).toMatchObject({ status: 429, code: 'SHOW_BUSY' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('count by what a proxy of ours forwards, else all the world were one address', async () => {
    const limits = { perAddressMax: 1, perPrincipalMax: 100, intakeMax: 100 }
    await using limited = await aServer({ limits, trustedProxies: ['127.0.0.1'] })
    const from = (address: string) =>
      limited.inject({ url: '/healthz', headers: { 'x-forwarded-for': address } })
    await from('198.51.100.1')
    const [other, same] = [await from('198.51.100.2'), await from('198.51.100.1')]
    expect([other.statusCode, same.statusCode]).toEqual([200, 429])
  })

  it('do not believe a forwarding header from somebody who is no proxy of ours', async () => {
    const limits = { perAddressMax: 1, perPrincipalMax: 100, intakeMax: 100 }
    await using limited = await aServer({ limits })
    const from = (address: string) =>
      limited.inject({ url: '/healthz', headers: { 'x-forwarded-for': address } })
    await from('198.51.100.1')
    expect((await from('198.51.100.2')).statusCode).toBe(429)
  })
})
