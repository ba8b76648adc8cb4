import { Type } from 'typebox'
import { answers, closedObject } from '../api/schemas.ts'
import { DetectorEntry } from '../queries/detectors.ts'
import type { Route } from '../route.ts'

/** Detectors and sweeps, and what to do about their findings. */
export const route: Route = {
  id: 'detectors',
  mount: (server, { detectors }) => {
    server.get(
      '/v1/detectors',
      {
        config: { admits: 'read' },
        schema: {
          operationId: 'listDetectors',
          summary: 'Detectors and sweeps, with title, runbook and ATT&CK techniques',
          description:
            'Every detector and sweep, its mode by policy, and what to do about a finding.',
          tags: ['findings'],
          response: answers({ 200: closedObject({ items: Type.Array(DetectorEntry) }) }),
        },
      },
      async () => ({ items: [...detectors] }),
    )
  },
}
