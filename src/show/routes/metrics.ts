import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { mayDo } from '../api/principal.ts'
import { answers } from '../api/schemas.ts'
import type { Route } from '../route.ts'

/** Behind a proxy on this machine every request comes from loopback; these headers show that. */
const forwarding = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * The metrics page: without a token for a scraper on this machine that connects directly, and with an
 * admin's token for every other caller. It names no person, session or tenant: a proxy without such headers
 * exposes only load figures.
 */
export const route: Route = {
  id: 'metrics',
  mount: (server, { metricsText }) => {
    server.get(
      '/metrics',
      {
        config: { admits: 'decided_by_route' },
        schema: {
          operationId: 'getMetrics',
          summary: 'Metrics in the text format of Prometheus',
          description: 'Open to direct connections from loopback; others need the role admin.',
          tags: ['operation'],
          response: {
            ...answers({}),
            200: {
              description: 'Metrics in the text format of Prometheus.',
              content: { 'text/plain': { schema: Type.String() } },
            },
          },
        },
      },
      async (request, reply) => {
        admit(request)
        reply.type('text/plain; version=0.0.4; charset=utf-8')
        return await metricsText()
      },
    )
  },
}

function admit(request: FastifyRequest): void {
  if (request.principal !== null) {
    if (mayDo(request.principal, 'metrics')) return
    throw new CurfewError('SHOW_FORBIDDEN', 'Metrics need the role admin.')
  }
  const direct = forwarding.every((header) => request.headers[header] === undefined)
  if (direct && isLoopback(request.socket.remoteAddress ?? '')) return
  throw new CurfewError(
    'SHOW_UNAUTHENTICATED',
    'Metrics need a token with the role admin, or a direct connection from this machine.',
  )
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}
