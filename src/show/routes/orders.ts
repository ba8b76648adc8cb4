import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { OrderState } from '../../contract/order-step.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { number, text, texts } from '../../contract/read-row.ts'
import { principalOf, readPaging } from '../api/paging.ts'
import { periodOf, periodQuery } from '../api/period.ts'
import { answers, closedObject, Name, Page, pageQuery, TextFilter } from '../api/schemas.ts'
import type { Server } from '../api/server.ts'
import { willEndFields, willEndOf } from '../queries/blast-radius.ts'
import { AlsoEnds, lastSteps, OrderEntry, toOrders } from '../queries/orders.ts'
import { matchesText, textFilter } from '../queries/people.ts'
import { refuseUnknownInstance } from '../queries/refuse-unknown.ts'
import { idempotencyHeaders, makeSubmitRequest, Reason } from '../queries/submit-request.ts'
import type { Deps, Route } from '../route.ts'

/** Default age of the last step, days: orders are decided within hours; older ones need `since`. */
const sinceDays = 30

/** Fixed fields of an order; only its subject may become known later. */
const list = `
${lastSteps(`s.at >= {from:DateTime64(3)}
    and ({instance:String} = '' or s.instance = {instance:String})
    and ({session_id:String} = '' or s.session_id = {session_id:String})`)}
where ({state:String} = '' or state = {state:String})
  and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
  and ${matchesText(['order_id', 'session_id', 'subject_ref', 'reason', 'actor'])}
  and ({subject_ref:String} = '' or subject_ref = {subject_ref:String})
  and (at_ms < {after_ms:Int64} or (at_ms = {after_ms:Int64} and order_id > {after_id:String}))
order by at_ms desc, order_id
limit {most:UInt32}`

/** How many sessions, and of which subjects, the causes of one order condemn. */
const reach = `
select
  uniqExact((instance, session_kind, session_id)) as sessions,
  uniqExactIf((instance, subject_ref), subject_ref != '') as subjects
from curfews
where tenant = {tenant:String} and instance = {instance:String}
  and cause_id in {cause_ids:Array(String)}`

const OneOrder = closedObject({
  ...OrderEntry.properties,
  causes_condemn: closedObject({
    sessions: Type.Integer({
      description: 'Sessions that the causes of this order condemn, each by an order of its own.',
    }),
    subjects: Type.Integer(),
  }),
})

const Decision = closedObject({
  reason: Reason,
  also_ends: Type.Optional(
    Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 5_000,
      description:
        'The other sessions that the caller saw in the preview. If the order names more by now, the answer is 409 and nothing is recorded.',
    }),
  ),
})

const Decided = closedObject({
  request_id: Type.String(),
  order_id: Type.String(),
  kind: Type.String(),
  also_ends: AlsoEnds,
  ...willEndFields,
})

/**
 * Approvals and denials are recorded as requests. The enforcer decides later and applies all guards
 * again, so the answer confirms the request and never its execution.
 */
export const route: Route = {
  id: 'orders',
  mount: (server, deps) => {
    const { ask, append, now, killSwitch, endingOf } = deps
    mountList(server, deps)
    mountOne(server, ask)
    const place = makeSubmitRequest({ ask, append, now })
    for (const kind of ['approve', 'deny'] as const) {
      server.post(
        `/v1/orders/:id/${kind}`,
        {
          config: { admits: 'decide' },
          schema: {
            operationId: `${kind}Order`,
            summary: `Request to ${kind} an order that awaits approval`,
            description:
              'Recorded as a request; the enforcer decides after applying all guards again. 409 if the order was decided before.',
            tags: ['orders'],
            params: closedObject({ id: Name('Id of the order.') }),
            headers: idempotencyHeaders,
            body: Decision,
            response: answers({ 202: Decided }),
          },
        },
        async (request, reply) => {
          const principal = principalOf(request)
          const orderId = request.params.id
          const order = await findOrder(ask, principal.tenant, orderId)
          const { reason, also_ends } = request.body
          const refuse = async () => {
            refuseSettled(order)
            await refuseSecond(ask, principal.tenant, { orderId, kind, at: text(order, 'at') })
            if (kind === 'approve' && also_ends) refuseUnseen(texts(order, 'also_ends'), also_ends)
          }
          const instance = text(order, 'instance')
          const subjectRef = text(order, 'subject_ref')
          const input = { kind, orderId, reason, instance, subjectRef }
          const id = await place(principal, input, request.headers['idempotency-key'], refuse)
          const target = { instance, session_kind: text(order, 'session_kind') }
          const fate =
            kind === 'deny'
              ? { will_end: false, because: 'the order is denied' }
              : willEndOf(
                  target,
                  (await killSwitch.read()).on,
                  endingOf(principal.tenant, instance),
                )
          return reply.code(202).send({
            request_id: id,
            order_id: orderId,
            kind,
            also_ends: texts(order, 'also_ends'),
            ...fate,
          })
        },
      )
    }
  },
}

