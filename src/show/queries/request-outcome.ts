import type { Static } from 'typebox'
import { Type } from 'typebox'
import { terminalStates } from '../../contract/order-step.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { isoTime, number, text } from '../../contract/read-row.ts'
import { lastSteps } from './orders.ts'

export const Outcome = Type.Union(
  [
    Type.Literal('waiting'),
    Type.Literal('too_late'),
    Type.Literal('underway'),
    Type.Literal('nothing_to_end'),
    Type.Literal('done'),
    Type.Literal('refused'),
    Type.Literal('remains'),
  ],
  {
    description:
      '`waiting`: the enforcer has not read it yet. `too_late`: the order was decided without it. `underway`: orders are open. `nothing_to_end`: no curfew stands by it so far, or any more. `done`: every session is proven dead, of a sign-out also by a complete list of the person since, or what was denied is not ended. `refused`: the provider refused to end what is not proven dead. `remains`: a session is not proven dead and no order is open, its time is over, or no complete list has shown since whether there are others. `orders` of the one request says why.',
  },
)
export type Outcome = Static<typeof Outcome>

/** The fields of a request that decide its outcome. */
export interface Placed {
  readonly request_id: string
  readonly kind: string
  readonly at: string
  readonly principal: string
  /** '' for an order of a person: a sign-out, or the end of one session. */
  readonly order_id: string
}

export interface Became {
  readonly outcome: Outcome
  /** Sessions that it condemned and whose curfews are active; 0 for approvals and denials. */
  readonly condemned: number
  /** The cause that an order of a person created; '' otherwise. */
  readonly cause_id: string
}

/** Tolerance for an enforcer clock that is behind that of the API, ms. */
const skewMs = 60_000
/** ms since the epoch: earlier steps are not a result of the request. */
export const sinceOf = ({ at }: Pick<Placed, 'at'>): number => Date.parse(at) - skewMs

/** Who decided the orders, and when last. */
const decisions = `
select order_id, toString(state) as state, actor, max(at) as last_at
from order_steps
where tenant = {tenant:String} and order_id in {orders:Array(String)} and state in ('queued', 'denied')
group by order_id, state, actor`

/** The causes that orders of people created. */
const itsCauses = `
select event_id, min(cause_id) as cause_id from causes
where tenant = {tenant:String} and class = 'operator_order' and event_id in {requests:Array(String)}
group by event_id`

/**
 * Per cause and session: active curfews, sessions proven dead, and other sessions past their deadline. The
 * view is read once for all causes, since it takes long to prepare.
 */
const standing = `
with
  asked as
  (
    select distinct session_key, session_id from curfews
    where tenant = {tenant:String} and (cause_id in {causes:Array(String)}
      or (session_id in {ids:Array(String)}
        and has({sessions:Array(String)}, concat(instance, '\\n', session_kind, '\\n', session_id))))
  )
select key, count() as condemned, countIf(isNotNull(dead_at)) as dead,
  countIf(isNull(dead_at) and verdict != 'open') as overdue, countIf(deadline_at < {now:DateTime64(3)}) as late
from
(
  select dead_at, verdict, deadline_at,
    concat(instance, '\\n', session_kind, '\\n', session_id) as session,
    arrayJoin(arrayConcat(
      arrayFilter(id -> has({causes:Array(String)}, id), cause_ids),
      if(has({sessions:Array(String)}, session), [session], []))) as key
  from verdicts(as_of = {now:DateTime64(3)}, among = asked)
  where tenant = {tenant:String}
)
group by key`

/** Of causes of a whole subject those without a later complete list that shows all of its sessions. */
const unlisted = `
select c.cause_id as key
from
(
  select cause_id, any(instance) as whose, any(subject_ref) as ref, min(c.at) as asked_at
  from causes as c
  where tenant = {tenant:String} and cause_id in {causes:Array(String)}
    and scope_kind in ('subject', 'subject_organization') and subject_ref != ''
  group by cause_id
) as c
left join
(
  select instance, subject_ref, max(started_at) as last_at
  from listings
  where tenant = {tenant:String} and complete and subject_ref in
    (select subject_ref from causes where tenant = {tenant:String} and cause_id in {causes:Array(String)})
  group by instance, subject_ref
) as l on c.whose = l.instance and c.ref = l.subject_ref
where l.last_at < c.asked_at`

