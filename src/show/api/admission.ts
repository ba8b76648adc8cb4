import type { FastifyRequest } from 'fastify'
import { CurfewError } from '../../contract/errors.ts'
import type { Principal, Right, Token } from './principal.ts'
import { makeAuthenticate, mayDo, rights } from './principal.ts'
import type { Admission, RateLimits, Server } from './server.ts'

/** One path of the API: who may call it and which parameters it takes. */
export interface Endpoint {
  readonly method: string
  readonly url: string
  readonly admits: Admission
  readonly schema: object
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every mounted path in mounting order, for tests and the API description. */
    endpoints: readonly Endpoint[]
  }
}

/** The documentation pages come from a library that has no admission of its own. */
const isDescription = (url: string): boolean => url === '/docs' || url.startsWith('/docs/')

export interface AdmissionDeps {
  readonly tokens: readonly Token[]
  readonly limits?: RateLimits | undefined
}

/**
 * Authenticates each request by its token before its body is read, and applies rate limits. A route
 * without an `admits` rule stops the start.
 */
export function admit(server: Server, { tokens, limits }: AdmissionDeps): void {
  const endpoints: Endpoint[] = []
  server.decorate('endpoints', endpoints)
  server.decorateRequest('principal', null)
  server.addHook('onRoute', ({ method, url, config, schema }) => {
    if (isDescription(url)) return
    const admits = config?.admits
    if (admits === undefined) throw new TypeError(`the route ${url} has no 'admits' rule`)
    endpoints.push({ method: String(method), url, admits, schema: schema ?? {} })
  })
  const authenticate = makeAuthenticate({ tokens })
  const measure = makeMeasure(server, limits)
  server.addHook('onRequest', async (request) => {
    const { admits, flood = false } = request.routeOptions.config
    // The address is limited first, which also slows down guessing of tokens and paths.
    await (flood ? measure.byDoor(request) : measure.byAddress(request))
    if (request.is404 || isDescription(request.routeOptions.url ?? '')) return
    if (admits === undefined) throw new TypeError("a route has no 'admits' rule")
    if (admits === 'anyone') return
    const header = request.headers.authorization
    request.principal = authenticate(header) ?? null
    if (admits === 'decided_by_route' && header === undefined) return
    check(request.principal, admits)
    if (!flood) await measure.byPrincipal(request)
  })
}

/** Three counters per minute: requests by address, events by address, requests by token. */
function makeMeasure(server: Server, limits: RateLimits | undefined) {
  const counter = (max: number, keyGenerator?: (request: FastifyRequest) => string) => {
    const count = server.createRateLimit({
      max,
      timeWindow: 60_000,
      ...(keyGenerator === undefined ? {} : { keyGenerator }),
    })
    return async (request: FastifyRequest): Promise<void> => {
      const rate = await count(request)
      if (!rate.isAllowed && rate.isExceeded) throw tooMany(rate.ttl)
    }
  }
  return {
    byAddress: counter(limits?.perAddressMax ?? 1_200),
    byDoor: counter(limits?.intakeMax ?? 12_000),
    byPrincipal: counter(limits?.perPrincipalMax ?? 600, ({ principal }) =>
      JSON.stringify([principal?.tenant, principal?.name]),
    ),
  }
}

function check(principal: Principal | null, admits: Right | 'decided_by_route'): void {
  if (principal === null) {
    throw new CurfewError(
      'SHOW_UNAUTHENTICATED',
      'A valid token is required, as `Authorization: Bearer …`.',
    )
  }
  if (admits === 'decided_by_route' || mayDo(principal, admits)) return
  throw new CurfewError(
    'SHOW_FORBIDDEN',
    `This requires one of the roles ${rights[admits].join(', ')}.`,
  )
}

/** `ttlMs`: milliseconds until the window ends. */
function tooMany(ttlMs: number): CurfewError {
  return new CurfewError('SHOW_BUSY', 'Too many requests; retry after the time in Retry-After.', {
    retry: true,
    retryAfterMs: ttlMs,
  })
}
