import type { Static } from 'typebox'
import { Type } from 'typebox'
import { OrderState } from '../../contract/order-step.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { isoTime, number, text, texts } from '../../contract/read-row.ts'
import type { Principal } from '../api/principal.ts'
import { closedObject, Instant, InstantOrNull } from '../api/schemas.ts'
import { personFields, withPeople } from './people.ts'

/** Other sessions that the call of an order also ends. */
export const AlsoEnds = Type.Array(Type.String(), {
  description: 'Other recorded sessions that the call also ends, by kind and id.',
})

/** One order after its last step, with its subject, causes and deadline. */
export const OrderEntry = closedObject({
  order_id: Type.String(),
  state: OrderState,
  at: Instant,
  instance: Type.String(),
  subject_ref: Type.String(),
  ...personFields,
  session_kind: Type.String(),
  session_id: Type.String(),
  classes: Type.Array(Type.String(), { description: 'Cause classes of its curfews.' }),
  deadline_at: InstantOrNull,
  reason: Type.String({
    description: 'For a waiting order: the guard that requires an approval, and why.',
  }),
  attempt: Type.Integer({ description: 'Calls made so far.' }),
  actor: Type.String({ description: 'Who decided the last step; curfew when no person did.' }),
  also_ends: AlsoEnds,
})
export type OrderEntry = Static<typeof OrderEntry>

/**
 * The last step of each order. `where` is a condition over the columns of `order_steps`; it must hold for
 * the last step of an order whenever it holds for an earlier one.
 */
export const lastSteps = (where: string): string => `
select order_id, one.1 as state, one.2 as instance, one.3 as subject_ref, one.4 as session_kind,
  one.5 as session_id, one.6 as reason, one.7 as attempt, one.8 as actor, one.9 as also_ends,
  one.10 as cause_ids, one.11 as at, one.12 as curfew_ids, toUnixTimestamp64Milli(at) as at_ms
from
(
  select order_id, argMax((s.state, s.instance, s.subject_ref, s.session_kind, s.session_id,
    s.reason, s.attempt, s.actor, s.also_ends, s.cause_ids, s.at, s.curfew_ids), (s.epoch, s.at, s.seq)) as one
  from order_steps as s
  where tenant = {tenant:String} and ${where}
  group by order_id
)`

/** Curfews of some orders; the query names the sessions, since rows are sorted by session. */
const demands = `
select curfew_id, groupUniqArray(toString(class)) as classes, min(deadline_at) as due_at
from curfews
where tenant = {tenant:String} and session_id in {ids:Array(String)} and curfew_id in {curfews:Array(String)}
group by curfew_id`

interface Demand {
  readonly classes: readonly string[]
  readonly dueAt: string
}

/**
 * Rows of `lastSteps` as entries, with their subjects as far as the caller may read names.
 *
 * @throws CurfewError as `ask`.
 */
export async function toOrders(
  ask: Ask,
  principal: Principal,
  rows: readonly Row[],
): Promise<OrderEntry[]> {
  if (rows.length === 0) return []
  const ids = [...new Set(rows.map((row) => text(row, 'session_id')))]
  const curfews = [...new Set(rows.flatMap((row) => texts(row, 'curfew_ids')))]
  const { tenant } = principal
  const [found, people] = await Promise.all([
    ask(demands, { tenant, ids, curfews }),
    withPeople(ask, principal, rows.map(toStep)),
  ])
  const demandOf = new Map(
    found.map((row) => [
      text(row, 'curfew_id'),
      { classes: texts(row, 'classes'), dueAt: isoTime(row, 'due_at') },
    ]),
  )
  return people.map(({ curfew_ids, ...order }) => {
    const mine = curfew_ids.flatMap((id): Demand[] => {
      const demand = demandOf.get(id)
      return demand === undefined ? [] : [demand]
    })
    const classes = [...new Set(mine.flatMap((demand) => demand.classes))].sort()
    const [deadline_at = null] = mine.map(({ dueAt }) => dueAt).sort()
    return { ...order, classes, deadline_at }
  })
}

function toStep(row: Row) {
  return {
    order_id: text(row, 'order_id'),
    // The enforcer writes it from the closed list of states.
    state: text(row, 'state') as OrderState,
    at: isoTime(row, 'at'),
    instance: text(row, 'instance'),
    subject_ref: text(row, 'subject_ref'),
    session_kind: text(row, 'session_kind'),
    session_id: text(row, 'session_id'),
    reason: text(row, 'reason'),
    attempt: number(row, 'attempt'),
    actor: text(row, 'actor'),
    also_ends: texts(row, 'also_ends'),
    curfew_ids: texts(row, 'curfew_ids'),
  }
}
