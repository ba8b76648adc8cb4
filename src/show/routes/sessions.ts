import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { SessionKind } from '../../contract/event-words.ts'
import { judgedAt, principalOf, readPaging } from '../api/paging.ts'
import { mayDo } from '../api/principal.ts'
import { answers, closedObject, Name, Page, pageQuery } from '../api/schemas.ts'
import type { Server } from '../api/server.ts'
import { findSubjects } from '../queries/find-subjects.ts'
import {
  readSessions,
  SessionEntry,
  sessionPlace,
  sessionsStart,
} from '../queries/session-inventory.ts'
import { readTimeline, TimelineEntry, timelineStart } from '../queries/timeline.ts'
import type { Deps, Route } from '../route.ts'

const SubjectEntry = closedObject({
  instance: Type.String(),
  subject_ref: Type.String(),
  subject_id: Type.String({ description: 'Empty for tokens that may not read names.' }),
  email: Type.String({ description: 'Empty for tokens that may not read names.' }),
})

/** The sessions of a subject, and the timeline of one session. */
export const route: Route = {
  id: 'sessions',
  mount: (server, deps) => {
    mountInventory(server, deps)
    mountTimeline(server, deps)
  },
}

function mountInventory(server: Server, { ask, pseudonym, now }: Deps): void {
  server.get(
    '/v1/subjects/:subject/sessions',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'listSessions',
        summary: 'Sessions of a subject: where, since when, alive or ended, and by which evidence',
        description: 'Recorded sessions; the provider may have others. Latest activity first.',
        tags: ['sessions'],
        params: closedObject({
          subject: Name('Reference; or, for tokens that may read names, id or e-mail.'),
        }),
        querystring: closedObject(pageQuery),
        response: answers({
          200: closedObject({
            subjects: Type.Array(SubjectEntry),
            ...Page(SessionEntry).properties,
          }),
        }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const text = request.params.subject
      const subjects = await findSubjects({ ask, pseudonym, principal, text })
      const refs = subjects.map((subject) => subject.subject_ref)
      const paging = readPaging({
        list: 'sessions',
        filters: { refs },
        start: sessionsStart,
        ...request.query,
      })
      const sessions = await readSessions({
        ask,
        tenant: principal.tenant,
        refs,
        names: mayDo(principal, 'names'),
        now: now(),
        after: paging.after,
        most: paging.most,
      })
      return { subjects: [...subjects], ...paging.page(sessions, sessionPlace) }
    },
  )
}

function mountTimeline(server: Server, { ask, now }: Deps): void {
  server.get(
    '/v1/sessions/:instance/:kind/:id/timeline',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'getTimeline',
        summary:
          'Timeline of a session, oldest first: events, causes, findings, order steps, evidence',
        description: 'All pages belong to one timeline, judged at the instant of the first page.',
        tags: ['sessions'],
        params: closedObject({
          instance: Name('Instance.'),
          kind: SessionKind,
          id: Name("The provider's id of the session."),
        }),
        querystring: closedObject(pageQuery),
        response: answers({ 200: Page(TimelineEntry) }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      // All pages use the instant of the first, so that they belong to one timeline.
      const paging = readPaging({
        list: 'timeline',
        filters: request.params,
        start: [now(), ...timelineStart],
        ...request.query,
      })
      const [judged, ...after] = paging.after
      const asOf = judgedAt(judged, now())
      const entries = await readTimeline({
        ask,
        tenant: principal.tenant,
        session: request.params,
        names: mayDo(principal, 'names'),
        asOf,
        after,
        most: paging.most,
      })
      if (entries.length === 0 && request.query.cursor === undefined) {
        throw new CurfewError('SHOW_UNKNOWN', 'There is no such session.')
      }
      const { items, next } = paging.page(entries, ({ place }) => [asOf, ...place])
      return { items: items.map(({ entry }) => entry), next }
    },
  )
}
