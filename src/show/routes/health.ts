import { Type } from 'typebox'
import { answers, closedObject } from '../api/schemas.ts'
import type { Route } from '../route.ts'

const State = Type.Union([Type.Literal('ready'), Type.Literal('degraded'), Type.Literal('down')])
const Ready = closedObject({
  state: State,
  checks: Type.Array(
    closedObject({ name: Type.String(), state: State, detail: Type.Optional(Type.String()) }),
  ),
})

/**
 * Probes without a token: fixed texts, and no name of a tenant, a source or a session. A provider or broker outage makes the process degraded
 * and not down, since the API still answers.
 */
export const route: Route = {
  id: 'health',
  mount: (server, { health, version }) => {
    server.get(
      '/healthz',
      {
        config: { admits: 'anyone' },
        schema: {
          operationId: 'getLiveness',
          summary: 'Whether the process answers',
          description: 'For a liveness probe: restart the process when it does not answer.',
          tags: ['operation'],
          response: answers({
            200: closedObject({ state: Type.Literal('ready'), version: Type.String() }),
          }),
        },
      },
      async () => ({ state: 'ready' as const, version }),
    )
    server.get(
      '/readyz',
      {
        config: { admits: 'anyone' },
        schema: {
          operationId: 'getReadiness',
          summary: 'Whether requests can be answered: ready, degraded (200) or down (503)',
          description:
            'For a readiness probe: route requests elsewhere while it is down. `degraded` comes with a text of what is wrong.',
          tags: ['operation'],
          response: { ...answers({ 200: Ready }), 503: Ready },
        },
      },
      async (_, reply) => {
        const checks = await health()
        const worst = (['down', 'degraded', 'ready'] as const).find((state) =>
          checks.some((check) => check.state === state),
        )
        const state = worst ?? 'ready'
        return reply.code(state === 'down' ? 503 : 200).send({ state, checks: [...checks] })
      },
    )
  },
}
