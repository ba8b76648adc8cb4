import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import type { Row } from '../../contract/ports.ts'
import { isoTime, text } from '../../contract/read-row.ts'
import type { CursorKey } from '../api/cursor.ts'
import { writeCursor } from '../api/cursor.ts'
import { principalOf, readPaging } from '../api/paging.ts'
import { periodOf, periodQuery } from '../api/period.ts'
import type { Principal } from '../api/principal.ts'
import {
  answers,
  closedObject,
  Instant,
  Name,
  Page,
  pageQuery,
  TextFilter,
} from '../api/schemas.ts'
import type { Server } from '../api/server.ts'
import { lastSteps, OrderEntry, toOrders } from '../queries/orders.ts'
import { matchesText, personFields, textFilter, withPeople } from '../queries/people.ts'
import { refuseUnknownInstance } from '../queries/refuse-unknown.ts'
import { Outcome, readBecame, sinceOf } from '../queries/request-outcome.ts'
import type { Deps, Route } from '../route.ts'

const Kind = Type.Union([
  Type.Literal('approve'),
  Type.Literal('deny'),
  Type.Literal('sign_out_everywhere'),
  Type.Literal('end_session'),
])

const RequestEntry = closedObject({
  request_id: Type.String(),
  kind: Type.String(),
  at: Instant,
  principal: Type.String({ description: 'Who asked.' }),
  reason: Type.String(),
  instance: Type.String(),
  subject_ref: Type.String(),
  ...personFields,
  session_kind: Type.String(),
  session_id: Type.String(),
  order_id: Type.String(),
  outcome: Outcome,
  condemned: Type.Integer({
    description:
      'Sessions that it condemned and whose curfews are active; 0 for approvals and denials.',
  }),
})

const ordersMax = 500
const OneRequest = closedObject({
  ...RequestEntry.properties,
  orders: Type.Array(OrderEntry, {
    description: `Their orders, at most ${ordersMax}: unfinished ones first.`,
  }),
  more_orders: Type.Boolean(),
})

/** The earliest row of a request is the request. */
const list = `
select *, toUnixTimestamp64Milli(at) as at_ms
from
(
  select request_id, kind, order_id, instance, subject_ref, session_kind, session_id, principal, reason, at
  from requests
  where tenant = {tenant:String} and ({request_id:String} = '' or request_id = {request_id:String})
  order by recorded_at
  limit 1 by request_id
)
where ({kind:String} = '' or kind = {kind:String})
  and ({instance:String} = '' or instance = {instance:String})
  and ({subject_ref:String} = '' or subject_ref = {subject_ref:String})
  and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
  and ${matchesText(['request_id', 'principal', 'reason', 'subject_ref', 'session_id', 'order_id'])}
  and (at_ms < {after_ms:Int64} or (at_ms = {after_ms:Int64} and request_id > {after_id:String}))
order by at_ms desc, request_id
limit {most:UInt32}`

const start: CursorKey = [Number.MAX_SAFE_INTEGER, '']
const everything = { request_id: '', kind: '', instance: '', subject_ref: '' }

/** The outcome has to be computed: one page examines at most this many requests. */
const windowMax = 100
const windowsMax = 5

/** The last order of each session that the cause condemned, unsuccessful ones first. */
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

/** Requests of people and programs, and their outcome. */
export const route: Route = {
  id: 'requests',
  mount: (server, deps) => {
    mountList(server, deps)
    mountOne(server, deps)
  },
}