/** Per cause, the last states of the orders of its sessions, of those with a step since the request. */
const carriedOut = `
select c.cause_id as key,
  countIf(not has({terminal:Array(String)}, o.state)) as open,
  countIf(has({terminal:Array(String)}, o.state) and o.state not in ('contained', 'already_ended')) as failed,
  countIf(o.state = 'rejected') as refused
from
(
  select distinct cause_id, toString(instance) as instance, toString(session_kind) as session_kind, session_id
  from curfews
  where tenant = {tenant:String} and cause_id in {causes:Array(String)}
) as c
inner join
(
  select toString(l.instance) as instance, toString(l.session_kind) as session_kind, l.session_id as session_id,
    argMax(toString(l.state), (l.at_ms, l.order_id)) as state, max(l.at_ms) as last_ms
  from (${lastSteps(`s.session_id in (
    select session_id from curfews where tenant = {tenant:String} and cause_id in {causes:Array(String)})`)}) as l
  group by instance, session_kind, session_id
) as o
  on c.instance = o.instance and c.session_kind = o.session_kind and c.session_id = o.session_id
where o.last_ms >= transform(c.cause_id, {causes:Array(String)}, {since_ms:Array(Int64)}, toInt64(0))
group by key`

/**
 * The outcome of some requests of a tenant, by their ids. `now`: ms since the epoch.
 *
 * @throws CurfewError as `ask`.
 */
export async function readBecame(
  ask: Ask,
  tenant: string,
  now: number,
  placed: readonly Placed[],
): Promise<ReadonlyMap<string, Became>> {
  const decided = placed.filter(({ order_id }) => order_id !== '')
  const ordered = placed.filter(({ order_id }) => order_id === '')
  const [steps, last, causes] = await Promise.all([
    askAbout(ask, decisions, tenant, 'orders', decided, ({ order_id }) => order_id),
    askAbout(ask, lastSteps('order_id in {orders:Array(String)}'), tenant, 'orders', decided, idOf),
    askAbout(ask, itsCauses, tenant, 'requests', ordered, ({ request_id }) => request_id),
  ])
  const causeOf = new Map(causes.map((row) => [text(row, 'event_id'), text(row, 'cause_id')]))
  const stepOf = new Map(last.map((row) => [text(row, 'order_id'), row]))
  const caused = ordered.filter(({ request_id }) => causeOf.has(request_id))
  const counted = await countOf(ask, tenant, now, {
    causes: caused.map((each) => causeOf.get(each.request_id) ?? ''),
    since_ms: caused.map(sinceOf),
    steps: last,
  })
  const of = (each: Placed): Became => {
    const cause_id = causeOf.get(each.request_id) ?? ''
    if (each.order_id !== '') {
      const outcome = outcomeOfDecision(each, steps, stepOf.get(each.order_id), counted)
      return { outcome, condemned: 0, cause_id }
    }
    if (cause_id === '') return { outcome: 'waiting', condemned: 0, cause_id }
    const count = counted(cause_id)
    return { outcome: outcomeOf(count), condemned: count.condemned, cause_id }
  }
  return new Map(placed.map((each) => [each.request_id, of(each)]))
}

const idOf = ({ order_id }: Placed): string => order_id

async function askAbout(
  ask: Ask,
  sql: string,
  tenant: string,
  place: string,
  placed: readonly Placed[],
  nameOf: (each: Placed) => string,
): Promise<readonly Row[]> {
  if (placed.length === 0) return []
  return await ask(sql, { tenant, [place]: [...new Set(placed.map(nameOf))] })
}

