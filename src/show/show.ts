import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { FastifySchemaCompiler } from 'fastify'
import fastify from 'fastify'
import type { TSchema } from 'typebox'
import { attributions } from '../contract/attribution.ts'
import { inertJson } from '../contract/inert.ts'
import { admit } from './api/admission.ts'
import { refuseRepeatedKeys } from './api/body.ts'
import { finished } from './api/descriptions.ts'
import { answerConnectionError, answerFailures, answerFrameworkError } from './api/failures.ts'
import { refuseOtherNumbers } from './api/integers.ts'
import { rights } from './api/principal.ts'
import { withWords } from './api/problem.ts'
import type { Admission, Server } from './api/server.ts'
import type { Deps } from './route.ts'

const bodyBytesMax = 256 * 1024
/** An id of 256 characters, each escaped as three. */
const paramLengthMax = 768

/** The library's compiler; its errors get the literals that a union allows. */
const compileValidator: FastifySchemaCompiler<TSchema> = (route) => {
  const validate = TypeBoxValidatorCompiler(route)
  return (value) => {
    const answer = validate(value)
    if (typeof answer !== 'object' || !('error' in answer)) return answer
    const { error } = answer
    return Array.isArray(error) ? { error: withWords(route.schema, error) } : answer
  }
}

/**
 * Builds the HTTP server with all routes without binding it: the caller listens, or injects.
 * Every answer has a schema, every failure is problem details (RFC 9457), and no log line holds an
 * address of a request, a query, a body or a token.
 *
 * @throws CurfewError SETTINGS_INVALID for invalid tokens; TypeError for a route without an
 *   `admits` rule.
 */
export async function buildServer(deps: Deps): Promise<Server> {
  const { newId, routes, trustedProxies = [] } = deps
  const server = fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: 15_000,
    // Node checks for slow requests only every 30 s by default.
    http: { connectionsCheckingInterval: 1_000 },
    handlerTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 5_000,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    exposeHeadRoutes: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    genReqId: newId,
    routerOptions: { maxParamLength: paramLengthMax },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerConnectionError,
  }).withTypeProvider<TypeBoxTypeProvider>()
  server.setValidatorCompiler(compileValidator)
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  })
  // This hook only counts; admission decides what is counted and when.
  await server.register(rateLimit, { global: false })
  answerFailures(server, deps)
  refuseRepeatedKeys(server)
  observe(server, deps)
  admit(server, deps)
  await describe(server, deps.version)
  for (const route of routes) route.mount(server, deps)
  return server
}

/** One log line and two metrics per answer, by route pattern and never by address. */
function observe(server: Server, { log, meter }: Pick<Deps, 'log' | 'meter'>): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store')
  })
  server.addHook('preValidation', async ({ query, routeOptions }) => {
    const shapes = Reflect.get(Object(routeOptions.schema?.querystring), 'properties')
    refuseOtherNumbers({ ...Object(shapes) }, { ...Object(query) }, 'querystring')
  })
  // Texts of other parties are shown on terminals, too.
  server.addHook('onSend', async ({ routeOptions }, reply, payload) => {
    if (routeOptions.config.inert && reply.statusCode === 200) return payload
    const isJson = /\bjson\b/.test(String(reply.getHeader('content-type')))
    return isJson && typeof payload === 'string' ? inertJson(payload) : payload
  })
  server.addHook('onResponse', async (request, reply) => {
    const { id: requestId, method, principal } = request
    const route = request.routeOptions.url ?? 'unknown'
    const status = reply.statusCode
    const ms = Math.round(reply.elapsedTime)
    const who = principal === null ? {} : { tenant: principal.tenant, principal: principal.name }
    log.info({ requestId, method, route, status, ms, ...who }, 'answered')
    meter.count('curfew_http_requests_total', { method, route, status: String(status) })
    meter.observeMs('curfew_http_request_seconds', ms, { route })
  })
}

/** In the order of a reader's questions: what is alive, what is wrong, what was done, what proves it. */
const tags = [
  { name: 'sessions', description: 'Open sessions of a subject, and the timeline of one session.' },
  { name: 'findings', description: 'Suspicious or wrong states, and the events behind them.' },
  { name: 'curfews', description: 'Which sessions must be dead by when, and whether they are.' },
  { name: 'orders', description: 'Planned revocations, approvals and sign-outs.' },
  {
    name: 'reports',
    description: 'Coverage, latency, debt and revocations of a period, with their SQL.',
  },
  {
    name: 'intake',
    description: 'Intake of events: signed webhooks, and events of your own applications.',
  },
  {
    name: 'operation',
    description: 'Health, metrics, the kill switch, and messages that could not be read.',
  },
]

async function describe(server: Server, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Curfew',
        version,
        description:
          'Sessions that should be dead, what ended them, and proof. The tenant is that of the token; times are ISO 8601 in UTC; lists are paged by cursor; failures are problem details (RFC 9457) with a stable `code`. Places and networks: ' +
          attributions.map(({ text }) => text).join('; '),
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: ({ schema, url, route }) => ({
      schema: { ...schema, ...admissionOf(route.config?.admits) },
      url,
    }),
    transformObject: (told) => {
      if (!('openapiObject' in told)) return told.swaggerObject
      // One description object, extended in place.
      return finished(told.openapiObject) as typeof told.openapiObject
    },
  })
}

/** Adds the roles that a path admits to its description. */
function admissionOf(admits: Admission | undefined) {
  if (admits === undefined || admits === 'anyone') return { security: [] }
  if (admits === 'decided_by_route') return { security: [{}, { token: [] }] }
  return { security: [{ token: [] }], 'x-roles': rights[admits] }
}

/** The description of the API, for `schemas/openapi.json`. */
export async function openapi({
  version,
  routes,
  reports,
  webhooks,
}: Pick<Deps, 'version' | 'routes' | 'reports' | 'webhooks'>): Promise<object> {
  const never = () => Promise.reject(new TypeError('the API description calls no dependency'))
  const server = await buildServer({
    routes,
    reports,
    version,
    ask: never,
    append: never,
    fill: (sql) => sql,
    tokens: [],
    detectors: [],
    instancesOf: () => [],
    pseudonym: () => '',
    now: () => 0,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    meter: { count() {}, gauge() {}, observeMs() {} },
    metricsText: never,
    intake: { acceptWebhook: never, acceptEvents: never },
    webhooks,
    killSwitch: { read: never, set: never },
    health: never,
    ownClients: [],
    endingOf: () => undefined,
    modeOf: () => 'observe',
    newId: () => '',
  })
  await server.ready()
  const description = server.swagger()
  await server.close()
  return description
}
