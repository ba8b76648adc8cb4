import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { principalOf } from '../asked.ts'
import { numberOf, textOf, textsOf, timeOf } from '../cells.ts'
import { idempotencyHeaders, makePlaceRequest, Reason } from '../requests.ts'
import type { Route, Server } from '../route.ts'
import { answers, closedObject, Instant, Name } from '../shapes.ts'

const lastStep = `
select one.1 as state, one.2 as instance, one.3 as subject_ref, one.4 as session_kind,
  one.5 as session_id, one.6 as reason, one.7 as also_ends, one.8 as cause_ids, one.9 as at
from
(
  select argMax((s.state, s.instance, s.subject_ref, s.session_kind, s.session_id, s.reason,
    s.also_ends, s.cause_ids, s.at), (s.epoch, s.at, s.seq)) as one
  from order_steps as s
  where tenant = {tenant:String} and order_id = {order_id:String}
  group by order_id
)`

/** How many sessions, and of whom, the causes of one order condemn. */
const reach = `
select
  uniqExact((instance, session_kind, session_id)) as sessions,
  uniqExactIf((instance, subject_ref), subject_ref != '') as subjects
from curfews
where tenant = {tenant:String} and instance = {instance:String}
  and cause_id in {cause_ids:Array(String)}`

const alsoEnds = Type.Array(Type.String(), {
  description: 'Sessions that the call ends as well, by kind and id, as far as they are known.',
})
const OrderEntry = closedObject({
  order_id: Type.String(),
  state: Type.String(),
  at: Instant,
  instance: Type.String(),
  subject_ref: Type.String(),
  session_kind: Type.String(),
  session_id: Type.String(),
  reason: Type.String({ description: 'Which guard asks for a person, and why.' }),
  also_ends: alsoEnds,
  causes_condemn: closedObject({
    sessions: Type.Integer({
      description: 'Sessions that the causes of this order condemn, each by an order of its own.',
    }),
    subjects: Type.Integer(),
  }),
})

/**
 * Approving and denying: written down as requests. The enforcer alone decides, later and again by
 * all its guards, so what is answered here is that it was asked and never that it was done.
 */
export const route: Route = {
  id: 'orders',
  mount: (server, { ask, append, now }) => {
    mountOne(server, ask)
    const place = makePlaceRequest({ ask, append, now })
    for (const kind of ['approve', 'deny'] as const) {
      server.post(
        `/v1/orders/:id/${kind}`,
        {
          config: { admits: 'decide' },
          schema: {
            summary: `Ask to ${kind} an order that awaits approval`,
            tags: ['orders'],
            params: closedObject({ id: Name('Id of the order.') }),
            headers: idempotencyHeaders,
            body: closedObject({
              reason: Reason,
              also_ends: Type.Optional(
                Type.Array(Type.String({ maxLength: 300 }), {
                  maxItems: 5_000,
                  description:
                    'What the caller was shown that the call also ends. Where the order names others by now, 409 is answered and nothing is asked for.',
                }),
              ),
            }),
            response: answers({
              202: closedObject({
                request_id: Type.String(),
                order_id: Type.String(),
                kind: Type.String(),
                also_ends: alsoEnds,
              }),
            }),
          },
        },
        async (request, reply) => {
          const principal = principalOf(request)
          const orderId = request.params.id
          const order = await findWaiting(ask, principal.tenant, orderId)
          const { reason, also_ends } = request.body
          if (kind === 'approve' && also_ends) refuseUnseen(textsOf(order, 'also_ends'), also_ends)
          const instance = textOf(order, 'instance')
          const subjectRef = textOf(order, 'subject_ref')
          const wish = { kind, orderId, reason, instance, subjectRef }
          const id = await place(principal, wish, request.headers['idempotency-key'])
          return reply.code(202).send({
            request_id: id,
            order_id: orderId,
            kind,
            also_ends: textsOf(order, 'also_ends'),
          })
        },
      )
    }
  },
}

function mountOne(server: Server, ask: Ask): void {
  server.get(
    '/v1/orders/:id',
    {
      config: { admits: 'read' },
      schema: {
        summary: 'One order: what it is for, what its call also ends, and whom its causes reach',
        tags: ['orders'],
        params: closedObject({ id: Name('Id of the order.') }),
        response: answers({ 200: OrderEntry }),
      },
    },
    async (request) => {
      const { tenant } = principalOf(request)
      const row = await findOrder(ask, tenant, request.params.id)
      const instance = textOf(row, 'instance')
      const cause_ids = textsOf(row, 'cause_ids').slice(0, 1_000)
      const [counts = {}] = await ask(reach, { tenant, instance, cause_ids })
      return {
        order_id: request.params.id,
        state: textOf(row, 'state'),
        at: timeOf(row, 'at'),
        instance,
        subject_ref: textOf(row, 'subject_ref'),
        session_kind: textOf(row, 'session_kind'),
        session_id: textOf(row, 'session_id'),
        reason: textOf(row, 'reason'),
        also_ends: textsOf(row, 'also_ends'),
        causes_condemn: {
          sessions: numberOf(counts, 'sessions'),
          subjects: numberOf(counts, 'subjects'),
        },
      }
    },
  )
}

async function findOrder(ask: Ask, tenant: string, orderId: string): Promise<Row> {
  const [row] = await ask(lastStep, { tenant, order_id: orderId })
  if (row === undefined) throw new CurfewError('SHOW_UNKNOWN', 'No such order is known.')
  return row
}

/** The order as it stands; refused at once where the enforcer could only refuse it later. */
async function findWaiting(ask: Ask, tenant: string, orderId: string): Promise<Row> {
  const row = await findOrder(ask, tenant, orderId)
  const state = textOf(row, 'state')
  if (state === 'awaiting_approval') return row
  throw new CurfewError(
    'SHOW_CONFLICT',
    `The order does not await approval; its state is ${state}.`,
  )
}

function refuseUnseen(ends: readonly string[], seen: readonly string[]): void {
  const unseen = ends.filter((name) => !seen.includes(name))
  if (unseen.length === 0) return
  const more = unseen.length > 3 ? ` and ${unseen.length - 3} more` : ''
  throw new CurfewError(
    'SHOW_CONFLICT',
    `The call also ends ${unseen.slice(0, 3).join(', ')}${more}, which you were not shown; look at the order again.`,
  )
}
