import type { Socket } from 'node:net'
import type { ConnectionError, FastifyReply, FastifyRequest } from 'fastify'
import { CurfewError } from '../../contract/errors.ts'
import type { Log } from '../../contract/ports.ts'
import type { Answer, Mistake } from './problem.ts'
import { answerTo, describeMistakes } from './problem.ts'
import type { Server } from './server.ts'

/** Has every failure, whoever throws it, answered as problem details. */
export function answerFailures(server: Server, { log }: { readonly log: Log }): void {
  server.setSchemaErrorFormatter((mistakes, part) =>
    // The compiler's own mistakes are those of the schema library, which have the same two fields.
    describeMistakes(mistakes as readonly Mistake[], part),
  )
  server.setErrorHandler((error, request, reply) => {
    const answer = answerTo(error, request.id)
    if (answer.problem.status === 500) report(log, error, request)
    return sendProblem(reply, answer)
  })
  // Before a body is read, which some methods may not bring.
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const allowed = methodsAt(server, request.url)
    if (allowed.length === 0) return
    reply.header('allow', allowed.join(', '))
    throw new CurfewError('SHOW_METHOD', `This address takes ${allowed.join(', ')}.`)
  })
  server.setNotFoundHandler((request, reply) => {
    const unknown = new CurfewError('SHOW_UNKNOWN', 'There is nothing under this address.')
    return sendProblem(reply, answerTo(unknown, request.id))
  })
}

/** What may be asked of an address, by the paths that were mounted. */
function methodsAt({ endpoints }: Pick<Server, 'endpoints'>, address: string): readonly string[] {
  const path = address.split('?')[0] ?? ''
  return endpoints
    .filter(({ url }) => new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`).test(path))
    .map(({ method }) => method)
}

/** Answers failures that come before any route: an address that cannot be read, or is too long. */
export function answerFrameworkError(
  error: Error,
  request: { readonly id: string },
  reply: FastifyReply,
): void {
  sendProblem(reply.header('x-request-id', request.id), answerTo(error, request.id))
}

/** Answers what is not even HTTP; there is no request to speak of. */
export function answerConnectionError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const body = JSON.stringify({
    type: 'about:blank',
    title: status === 408 ? 'Request Timeout' : 'Bad Request',
    status,
    code: 'SHOW_INVALID',
    detail: 'The request cannot be read as HTTP.',
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
 * Logs a failure of ours. The engine's messages quote the statement with its values, and a library's
 * may quote the body, so of foreign ones only the kind is kept, and where it was thrown.
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

/** The first frame of the stack: a place in a file, without the message above it. */
function frameOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? error.stack : undefined
  return stack
    ?.split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim()
}