/** State of the sessions: their curfews, and the last orders of them. */
interface Count {
  readonly condemned: number
  readonly dead: number
  readonly overdue: number
  readonly open: number
  readonly failed: number
  readonly refused: number
  /** Sessions past their deadline, the dead ones included. */
  readonly late: number
  /** No later complete list of the subject exists: it may have more sessions than these. */
  readonly isUnlisted: boolean
}
const nothing: Count = {
  ...{ condemned: 0, dead: 0, overdue: 0, open: 0, failed: 0, refused: 0, late: 0 },
  isUnlisted: false,
}

const sessionOf = (step: Row): string =>
  [text(step, 'instance'), text(step, 'session_kind'), text(step, 'session_id')].join('\n')

/** By the id of a cause or the key of a session. */
async function countOf(
  ask: Ask,
  tenant: string,
  now: number,
  {
    causes,
    since_ms,
    steps,
  }: {
    readonly causes: readonly string[]
    readonly since_ms: readonly number[]
    readonly steps: readonly Row[]
  },
): Promise<(key: string) => Count> {
  if (causes.length + steps.length === 0) return () => nothing
  const sessions = [...new Set(steps.map(sessionOf))]
  const ids = [...new Set(steps.map((step) => text(step, 'session_id')))]
  const terminal = [...terminalStates]
  const [stand, orders, without] = await Promise.all([
    ask(standing, { tenant, causes, ids, sessions, now: new Date(now) }),
    causes.length === 0 ? [] : ask(carriedOut, { tenant, causes, since_ms, terminal }),
    causes.length === 0 ? [] : ask(unlisted, { tenant, causes }),
  ])
  const unlistedCauses = new Set(without.map((row) => text(row, 'key')))
  const standOf = new Map(stand.map((row) => [text(row, 'key'), row]))
  const ordersOf = new Map(orders.map((row) => [text(row, 'key'), row]))
  const count = (row: Row | undefined, name: string) => (row ? number(row, name) : 0)
  return (key) => {
    const [curfews, carried] = [standOf.get(key), ordersOf.get(key)]
    return {
      condemned: count(curfews, 'condemned'),
      dead: count(curfews, 'dead'),
      overdue: count(curfews, 'overdue'),
      open: count(carried, 'open'),
      failed: count(carried, 'failed'),
      refused: count(carried, 'refused'),
      late: count(curfews, 'late'),
      isUnlisted: unlistedCauses.has(key),
    }
  }
}

function outcomeOfDecision(
  { order_id, kind, principal, at }: Placed,
  steps: readonly Row[],
  last: Row | undefined,
  counted: (key: string) => Count,
): Outcome {
  const state = last === undefined ? '' : text(last, 'state')
  if (last === undefined || state === 'awaiting_approval') return 'waiting'
  const wanted = kind === 'deny' ? 'denied' : 'queued'
  const was = steps.some(
    (step) =>
      text(step, 'order_id') === order_id &&
      text(step, 'state') === wanted &&
      text(step, 'actor') === principal &&
      Date.parse(isoTime(step, 'last_at')) >= sinceOf({ at }),
  )
  if (!was) return 'too_late'
  if (kind === 'deny') return 'done'
  const open = isTerminal(state) ? 0 : 1
  const failed = open === 1 || state === 'contained' || state === 'already_ended' ? 0 : 1
  const refused = state === 'rejected' ? 1 : 0
  return outcomeOf({ ...counted(sessionOf(last)), open, failed, refused })
}

const isTerminal = (state: string): boolean => [...terminalStates].some((each) => each === state)

/**
 * Done follows from the verdicts and not from the final state of an order, since a later use refutes both.
 * While an order is open, or a session has none yet and is before its deadline, the outcome is pending. Of a whole subject only
 * a list shows whether there are unreported sessions.
 */
function outcomeOf(count: Count): Outcome {
  const { condemned, dead, overdue, open, failed, refused, late, isUnlisted } = count
  if (condemned === 0) return 'nothing_to_end'
  if (dead === condemned && isUnlisted) return late > 0 ? 'remains' : 'underway'
  if (dead === condemned) return 'done'
  if (open > 0) return 'underway'
  if (refused > 0 && refused === failed && condemned - dead === refused) return 'refused'
  return overdue > 0 || failed > 0 ? 'remains' : 'underway'
}
