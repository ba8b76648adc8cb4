import type { Row } from './dashboard.ts'
import { sessionColumn } from './outstanding-panels.ts'
import { chosenInstances, isChosen, where } from './sql.ts'

/** Of two changes at one instant the one that stops enforcement counts. */
const killSwitch = `select
    if(count() = 0, null, toUInt8(argMax(is_on, (recorded_at, is_on)))) as kill_switch_on
from kill_switch
${where(['recorded_at <= $__toTime_ms'])}`

const behind = `select
    if(count() = 0, null, greatest(0, dateDiff('second', max(at), least($__toTime_ms, now64(3))) / 60)) as behind
from work_states
${where(['recorded_at <= $__toTime_ms', "of = 'through'"])}`

/** The latest step of each order. */
const lastSteps = `(
    select
        tenant,
        instance,
        order_id,
        argMax((state, at, session_kind, session_id, reason), (epoch, at, seq)) as latest
    from order_steps
    ${where(['$__timeFilter_ms(at)', ...chosenInstances], 1)}
    group by tenant, instance, order_id
)`

const waitingCount = `select
    if(count() = 0, null, countIf(latest.1 = 'awaiting_approval')) as orders_waiting
from
${lastSteps}`

const waiting = `select
    latest.2 as waiting_since,
    tenant,
    instance,
    latest.3 as session_kind,
    latest.4 as session_id,
    latest.5 as reason,
    order_id
from
${lastSteps}
where latest.1 = 'awaiting_approval'
order by waiting_since, order_id
limit 200`

/** Work that concerns all tenants has no tenant. */
const gaps = `select
    from_at,
    max(until_at) as to_at,
    tenant,
    work,
    of,
    argMax(reason, until_at) as why
from work_gaps
${where(['from_at <= $__toTime_ms', 'until_at >= $__fromTime_ms', `(tenant = '' or ${isChosen('tenant', 'tenant')})`])}
group by tenant, work, of, from_at
order by from_at desc, work, of
limit 200`

const failing = `select
    one.2 as failing_since,
    tenant,
    work,
    of,
    one.3 as why
from
(
    select
        tenant,
        work,
        of,
        argMax((failing, at, reason), recorded_at) as one
    from work_states
    ${where(['recorded_at <= $__toTime_ms', 'recorded_at >= $__toTime_ms - interval 10 minute', `(tenant = '' or ${isChosen('tenant', 'tenant')})`], 1)}
    group by tenant, work, of
)
where one.1
order by failing_since, work, of
limit 200`

const instant = { unit: 'dateTimeAsIso' } as const

export const enforcerRow: Row = {
  title: 'Enforcer',
  panels: [
    {
      id: 50,
      title: 'Kill switch',
      description:
        '1 while it is on and no session is ended; no data if it was never set over the API. The kill-switch file of a process is not in the store: see curfew_kill_switch_on.',
      style: 'stat',
      sql: killSwitch,
      unit: 'short',
      width: 4,
      thresholds: [
        { from: null, color: 'green' },
        { from: 1, color: 'red' },
      ],
    },
    {
      id: 51,
      title: 'Orders waiting for approval',
      description: 'By their last step in this range.',
      style: 'stat',
      sql: waitingCount,
      unit: 'short',
      width: 4,
      thresholds: [
        { from: null, color: 'green' },
        { from: 1, color: 'orange' },
      ],
    },
    {
      id: 52,
      title: 'How far the enforcer is behind',
      description:
        'Time since the last instant up to which the enforcer had processed every recorded row.',
      style: 'stat',
      sql: behind,
      unit: 'm',
      width: 4,
      thresholds: [
        { from: null, color: 'green' },
        { from: 5, color: 'red' },
      ],
    },
    {
      id: 53,
      title: 'Work that fails',
      description: 'At the end of this range: reading sources and lists, orders, sweeps.',
      style: 'table',
      sql: failing,
      unit: 'short',
      width: 12,
      columns: { failing_since: { title: 'since', ...instant } },
    },
    {
      id: 54,
      title: 'Each order waiting for approval',
      description: 'Longest wait first, at most 200. A session links to its timeline.',
      style: 'table',
      sql: waiting,
      unit: 'short',
      width: 12,
      columns: {
        waiting_since: { title: 'since', ...instant },
        session_id: sessionColumn,
      },
    },
    {
      id: 55,
      title: 'Work that failed',
      description:
        'For a minute or more within this range; work without a tenant concerns all tenants. `process`: Curfew did not run.',
      style: 'table',
      sql: gaps,
      unit: 'short',
      width: 12,
      columns: { from_at: { title: 'from', ...instant }, to_at: { title: 'until', ...instant } },
    },
  ],
}
