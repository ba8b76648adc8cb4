import { Type } from 'typebox'
import { answers, closedObject } from '../api/schemas.ts'
import { DetectorEntry } from '../queries/detectors.ts'
import type { Route } from '../route.ts'

/** What is looked for, and what to do when it is found. */
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
            'What is looked for, in the mode that policy gives it, and what to do about a finding.',
          tags: ['findings'],
          response: answers({ 200: closedObject({ items: Type.Array(DetectorEntry) }) }),
        },
      },
      async () => ({ items: [...detectors] }),
    )
  },
}
