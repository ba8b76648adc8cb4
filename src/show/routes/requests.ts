import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { terminalStates } from '../../contract/order-step.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { principalOf } from '../asked.ts'
import { flagOf, numberOf, textOf, timeOf } from '../cells.ts'
import type { OrderEntry } from '../orders.ts'
import { lastSteps, OrderEntry as Order, toOrder } from '../orders.ts'
import type { Route } from '../route.ts'
import { answers, closedObject, Instant, Name } from '../shapes.ts'

const Outcome = Type.Union(
  [
    Type.Literal('waiting'),
    Type.Literal('too_late'),
    Type.Literal('underway'),
    Type.Literal('nothing_to_end'),
    Type.Literal('done'),
    Type.Literal('remains'),
  ],
  {
    description:
      '`waiting`: the enforcer has not read it yet. `too_late`: the order was decided without it. `underway`: orders are open. `nothing_to_end`: no session was condemned by it so far. `done`: every session is proven dead, or what was denied is not ended. `remains`: an order is over and its session is not proven dead; `orders` says why.',
  },
)

const RequestEntry = closedObject({
  request_id: Type.String(),
  kind: Type.String(),
  at: Instant,
  principal: Type.String({ description: 'Who asked.' }),
  reason: Type.String(),
  instance: Type.String(),
  subject_ref: Type.String(),
  session_kind: Type.String(),
  session_id: Type.String(),
  order_id: Type.String(),
  outcome: Outcome,
  condemned: Type.Integer({ description: 'Sessions that it condemned; 0 for other kinds.' }),
  orders: Type.Array(Order, { description: 'Their orders, at most 500: those that remain first.' }),
  more_orders: Type.Boolean(),
})
type RequestEntry = Static<typeof RequestEntry>

const ordersMax = 500

/** A request is its earliest row. */
const one = `
select kind, order_id, instance, subject_ref, session_kind, session_id, principal, reason, at
from requests
where tenant = {tenant:String} and request_id = {request_id:String}
order by recorded_at
limit 1`

/** Whether the order was decided by this request, whose words and person its step bears. */
const decided = `
select count() > 0 as was
from order_steps
where tenant = {tenant:String} and instance = {instance:String} and order_id = {order_id:String}
  and state in ('queued', 'denied') and actor = {principal:String} and at >= {at:DateTime64(3)}`

/** The cause that a sign-out became, and how many sessions it condemned. */
const imposed = `
select
  (select count() from causes where tenant = {tenant:String} and instance = {instance:String}
    and class = 'operator_order' and event_id = {request_id:String}) > 0 as was,
  (select uniqExact((session_kind, session_id, incarnation)) from curfews
    where tenant = {tenant:String} and instance = {instance:String} and cause_id in
      (select cause_id from causes where tenant = {tenant:String} and instance = {instance:String}
        and class = 'operator_order' and event_id = {request_id:String})) as condemned`

/** The last order of each session that its cause condemned, those that did not end it first. */
const itsOrders = `
select * from (
${lastSteps(`s.instance = {instance:String} and s.session_id in
    (select session_id from curfews
      where tenant = {tenant:String} and instance = {instance:String} and cause_id in
        (select cause_id from causes where tenant = {tenant:String} and instance = {instance:String}
          and class = 'operator_order' and event_id = {request_id:String}))
    and s.at >= {at:DateTime64(3)}`)}
order by at_ms desc, order_id
limit 1 by session_kind, session_id
)
order by state in ('contained', 'already_ended'), at_ms desc, order_id
limit ${ordersMax + 1}`

/** What became of what a person asked for. */
export const route: Route = {
  id: 'requests',
  mount: (server, { ask }) => {
    server.get(
      '/v1/requests/:id',
      {
        config: { admits: 'read' },
        schema: {
          summary: 'What became of a request: done, too late, or what remains and why',
          tags: ['orders'],
          params: closedObject({ id: Name('Id of the request, as it was answered.') }),
          response: answers({ 200: RequestEntry }),
        },
      },
      async (request): Promise<RequestEntry> => {
        const { tenant } = principalOf(request)
        const request_id = request.params.id
        const [row] = await ask(one, { tenant, request_id })
        if (row === undefined) throw new CurfewError('SHOW_UNKNOWN', 'No such request is known.')
        const known = toRequest(request_id, row)
        const asked = { ...known, tenant }
        return known.order_id === ''
          ? { ...known, ...(await ofSignOut(ask, asked)) }
          : { ...known, ...(await ofDecision(ask, asked)) }
      },
    )
  },
}

type Became = Pick<RequestEntry, 'outcome' | 'condemned' | 'orders' | 'more_orders'>
type Known = Omit<RequestEntry, keyof Became>
type Asked = Known & { readonly tenant: string }

async function ofDecision(
  ask: Ask,
  { tenant, instance, order_id, principal, at, kind }: Asked,
): Promise<Became> {
  const [[was], rows] = await Promise.all([
    ask(decided, { tenant, instance, order_id, principal, at: new Date(at) }),
    ask(lastSteps('order_id = {order_id:String}'), { tenant, order_id }),
  ])
  const orders = rows.map(toOrder)
  const waits = orders.every(({ state }) => state === 'awaiting_approval')
  const took = was !== undefined && flagOf(was, 'was')
  const outcome = took
    ? kind === 'deny'
      ? 'done'
      : outcomeOf(orders)
    : waits
      ? 'waiting'
      : 'too_late'
  return { outcome, condemned: 0, orders, more_orders: false }
}

async function ofSignOut(ask: Ask, { tenant, instance, request_id, at }: Asked): Promise<Became> {
  const [[cause = {}], rows] = await Promise.all([
    ask(imposed, { tenant, instance, request_id }),
    ask(itsOrders, { tenant, instance, request_id, at: new Date(at) }),
  ])
  const condemned = numberOf(cause, 'condemned')
  const orders = rows.slice(0, ordersMax).map(toOrder)
  const more_orders = rows.length > ordersMax
  if (!flagOf(cause, 'was')) return { outcome: 'waiting', condemned, orders, more_orders }
  const outcome = condemned === 0 ? 'nothing_to_end' : outcomeOf(orders)
  return { outcome, condemned, orders, more_orders }
}

/** Where a session was condemned and has no order yet, one is about to be opened. */
function outcomeOf(orders: readonly OrderEntry[]): RequestEntry['outcome'] {
  const isDead = ({ state }: OrderEntry) => state === 'contained' || state === 'already_ended'
  if (orders.some((order) => terminalStates.has(order.state) && !isDead(order))) return 'remains'
  return orders.length > 0 && orders.every(isDead) ? 'done' : 'underway'
}

function toRequest(request_id: string, row: Row): Known {
  return {
    request_id,
    kind: textOf(row, 'kind'),
    at: timeOf(row, 'at'),
    principal: textOf(row, 'principal'),
    reason: textOf(row, 'reason'),
    instance: textOf(row, 'instance'),
    subject_ref: textOf(row, 'subject_ref'),
    session_kind: textOf(row, 'session_kind'),
    session_id: textOf(row, 'session_id'),
    order_id: textOf(row, 'order_id'),
  }
}
