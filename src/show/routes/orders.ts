import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import type { Ask } from '../../contract/ports.ts'
import { principalOf } from '../asked.ts'
import { textOf } from '../cells.ts'
import { idempotencyHeaders, makePlaceRequest, Reason } from '../requests.ts'
import type { Route } from '../route.ts'
import { answers, closedObject, Name } from '../shapes.ts'

const lastStep = `
select one.1 as state, one.2 as instance, one.3 as subject_ref
from
(
  select argMax((s.state, s.instance, s.subject_ref), (s.epoch, s.at, s.seq)) as one
  from order_steps as s
  where tenant = {tenant:String} and order_id = {order_id:String}
  group by order_id
)`

/**
 * Approving and denying: written down as requests. The enforcer alone decides, later and again by
 * all its guards, so what is answered here is that it was asked and never that it was done.
 */
export const route: Route = {
  id: 'orders',
  mount: (server, { ask, append, now }) => {
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
            body: closedObject({ reason: Reason }),
            response: answers({
              202: closedObject({
                request_id: Type.String(),
                order_id: Type.String(),
                kind: Type.String(),
              }),
            }),
          },
        },
        async (request, reply) => {
          const principal = principalOf(request)
          const orderId = request.params.id
          const order = await findOrder(ask, principal.tenant, orderId)
          const { reason } = request.body
          const wish = { kind, orderId, reason, ...order }
          const id = await place(principal, wish, request.headers['idempotency-key'])
          return reply.code(202).send({ request_id: id, order_id: orderId, kind })
        },
      )
    }
  },
}

/** The order as it stands; refused at once where the enforcer could only refuse it later. */
async function findOrder(ask: Ask, tenant: string, orderId: string) {
  const [row] = await ask(lastStep, { tenant, order_id: orderId })
  if (row === undefined) throw new CurfewError('SHOW_UNKNOWN', 'No such order is known.')
  const state = textOf(row, 'state')
  if (state !== 'awaiting_approval') {
    throw new CurfewError(
      'SHOW_CONFLICT',
      `The order does not await approval; its state is ${state}.`,
    )
  }
  return { instance: textOf(row, 'instance'), subjectRef: textOf(row, 'subject_ref') }
}
