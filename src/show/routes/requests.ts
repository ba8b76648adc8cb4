import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { terminalStates } from '../../contract/order-step.ts'
import type { Row } from '../../contract/ports.ts'
import { principalOf } from '../asked.ts'
import { flagOf, numberOf, textOf, timeOf } from '../cells.ts'
import type { OrderEntry } from '../orders.ts'
import { lastSteps, OrderEntry as Order, toOrder } from '../orders.ts'
import type { Deps, Route } from '../route.ts'
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
      '`waiting`: the enforcer has not read it yet. `too_late`: the order was decided without it. `underway`: orders are open. `nothing_to_end`: no curfew stands by it so far, or any more. `done`: every session is proven dead, or what was denied is not ended. `remains`: a session is not proven dead and no order is open, or its time is over; `orders` says why.',
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
  condemned: Type.Integer({
    description: 'Sessions that it condemned and whose curfews stand; 0 for approvals and denials.',
  }),
  orders: Type.Array(Order, { description: 'Their orders, at most 500: those that remain first.' }),
  more_orders: Type.Boolean(),
})
type RequestEntry = Static<typeof RequestEntry>
type Outcome = Static<typeof Outcome>

const ordersMax = 500
/** The enforcer's clock may be behind that of the API by so much. */
const skewMs = 60_000

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
  and state = {state:String} and actor = {principal:String} and at >= {since:DateTime64(3)}`

/** The cause that an order of a person became. */
const itsCause = `
select cause_id from causes
where tenant = {tenant:String} and instance = {instance:String}
  and class = 'operator_order' and event_id = {request_id:String}`

/** Of how many curfews the sessions are proven dead, and of how many others the time is over. */
const proven = (among: string, which: string) => `
with asked as
(
  select distinct session_key, session_id from curfews
  where tenant = {tenant:String} and instance = {instance:String} and ${among}
)
select count() as condemned, countIf(isNotNull(dead_at)) as dead,
  countIf(isNull(dead_at) and verdict != 'open') as overdue
from verdicts(as_of = {now:DateTime64(3)}, among = asked)
where tenant = {tenant:String} and instance = {instance:String} and ${which}`
const provenOfCause = proven('cause_id = {cause_id:String}', 'has(cause_ids, {cause_id:String})')
const thisSession = 'session_kind = {kind:String} and session_id = {id:String}'
const provenOfSession = proven(thisSession, thisSession)

/** The last order of each session that the cause condemned, those that did not end it first. */
const itsOrders = `
select * from (
${lastSteps(`s.instance = {instance:String} and s.at >= {since:DateTime64(3)} and s.session_id in
    (select session_id from curfews where tenant = {tenant:String} and instance = {instance:String}
      and cause_id = {cause_id:String})`)}
order by at_ms desc, order_id
limit 1 by session_kind, session_id
)
order by state in ('contained', 'already_ended'), at_ms desc, order_id
limit ${ordersMax + 1}`

/** What became of what a person asked for. */
export const route: Route = {
  id: 'requests',
  mount: (server, deps) => {
    server.get(
      '/v1/requests/:id',
      {
        config: { admits: 'read' },
        schema: {
          operationId: 'getRequest',
          summary: 'What became of a request: done, too late, or what remains and why',
          description: 'A request is an approval, a denial, a sign-out or the end of one session.',
          tags: ['orders'],
          params: closedObject({ id: Name('Id of the request, as it was answered.') }),
          response: answers({ 200: RequestEntry }),
        },
      },
      async (request): Promise<RequestEntry> => {
        const { tenant } = principalOf(request)
        const request_id = request.params.id
        const [row] = await deps.ask(one, { tenant, request_id })
        if (row === undefined) throw new CurfewError('SHOW_UNKNOWN', 'No such request is known.')
        const known = toRequest(request_id, row)
        const asked = { ...known, tenant }
        return known.order_id === ''
          ? { ...known, ...(await ofOrder(deps, asked)) }
          : { ...known, ...(await ofDecision(deps, asked)) }
      },
    )
  },
}

type Became = Pick<RequestEntry, 'outcome' | 'condemned' | 'orders' | 'more_orders'>
type Known = Omit<RequestEntry, keyof Became>
type Asked = Known & { readonly tenant: string }

const sinceOf = (at: string): Date => new Date(Date.parse(at) - skewMs)

async function ofDecision({ ask, now }: Deps, asked: Asked): Promise<Became> {
  const { tenant, instance, order_id, principal, at, kind } = asked
  const state = kind === 'deny' ? 'denied' : 'queued'
  const [[was = {}], rows] = await Promise.all([
    ask(decided, { tenant, instance, order_id, principal, since: sinceOf(at), state }),
    ask(lastSteps('order_id = {order_id:String}'), { tenant, order_id }),
  ])
  const orders = rows.map(toOrder)
  const of = (outcome: Outcome): Became => ({ outcome, condemned: 0, orders, more_orders: false })
  const [order] = orders
  if (!order || order.state === 'awaiting_approval') return of('waiting')
  if (!flagOf(was, 'was')) return of('too_late')
  if (kind === 'deny') return of('done')
  const session = { kind: order.session_kind, id: order.session_id }
  const [found = {}] = await ask(provenOfSession, {
    ...{ tenant, instance, ...session, now: now() },
  })
  return of(outcomeOf(found, orders))
}

async function ofOrder({ ask, now }: Deps, asked: Asked): Promise<Became> {
  const { tenant, instance, request_id, at } = asked
  const [cause] = await ask(itsCause, { tenant, instance, request_id })
  if (!cause) return { outcome: 'waiting', condemned: 0, orders: [], more_orders: false }
  const of = { tenant, instance, cause_id: textOf(cause, 'cause_id') }
  const [[found = {}], rows] = await Promise.all([
    ask(provenOfCause, { ...of, now: now() }),
    ask(itsOrders, { ...of, since: sinceOf(at) }),
  ])
  const condemned = numberOf(found, 'condemned')
  const orders = rows.slice(0, ordersMax).map(toOrder)
  const more_orders = rows.length > ordersMax
  return { outcome: outcomeOf(found, orders), condemned, orders, more_orders }
}

/**
 * Done is what the verdicts call dead and not what an order once came to: a later use refutes both. While
 * an order is open, or a session has none yet and still has time, more is to come.
 */
function outcomeOf(found: Row, orders: readonly OrderEntry[]): Outcome {
  const condemned = numberOf(found, 'condemned')
  if (condemned === 0) return 'nothing_to_end'
  if (numberOf(found, 'dead') === condemned) return 'done'
  if (orders.some(({ state }) => !terminalStates.has(state))) return 'underway'
  const failed = ({ state }: OrderEntry) => state !== 'contained' && state !== 'already_ended'
  return numberOf(found, 'overdue') > 0 || orders.some(failed) ? 'remains' : 'underway'
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
