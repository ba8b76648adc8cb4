import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { SessionKind } from '../../contract/event-words.ts'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import { principalOf } from '../api/paging.ts'
import { answers, closedObject, Name, pageSizeMax } from '../api/schemas.ts'
import type { TargetSession } from '../queries/blast-radius.ts'
import { BlastRadius, previewOf } from '../queries/blast-radius.ts'
import { readSessions, sessionsStart } from '../queries/session-inventory.ts'
import { idempotencyHeaders, makeSubmitRequest, OrderBody } from '../queries/submit-request.ts'
import type { Deps, Route } from '../route.ts'

const Planned = closedObject({
  dry_run: Type.Boolean(),
  request_id: Type.String({ description: 'Empty for a dry run.' }),
  subject_ref: Type.String({ description: 'Subject of the session; empty when unknown.' }),
  blast_radius: BlastRadius,
})

/** The subject of the session; no row for a session without records. */
const owner = `
select max(s.subject_ref) as subject_ref
from sessions as s
where tenant = {tenant:String} and instance = {instance:String}
  and session_kind = {kind:String} and session_id = {id:String}
group by session_id`

interface Place {
  readonly instance: string
  readonly kind: SessionKind
  readonly id: string
}

/** An operator's order on one session, where a sign-out of the whole subject would be too much. */
export const route: Route = {
  id: 'end-session',
  mount: (server, deps) => {
    const place = makeSubmitRequest(deps)
    server.post(
      '/v1/sessions/:instance/:kind/:id/end',
      {
        config: { admits: 'decide' },
        schema: {
          operationId: 'endSession',
          summary: 'Request the end of one session, or preview it',
          description:
            'An order of a person, where a sign-out of the whole subject would be too much. `GET /v1/requests/{id}` shows the outcome.',
          tags: ['orders'],
          params: closedObject({
            instance: Name('Instance.'),
            kind: SessionKind,
            id: Name("The provider's id of the session."),
          }),
          headers: idempotencyHeaders,
          body: OrderBody,
          response: answers({ 200: Planned, 202: Planned }),
        },
      },
      async (request, reply) => {
        const principal = principalOf(request)
        const { tenant } = principal
        const { instance, kind: sessionKind, id: sessionId } = request.params
        const subjectRef = await ownerOf(deps.ask, tenant, request.params)
        const { blast_radius, dead } = await radiusOf(deps, tenant, request.params, subjectRef)
        const { reason, dry_run = false } = request.body
        const plan = { dry_run, subject_ref: subjectRef, blast_radius }
        if (dry_run) return reply.code(200).send({ ...plan, request_id: '' })
        const kind = 'end_session' as const
        const input = { kind, instance, subjectRef, sessionKind, sessionId, reason }
        const key = request.headers['idempotency-key']
        const refuse = () => (dead === undefined ? undefined : refuseDead(dead))
        const request_id = await place(principal, input, key, refuse)
        return reply.code(202).send({ ...plan, request_id })
      },
    )
  },
}

async function ownerOf(ask: Ask, tenant: string, place: Place): Promise<string> {
  const [row] = await ask(owner, { tenant, ...place })
  if (row === undefined) throw new CurfewError('SHOW_UNKNOWN', 'There is no such session.')
  return text(row, 'subject_ref')
}

/** The preview of the order, from the recorded sessions of the same subject. */
async function radiusOf(
  { ask, now, endingOf, modeOf, killSwitch }: Deps,
  tenant: string,
  { instance, kind, id }: Place,
  subjectRef: string,
): Promise<{
  readonly blast_radius: Static<typeof BlastRadius>
  readonly dead: TargetSession | undefined
}> {
  const isMeant = (each: TargetSession) =>
    each.instance === instance && each.session_kind === kind && each.session_id === id
  const known: readonly TargetSession[] = await readSessions({
    ask,
    tenant,
    refs: subjectRef === '' ? [] : [subjectRef],
    names: false,
    now: now(),
    after: sessionsStart,
    most: pageSizeMax,
  })
  const meant = { instance, session_kind: kind, session_id: id }
  const unread: TargetSession = { ...meant, state: 'unknown', state_by: '', state_at: null }
  const all = known.some(isMeant) ? known : [...known, unread]
  const ending = (of: string) => endingOf(tenant, of)
  const standing = { mode: modeOf('operator_order'), isStopped: (await killSwitch.read()).on }
  const { blast_radius } = previewOf<TargetSession>(all, standing, ending, isMeant)
  return { blast_radius, dead: known.find((each) => isMeant(each) && each.state === 'ended') }
}

function refuseDead({ state_by, state_at }: TargetSession): never {
  throw new CurfewError(
    'SHOW_CONFLICT',
    `The session has ended: proven dead by ${state_by} at ${state_at}.`,
  )
}
