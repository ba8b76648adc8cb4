import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { principalOf } from '../api/paging.ts'
import { mayDo } from '../api/principal.ts'
import { answers, closedObject, Name, pageSizeMax } from '../api/schemas.ts'
import { BlastRadius, previewOf, willEndFields } from '../queries/blast-radius.ts'
import type { Subject } from '../queries/find-subjects.ts'
import { findSubjects } from '../queries/find-subjects.ts'
import { readSessions, SessionEntry, sessionsStart } from '../queries/session-inventory.ts'
import { idempotencyHeaders, makeSubmitRequest, OrderBody } from '../queries/submit-request.ts'
import type { Route } from '../route.ts'

const Planned = closedObject({
  dry_run: Type.Boolean(),
  requests: Type.Array(
    closedObject({
      request_id: Type.String(),
      instance: Type.String(),
      subject_ref: Type.String(),
    }),
  ),
  sessions: Type.Array(
    closedObject({
      ...SessionEntry.properties,
      ...willEndFields,
      also_ends: Type.Array(Type.String(), {
        description: 'Other sessions that the call for this one also ends, by kind and id.',
      }),
    }),
    {
      description:
        "Recorded sessions that are not proven dead. Further sessions on the provider's list are condemned as well.",
    },
  ),
  blast_radius: BlastRadius,
  more_sessions: Type.Boolean({ description: `Whether there are more than ${pageSizeMax}.` }),
})

/** Sign out everywhere: an operator's order on all sessions of one subject, at every instance. */
export const route: Route = {
  id: 'sign-out',
  mount: (server, { ask, append, pseudonym, now, endingOf, modeOf, killSwitch }) => {
    const place = makeSubmitRequest({ ask, append, now })
    server.post(
      '/v1/subjects/:subject/sign-out',
      {
        config: { admits: 'decide' },
        schema: {
          operationId: 'signOut',
          summary: 'Request the end of all sessions of a subject, or preview it',
          description:
            'An order of a person on all sessions of a subject at every instance. With `dry_run` nothing is recorded. `GET /v1/requests/{id}` shows the outcome.',
          tags: ['orders'],
          params: closedObject({ subject: Name('Reference, id or e-mail.') }),
          headers: idempotencyHeaders,
          body: OrderBody,
          response: answers({ 200: Planned, 202: Planned }),
        },
      },
      async (request, reply) => {
        const principal = principalOf(request)
        const { tenant } = principal
        const { reason, dry_run = false } = request.body
        const text = request.params.subject
        const subjects = await findSubjects({ ask, pseudonym, principal, text })
        refuseTwo(subjects)
        const known = await readSessions({
          ask,
          tenant,
          refs: subjects.map((subject) => subject.subject_ref),
          names: mayDo(principal, 'names'),
          now: now(),
          after: sessionsStart,
          most: pageSizeMax + 1,
        })
        const standing = { mode: modeOf('operator_order'), isStopped: (await killSwitch.read()).on }
        const reach = previewOf(known.slice(0, pageSizeMax), standing, (instance) =>
          endingOf(tenant, instance),
        )
        const plan = {
          dry_run,
          sessions: [...reach.sessions],
          blast_radius: reach.blast_radius,
          more_sessions: known.length > pageSizeMax,
        }
        if (dry_run) return reply.code(200).send({ ...plan, requests: [] })
        const requests = []
        for (const { instance, subject_ref } of subjects) {
          const kind = 'sign_out_everywhere'
          const input = { kind, instance, subjectRef: subject_ref, reason } as const
          const id = await place(principal, input, request.headers['idempotency-key'])
          requests.push({ request_id: id, instance, subject_ref })
        }
        return reply.code(202).send({ ...plan, requests })
      },
    )
  },
}

/** An e-mail address that two people of one instance share must not sign out the wrong one. */
function refuseTwo(subjects: readonly Subject[]): void {
  const instances = new Set(subjects.map((subject) => subject.instance))
  if (instances.size === subjects.length) return
  throw new CurfewError(
    'SHOW_CONFLICT',
    'This matches more than one person of an instance; use the id or reference.',
  )
}
