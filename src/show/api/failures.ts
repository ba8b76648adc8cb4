import type { Socket } from 'node:net'
import type { ConnectionError, FastifyReply, FastifyRequest } from 'fastify'
import { CurfewError } from '../../contract/errors.ts'
import type { Log } from '../../contract/ports.ts'
import type { Answer, Mistake } from './problem.ts'
import { answerTo, describeMistakes } from './problem.ts'
import type { Server } from './server.ts'

/** Answers every failure with problem details, whatever code throws it. */
export function answerFailures(server: Server, { log }: { readonly log: Log }): void {
  server.setSchemaErrorFormatter((mistakes, part) =>
    // Errors of the schema compiler have the same two fields as those of the schema library.
    describeMistakes(mistakes as readonly Mistake[], part),
  )
  server.setErrorHandler((error, request, reply) => {
    const answer = answerTo(error, request.id)
    if (answer.problem.status === 500) report(log, error, request)
    return sendProblem(reply, answer)
  })
  // Checked before the body is read: some methods must not have one.
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const allowed = methodsAt(server, request.url)
    if (allowed.length === 0) return
    reply.header('allow', allowed.join(', '))
    throw new CurfewError('SHOW_METHOD', `This address takes ${allowed.join(', ')}.`)
  })
  server.setNotFoundHandler((request, reply) => {
    const unknown = new CurfewError('SHOW_UNKNOWN', 'There is no resource at this address.')
    return sendProblem(reply, answerTo(unknown, request.id))
  })
}

/** The allowed methods by path, from the mounted routes. */
function methodsAt({ endpoints }: Pick<Server, 'endpoints'>, address: string): readonly string[] {
  const path = address.split('?')[0] ?? ''
  return endpoints
    .filter(({ url }) => new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`).test(path))
    .map(({ method }) => method)
}

/** Answers failures before routing: an address that is malformed or too long. */
export function answerFrameworkError(
  error: Error,
  request: { readonly id: string },
  reply: FastifyReply,
): void {
  sendProblem(reply.header('x-request-id', request.id), answerTo(error, request.id))
}

/** Answers input that is not HTTP; no request object exists for it. */
export function answerConnectionError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const body = JSON.stringify({
    type: 'about:blank',
    title: status === 408 ? 'Request Timeout' : 'Bad Request',
    status,
    code: 'SHOW_INVALID',
    detail: 'The request is not valid HTTP.',
    request_id: '',
  })
  socket.end(
    `HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : 'Bad Request'}\r\n` +
      `content-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`,
  )
}

function sendProblem(reply: FastifyReply, { problem, retryAfterSeconds }: Answer): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="curfew"')
  if (problem.status === 403) {
    reply.header('www-authenticate', 'Bearer realm="curfew", error="insufficient_scope"')
  }
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem))
}

/**
 * Logs an internal failure. The engine's messages quote the statement with its values, and a library's
 * may quote the body, so errors of other code are logged by type and location only.
 */
function report(log: Log, error: unknown, request: FastifyRequest): void {
  const known = error instanceof CurfewError || error instanceof TypeError
  const store = error instanceof CurfewError && /^(STORE|RECORD)_/.test(error.code)
  const reason = known && !store ? error.message : engineCode(error)
  log.error(
    {
      requestId: request.id,
      route: request.routeOptions.url,
      code: error instanceof CurfewError ? error.code : undefined,
      kind: error instanceof Error ? error.name : typeof error,
      reason,
      thrownAt: frameOf(error),
    },
    'a request failed',
  )
}

function engineCode(error: unknown): string | undefined {
  return error instanceof Error ? /Code: \d+/.exec(error.message)?.[0] : undefined
}

/** The first frame of the stack: file and line, without the message above it. */
function frameOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? error.stack : undefined
  return stack
    ?.split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim()
}
