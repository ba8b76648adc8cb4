import type { Cause } from '../../contract/cause.ts'
import type { Append, Ask, Clock, Log, Row } from '../../contract/ports.ts'
import { number, sessionKindOf, text } from '../../contract/read-row.ts'
import type { Request } from '../../contract/request.ts'
import { RecentIds } from '../../process/recent-ids.ts'
import { appendNewCauses, causeIdOf } from '../rows/cause-rows.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { Mutex } from '../scheduling/mutex.ts'
import type { Order } from './order.ts'
import type { OrderLog } from './order-log.ts'
import type { SubjectKey } from './outstanding.ts'

/** Answers requests of people and programs. Returns the subjects to list. */
export type AnswerRequests = (since: number) => Promise<readonly SubjectKey[]>

type Orders = Pick<OrderLog, 'get' | 'applyTransitions' | 'reconcile'>

/** Roles that may decide. The API checks first; this is the second check before a sign-out. */
const deciders: ReadonlySet<string> = new Set(['responder', 'admin'])
/** A request for a list is not worth answering after a long outage. */
const listRequestAgeMsMax = 10 * 60_000
const seenMax = 20_000

/**
 * A request is its earliest row. An answered order is a cause, so it is left out; approvals
 * concern only orders that still wait.
 */
const statement = `
select tenant, instance, request_id, kind, order_id, subject_ref, session_kind, session_id, principal,
  role, reason,
  toUnixTimestamp64Milli(at) as at_ms
from requests
where recorded_at >= {since:DateTime64(3)}
  and (kind not in ('sign_out_everywhere', 'end_session')
    or request_id not in (select event_id from causes where class = 'operator_order'))
order by at_ms, request_id
limit 1 by tenant, request_id`

export function makeAnswerRequests({
  ask,
  append,
  orderLog,
  clock,
  log,
  isolation,
  orderMutex,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly orderLog: Orders
  readonly clock: Clock
  readonly log: Log
  readonly isolation: Isolation
  readonly orderMutex: Mutex
}): AnswerRequests {
  const seen = new RecentIds(seenMax)
  /** By order: the decision in progress or deferred; a later one must not overtake it. */
  const decisions = new Map<string, string>()
  const decideAll = async (some: readonly Request[]): Promise<void> => {
    await orderMutex.runExclusive(() => decide(orderLog, some))
    for (const each of some) decisions.delete(decidedBy(each))
  }
  return async (since) => {
    const rows = await ask(statement, { since })
    const read = isolation.readRows(rows, 'requests', requestOf)
    const requests = read.filter(({ requestId }) => !seen.has(requestId))
    const allowed = requests.filter(({ requestId, kind, role }) => {
      if (kind === 'list_now' || deciders.has(role)) return true
      log.warn({ requestId, kind, role }, 'a request by a role that may not decide was left alone')
      return false
    })
    await isolation.runAll(allowed.filter(isOrder), about, async (some) => {
      await appendNewCauses({ ask, append }, some.map(causeOf))
    })
    const open = allowed.filter((each) => !isSpent(orderLog.get(each.orderId), each))
    await isolation.runAll(firstDecisions(open, decisions), about, decideAll)
    for (const { requestId } of requests) seen.add(requestId)
    return allowed.filter(
      ({ kind, at }) => kind === 'list_now' && clock.now() - at <= listRequestAgeMsMax,
    )
  }
}

const about = ({ tenant, instance, requestId }: Request) => {
  return { tenant, instance, action: 'answer a request', id: requestId }
}

/**
 * An approval that has had its effect: it does not count again for an order that waits once more, for more
 * than its person was shown.
 */
function isSpent(order: Order | undefined, { kind, at }: Request): boolean {
  return kind === 'approve' && (order?.approvedAt ?? Number.NEGATIVE_INFINITY) >= at
}

/** The first approval or denial of each order; records it as in progress. */
function firstDecisions(
  requests: readonly Request[],
  deciding: Map<string, string>,
): readonly Request[] {
  return requests.filter((each) => {
    if (each.kind !== 'approve' && each.kind !== 'deny') return false
    const of = decidedBy(each)
    if ((deciding.get(of) ?? each.requestId) !== each.requestId) return false
    deciding.set(of, each.requestId)
    return true
  })
}

const decidedBy = ({ tenant, orderId }: Request): string => JSON.stringify([tenant, orderId])

/** A decision that came too late, or about another tenant's order, changes nothing. */
async function decide(orderLog: Orders, requests: readonly Request[]): Promise<void> {
  // What a failed append has left behind of an order must be known before it is decided on.
  await orderLog.reconcile()
  await orderLog.applyTransitions(
    requests.flatMap(({ kind, orderId, tenant, principal, reason }) => {
      const order = orderLog.get(orderId)
      if (order?.last.state !== 'awaiting_approval' || order.last.tenant !== tenant) return []
      const what = kind === 'approve' ? 'approved' : 'denied'
      return [{ order, by: [{ what, actor: principal, reason }] }]
    }),
  )
}

const isOrder = ({ kind }: Request): boolean =>
  kind === 'sign_out_everywhere' || kind === 'end_session'

/** An order of a person as the cause it is: of all sessions of a subject until the request, or of one. */
function causeOf(request: Request): Cause {
  const { tenant, instance, requestId, at, subjectRef, principal, reason } = request
  const { sessionKind, sessionId } = request
  return {
    tenant,
    instance,
    causeId: causeIdOf(tenant, instance, 'operator_order', requestId),
    class: 'operator_order',
    eventId: requestId,
    at,
    receivedAt: at,
    lane: 'live',
    mayAct: true,
    modeMax: 'enforce',
    scopeKind: request.kind === 'end_session' ? 'session' : 'subject',
    scopeId: '',
    subjectRef,
    sessionKind,
    sessionId,
    exemptSessionId: '',
    flowSessionId: '',
    initiatorKind: 'admin',
    initiatorId: principal,
    reason: reason.slice(0, 512),
  }
}

function requestOf(row: Row): Request {
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    requestId: text(row, 'request_id'),
    kind: kindOf(text(row, 'kind')),
    orderId: text(row, 'order_id'),
    subjectRef: text(row, 'subject_ref'),
    sessionKind: sessionKindOrNone(text(row, 'session_kind')),
    sessionId: text(row, 'session_id'),
    principal: text(row, 'principal'),
    role: text(row, 'role'),
    reason: text(row, 'reason'),
    at: number(row, 'at_ms'),
  }
}

function kindOf(word: string): Request['kind'] {
  if (word === 'approve' || word === 'deny' || word === 'sign_out_everywhere') return word
  return word === 'end_session' ? word : 'list_now'
}

const sessionKindOrNone = (word: string): Request['sessionKind'] =>
  word === '' ? '' : sessionKindOf(word)