function mountList(server: Server, deps: Deps): void {
  const { ask, instancesOf } = deps
  server.get(
    '/v1/requests',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'listRequests',
        summary: 'Requests and their outcome, newest first',
        description:
          'Approvals, denials, sign-outs and ends of one session. With `outcome` a page may hold fewer than `limit` rows, even none, while more follow: check `next`.',
        tags: ['orders'],
        querystring: closedObject({
          outcome: Type.Optional(Outcome),
          kind: Type.Optional(Kind),
          instance: Type.Optional(Name('Only this instance.')),
          subject_ref: Type.Optional(Name('Only this subject, by reference.')),
          q: TextFilter,
          ...periodQuery,
          ...pageQuery,
        }),
        response: answers({ 200: Page(RequestEntry) }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const { tenant } = principal
      const { limit, cursor, ...filters } = request.query
      const { from, to, q, outcome, ...words } = filters
      await refuseUnknownInstance({ ask, tenant, instance: words.instance, instancesOf })
      const paging = readPaging({ list: 'requests', filters, start, limit, cursor })
      const values = { ...everything, ...words, ...periodOf({ from, to }), q }
      const found: Entry[] = []
      const most = outcome === undefined ? paging.most : windowMax
      let after = paging.after
      let isLastPage = false
      for (let window = 0; window < windowsMax && !isLastPage; window += 1) {
        const some = await readSome(deps, principal, { ...values, after, most })
        const last = some.at(-1)
        if (last !== undefined) after = positionOf(last)
        isLastPage = some.length < most
        for (const each of some) {
          if (outcome === undefined || each.outcome === outcome) found.push(each)
        }
        if (found.length >= paging.most) break
      }
      const page = paging.page(found, positionOf)
      if (page.next !== null || isLastPage) return page
      return { ...page, next: writeCursor('requests', filters, after) }
    },
  )
}

const positionOf = (entry: Pick<Entry, 'at' | 'request_id'>): CursorKey => [
  Date.parse(entry.at),
  entry.request_id,
]

type Entry = Awaited<ReturnType<typeof readSome>>[number]

/** Some requests with outcome and subject. */
async function readSome(
  { ask, now }: Pick<Deps, 'ask' | 'now'>,
  principal: Principal,
  {
    q,
    after: [afterMs = 0, afterId = ''],
    ...asked
  }: typeof everything &
    ReturnType<typeof periodOf> & {
      readonly q: string | undefined
      readonly after: CursorKey
      readonly most: number
    },
) {
  const { tenant } = principal
  const rows = await ask(list, {
    ...{ ...asked, ...textFilter(principal, q), tenant },
    ...{ after_ms: Number(afterMs), after_id: String(afterId) },
  })
  const placed = rows.map(toRequest)
  const [became, people] = await Promise.all([
    readBecame(ask, tenant, now(), placed),
    withPeople(ask, principal, placed),
  ])
  return people.map((each) => {
    const { outcome, condemned } = became.get(each.request_id) ?? unread
    return { ...each, outcome, condemned }
  })
}

const unread = { outcome: 'waiting', condemned: 0, cause_id: '' } as const

function mountOne(server: Server, { ask, now }: Deps): void {
  server.get(
    '/v1/requests/:id',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'getRequest',
        summary: 'Outcome of a request: done, refused, too late, or what remains and why',
        description: 'A request is an approval, a denial, a sign-out or the end of one session.',
        tags: ['orders'],
        params: closedObject({ id: Name('Id of the request, as it was answered.') }),
        response: answers({ 200: OneRequest }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const { tenant } = principal
      const request_id = request.params.id
      const [row] = await ask(list, {
        ...{ ...everything, ...periodOf({}), ...textFilter(principal, undefined), tenant },
        ...{ request_id, after_ms: Number.MAX_SAFE_INTEGER, after_id: '', most: 1 },
      })
      if (row === undefined)
        throw new CurfewError('SHOW_UNKNOWN', 'There is no request with this id.')
      const placed = toRequest(row)
      const [people, became] = await Promise.all([
        withPeople(ask, principal, [placed]),
        readBecame(ask, tenant, now(), [placed]),
      ])
      const { outcome, condemned, cause_id } = became.get(request_id) ?? unread
      const { order_id, instance } = placed
      const since = new Date(sinceOf(placed))
      const rows =
        order_id !== ''
          ? await ask(lastSteps('order_id = {order_id:String}'), { tenant, order_id })
          : cause_id === ''
            ? []
            : await ask(itsOrders, { tenant, instance, cause_id, since })
      const orders = await toOrders(ask, principal, rows.slice(0, ordersMax))
      const [whose = { ...placed, subject_id: '', email: '' }] = people
      return { ...whose, outcome, condemned, orders, more_orders: rows.length > ordersMax }
    },
  )
}

function toRequest(row: Row) {
  return {
    request_id: text(row, 'request_id'),
    kind: text(row, 'kind'),
    at: isoTime(row, 'at'),
    principal: text(row, 'principal'),
    reason: text(row, 'reason'),
    instance: text(row, 'instance'),
    subject_ref: text(row, 'subject_ref'),
    session_kind: text(row, 'session_kind'),
    session_id: text(row, 'session_id'),
    order_id: text(row, 'order_id'),
  }
}
