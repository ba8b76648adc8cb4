import { randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Now } from '../contract/ports.ts'
import type { Answer, CallRoute } from './idp/calls.ts'
import { callRoutes } from './idp/calls.ts'
import type { Fault } from './idp/faults.ts'
import { Faults } from './idp/faults.ts'
import type { CauseEvent } from './idp/idp.ts'
import { IdpSessions } from './idp/sessions.ts'
import type { Json } from './idp/wire.ts'
import { isJson } from './idp/wire.ts'

export interface LoopbackIdpOptions {
  /** By this clock sessions are created, used and expire. */
  readonly now: Now
  /** Bearer token of every call but `POST /token`. */
  readonly token: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  readonly faults?: Faults
  /** Life of an access token in ms, default five minutes; applications honour it to its end. */
  readonly accessTokenMs?: number
  /** Types of causes after which the provider ends the sessions in their scope by itself: none. */
  readonly endsSessionsOn?: ReadonlySet<CauseEvent['type']>
  /** How many events the feed keeps, default 50,000. */
  readonly eventsMax?: number
  /** Parts of ids and tokens; random unless a test wants to know them. */
  readonly newId?: () => string
}

export interface LoopbackIdp extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  readonly faults: Faults
  /** Stops listening and breaks whatever still hangs. */
  readonly close: () => Promise<void>
}

const bodyBytesMax = 65_536

/**
 * A small identity provider that really holds sessions in memory and really ends them, for demos,
 * tests and measurements. It listens on loopback only. Its API, all JSON:
 *
 * - `POST /sessions` {subject, kind, expires_at, ip, user_agent, device_id, organization_id,
 *   grant_id, place, network …} → 201 {session, refresh_token, access_token, access_expires_at};
 *   403 for a suspended or offboarded subject.
 * - `GET /subjects/{id}/sessions?kind&limit&after` → {sessions, next}: the active ones in order of
 *   creation, 10 a page unless told otherwise, 100 at most.
 * - `GET /sessions/{id}` → 200, or 404 once it is gone.
 * - `POST /sessions/{id}/revoke`, `/logout` → 200 once, 404 afterwards. The caller's `x-client-id`
 *   becomes the initiator's `client_id` in the feed.
 * - `POST /token` {refresh_token} → 200 with new tokens, or 400 {"error":"invalid_grant"}.
 * - `POST /subjects/{id}/password-reset` {by: recovery | admin | user}, `/suspend`, `/offboard`,
 *   `/reinstate`; `POST /events` for every other cause. → {event_id, at, ended}.
 * - `GET /events?after&limit` → {events, next}: `session-event.v1`, oldest first.
 *
 * @throws the listening error of node:http, such as EADDRINUSE.
 */
export async function openLoopbackIdp(options: LoopbackIdpOptions): Promise<LoopbackIdp> {
  const faults = options.faults ?? new Faults()
  const sessions = new IdpSessions({
    now: options.now,
    newId: options.newId ?? (() => randomUUID().replaceAll('-', '')),
    accessTokenMs: options.accessTokenMs ?? 300_000,
    eventsMax: options.eventsMax ?? 50_000,
    endsSessionsOn: options.endsSessionsOn ?? new Set(),
  })
  const desk: Desk = { sessions, faults, token: options.token, now: options.now }
  const server = createServer((request, response) => {
    attend(desk, request, response).catch(() => response.destroy())
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}`, port, faults, close, [Symbol.asyncDispose]: close }
}

interface Desk {
  readonly sessions: IdpSessions
  readonly faults: Faults
  readonly token: string
  readonly now: Now
}

async function attend(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const body = await bodyOf(request)
  const found = routeOf(request.method, url.pathname)
  if (found === undefined) return send(response, { status: 404, body: { error: 'unknown_route' } })
  if (found.route.admin && !isBearer(request, desk.token)) {
    return send(response, { status: 401, body: { error: 'unauthorized' } })
  }
  if (body === undefined) return send(response, { status: 400, body: { error: 'invalid_json' } })
  const fault = desk.faults.meet(found.route.call)
  if (fault?.kind === 'hang') return
  if (fault?.kind === 'status') return send(response, asAnswer(fault), retryAfterOf(fault))
  const answer = found.route.answer({
    sessions: desk.sessions,
    now: desk.now(),
    id: found.id,
    query: url.searchParams,
    body,
    clientId: String(request.headers['x-client-id'] ?? ''),
    fault,
  })
  if (fault?.kind === 'reset_after_work') request.socket.resetAndDestroy()
  else send(response, answer)
}

type StatusFault = Extract<Fault, { kind: 'status' }>

const asAnswer = ({ status }: StatusFault): Answer => ({ status, body: { error: 'fault' } })
const retryAfterOf = ({ retryAfter }: StatusFault): { 'retry-after'?: string } =>
  retryAfter === undefined ? {} : { 'retry-after': retryAfter }

function routeOf(
  method: string | undefined,
  path: string,
): { readonly route: CallRoute; readonly id: string } | undefined {
  for (const route of callRoutes) {
    const match = method === route.method ? route.path.exec(path) : null
    if (match !== null) return { route, id: decodeURIComponent(match[1] ?? '') }
  }
  return undefined
}

function isBearer(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** {} for an empty body, undefined for one that is no JSON object or too large. */
async function bodyOf(request: IncomingMessage): Promise<Json | undefined> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) {
    text += chunk
    if (text.length > bodyBytesMax) return undefined
  }
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return isJson(value) ? value : undefined
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, { status, body }: Answer, headers: object = {}): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-request-id': randomUUID(),
    ...headers,
  })
  response.end(text)
}
