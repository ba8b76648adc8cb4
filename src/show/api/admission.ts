import type { FastifyRequest } from 'fastify'
import { CurfewError } from '../../contract/errors.ts'
import type { Principal, Right, Token } from './principal.ts'
import { makeAuthenticate, mayDo, rights } from './principal.ts'
import type { Admission, RateLimits, Server } from './server.ts'

/** One path of the API, with who may call it and what it takes. */
export interface Endpoint {
  readonly method: string
  readonly url: string
  readonly admits: Admission
  readonly schema: object
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every path there is, in the order of mounting: for tests and the description. */
    endpoints: readonly Endpoint[]
  }
}

/** The pages that describe the API come from a library, which knows nothing of admission. */
const isDescription = (url: string): boolean => url === '/docs' || url.startsWith('/docs/')

export interface AdmissionDeps {
  readonly tokens: readonly Token[]
  readonly limits?: RateLimits | undefined
}

/**
 * Lets in who may come in: each request is known by its token or refused before its body is read,
 * and held to its rate. A route that does not say whom it admits stops the start.
 */
export function admit(server: Server, { tokens, limits }: AdmissionDeps): void {
  const endpoints: Endpoint[] = []
  server.decorate('endpoints', endpoints)
  server.decorateRequest('principal', null)
  server.addHook('onRoute', ({ method, url, config, schema }) => {
    if (isDescription(url)) return
    const admits = config?.admits
    if (admits === undefined) throw new TypeError(`the route ${url} does not say whom it admits`)
    endpoints.push({ method: String(method), url, admits, schema: schema ?? {} })
  })
  const authenticate = makeAuthenticate({ tokens })
  const measure = makeMeasure(server, limits)
  server.addHook('onRequest', async (request) => {
    const { admits, flood = false } = request.routeOptions.config
    // By address before all else: whoever guesses tokens or paths is held back by nothing later.
    await (flood ? measure.byDoor(request) : measure.byAddress(request))
    if (request.is404 || isDescription(request.routeOptions.url ?? '')) return
    if (admits === undefined) throw new TypeError('a route does not say whom it admits')
    if (admits === 'anyone') return
    const header = request.headers.authorization
    request.principal = authenticate(header) ?? null
    if (admits === 'decided_by_route' && header === undefined) return
    check(request.principal, admits)
    if (!flood) await measure.byPrincipal(request)
  })
}

/** Three counters of a minute: who calls from where, events from where, and who calls at all. */
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
      'A known token is needed, as `Authorization: Bearer …`.',
    )
  }
  if (admits === 'decided_by_route' || mayDo(principal, admits)) return
  throw new CurfewError(
    'SHOW_FORBIDDEN',
    `This needs one of the roles ${rights[admits].join(', ')}.`,
  )
}

/** `ttlMs` until the window ends. */
function tooMany(ttlMs: number): CurfewError {
  return new CurfewError('SHOW_BUSY', 'Too many requests; wait as long as Retry-After says.', {
    retry: true,
    retryAfterMs: ttlMs,
  })
}