function mountList(server: Server, { ask, now, instancesOf }: Deps): void {
  server.get(
    '/v1/orders',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'listOrders',
        summary: 'Current state of orders, latest step first',
        description: 'Each order after its last step.',
        tags: ['orders'],
        querystring: closedObject({
          state: Type.Optional(OrderState),
          instance: Type.Optional(Name('Only this instance.')),
          subject_ref: Type.Optional(Name('Only this subject, by reference.')),
          session_id: Type.Optional(Name('Only this session.')),
          q: TextFilter,
          ...periodQuery,
          from: Type.Optional(
            Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
              description: `Only orders with a last step at or after this instant; default: ${sinceDays} days ago.`,
            }),
          ),
          since: Type.Optional(
            Type.String({ format: 'date-time', description: 'The same as `from`.' }),
          ),
          ...pageQuery,
        }),
        response: answers({ 200: Page(OrderEntry) }),
      },
    },
    async (request) => {
      const { limit, cursor, ...filters } = request.query
      const { since, from = since, to, q, ...words } = filters
      const start = [Number.MAX_SAFE_INTEGER, '']
      const principal = principalOf(request)
      const { tenant } = principal
      await refuseUnknownInstance({ ask, tenant, instance: words.instance, instancesOf })
      const paging = readPaging({ list: 'orders', filters, start, limit, cursor })
      const [afterMs = 0, afterId = ''] = paging.after
      const period = periodOf({ from, to })
      const begin = from === undefined ? new Date(now() - sinceDays * 86_400_000) : period.from
      const rows = await ask(list, {
        ...{ state: '', instance: '', subject_ref: '', session_id: '' },
        ...words,
        ...textFilter(principal, q),
        tenant,
        ...{ from: begin, to: period.to },
        after_ms: Number(afterMs),
        after_id: String(afterId),
        most: paging.most,
      })
      const { items, next } = paging.page(rows, (row) => [
        number(row, 'at_ms'),
        text(row, 'order_id'),
      ])
      return { items: await toOrders(ask, principal, items), next }
    },
  )
}

function mountOne(server: Server, ask: Ask): void {
  server.get(
    '/v1/orders/:id',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'getOrder',
        summary:
          'One order: its purpose, what its call also ends, and which subjects its causes condemn',
        description: 'Read it before an approval: the approval ends every session it names.',
        tags: ['orders'],
        params: closedObject({ id: Name('Id of the order.') }),
        response: answers({ 200: OneOrder }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const { tenant } = principal
      const row = await findOrder(ask, tenant, request.params.id)
      const [order] = await toOrders(ask, principal, [row])
      if (order === undefined) throw new TypeError('a row did not become an order')
      const instance = text(row, 'instance')
      const cause_ids = texts(row, 'cause_ids').slice(0, 1_000)
      const [counts = {}] = await ask(reach, { tenant, instance, cause_ids })
      return {
        ...order,
        causes_condemn: {
          sessions: number(counts, 'sessions'),
          subjects: number(counts, 'subjects'),
        },
      }
    },
  )
}

async function findOrder(ask: Ask, tenant: string, orderId: string): Promise<Row> {
  const [row] = await ask(lastSteps('order_id = {order_id:String}'), { tenant, order_id: orderId })
  if (row === undefined) throw new CurfewError('SHOW_UNKNOWN', 'There is no order with this id.')
  return row
}

/** The current order; refused at once where the enforcer could only refuse it later. */
function refuseSettled(order: Row): void {
  const state = text(order, 'state')
  if (state === 'awaiting_approval') return
  throw new CurfewError(
    'SHOW_CONFLICT',
    `The order does not await approval; its state is ${state}.`,
  )
}

/** The first answer counts; a contrary one is refused at once. */
const contrary = `
select request_id, principal, kind from requests
where tenant = {tenant:String} and order_id = {order_id:String} and kind = {kind:String}
  and at >= {since:DateTime64(3)}
order by at
limit 1`

async function refuseSecond(
  ask: Ask,
  tenant: string,
  asked: { readonly orderId: string; readonly kind: 'approve' | 'deny'; readonly at: string },
): Promise<void> {
  const kind = asked.kind === 'approve' ? 'deny' : 'approve'
  const since = new Date(asked.at)
  const [first] = await ask(contrary, { tenant, order_id: asked.orderId, kind, since })
  if (first === undefined) return
  throw new CurfewError(
    'SHOW_CONFLICT',
    `It comes too late: ${text(first, 'principal')} asked to ${kind} the order before, with request ${text(first, 'request_id')}; the order awaits being carried out.`,
  )
}

function refuseUnseen(ends: readonly string[], seen: readonly string[]): void {
  const unseen = ends.filter((name) => !seen.includes(name))
  if (unseen.length === 0) return
  const more = unseen.length > 3 ? ` and ${unseen.length - 3} more` : ''
  throw new CurfewError(
    'SHOW_CONFLICT',
    `The call also ends ${unseen.slice(0, 3).join(', ')}${more}, which your preview did not contain; read the order again.`,
  )
}
