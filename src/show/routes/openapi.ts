import swaggerUi from '@fastify/swagger-ui'
import { asyncapi } from '../../contract/asyncapi.ts'
import type { Route } from '../route.ts'

/**
 * The description of the API and its documentation page. The page is served from here alone: it loads
 * nothing from other hosts, which its content security policy enforces.
 */
export const route: Route = {
  id: 'openapi',
  mount: (server, deps) => {
    // The address that people type.
    server.get('/', { config: { admits: 'anyone' }, schema: { hide: true } }, async (_, reply) =>
      reply.redirect('/docs'),
    )
    server.get(
      '/openapi.json',
      { config: { admits: 'anyone' }, schema: { hide: true } },
      async (_, reply) => reply.type('application/json; charset=utf-8').send(server.swagger()),
    )
    server.get(
      '/asyncapi.json',
      { config: { admits: 'anyone' }, schema: { hide: true } },
      async (_, reply) =>
        reply.type('application/json; charset=utf-8').send(asyncapi({ version: deps.version })),
    )
    server.register(swaggerUi, {
      routePrefix: '/docs',
      validatorUrl: false,
      theme: { title: 'Curfew API' },
      // Without the toolbar of the library: there is only one description.
      uiConfig: { layout: 'BaseLayout', deepLinking: true, displayRequestDuration: true },
      staticCSP: {
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': "'self'",
        'connect-src': "'self'",
        'base-uri': "'none'",
        'frame-ancestors': "'none'",
      },
    })
  },
}
