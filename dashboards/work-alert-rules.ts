import type { AlertRule } from './alert-rule.ts'
import { day, hour, minutes, place } from './alert-rule.ts'
import { where } from './sql.ts'

const failingMinutesMax = 5
const waitingMinutesMax = 5
const listMinutesMax = 15
const stoppedMinutesMax = 10

/** Work that fails now, by its last state; a process that ended reports nothing. */
const failing = `select
    tenant,
    work as instance,
    max(if(one.1, dateDiff('second', one.2, $__toTime_ms) / 60, 0)) as failing_minutes
from
(
    select
        tenant,
        work,
        of,
        argMax((failing, at), recorded_at) as one
    from work_states
    ${where(['$__timeFilter_ms(recorded_at)', "of != 'through'"], 1)}
    group by tenant, work, of
)
group by tenant, work`

/** Time since the instant up to which the enforcer had processed every recorded row. */
const behind = `select
    tenant,
    work as instance,
    dateDiff('second', max(at), $__toTime_ms) / 60 as behind_minutes
from work_states
${where(['$__timeFilter_ms(recorded_at)', "of = 'through'"])}
group by tenant, work`

const waiting = `select
    tenant,
    instance,
    max(if(one.1 = 'awaiting_approval', dateDiff('second', one.2, $__toTime_ms) / 60, 0)) as waiting_minutes
from
(
    select
        tenant,
        instance,
        order_id,
        argMax((state, at), (epoch, at, seq)) as one
    from order_steps
    ${where(['$__timeFilter_ms(at)'], 1)}
    group by tenant, instance, order_id
)
group by tenant, instance`

/**
 * Since when a curfew waits for a complete list. Only of instances that were listed or called before: where
 * nothing is connected, nobody can list and nothing is late.
 */
const unlisted = `select
    c.tenant as tenant,
    c.instance as instance,
    max(if(c.detected_at > l.listed_at, dateDiff('second', c.detected_at, $__toTime_ms) / 60, 0)) as unlisted_minutes
from curfews as c
left join
(
    select
        tenant,
        instance,
        max(finished_at) as listed_at
    from listings
    ${where(['$__timeFilter_ms(finished_at)', 'complete'], 1)}
    group by tenant, instance
) as l on c.tenant = l.tenant and c.instance = l.instance
${where([
  '$__timeFilter_ms(c.detected_at)',
  'c.may_act',
  `(c.tenant, c.instance) in
    (
        select
            tenant,
            instance
        from listings
        ${where(['$__timeFilter_ms(finished_at)'], 2)}
        union all
        select
            tenant,
            instance
        from order_steps
        ${where(['$__timeFilter_ms(at)', "state in ('dispatching', 'throttled', 'in_doubt', 'acknowledged', 'verifying', 'rejected')"], 2)}
    )`,
])}
group by tenant, instance`

/** Of two changes at one instant the one that stops enforcement counts; a kill-switch file is in the metrics only. */
const stopped = `select
    '' as tenant,
    '' as instance,
    if(argMax(is_on, (recorded_at, is_on)), dateDiff('second', max(at), $__toTime_ms) / 60, 0) as stopped_minutes
from kill_switch
${where(['recorded_at <= $__toTime_ms'])}
having count() > 0`

/** Alerts on the work itself: while it makes no progress, no other alert shows a problem. */
export const workRules: readonly AlertRule[] = [
  {
    uid: 'curfew-work-failing',
    title: 'Work fails',
    severity: 'critical',
    summary: `The work {{ .Labels.instance }} fails for ${minutes}.`,
    runbook:
      '/readyz and `curfew doctor` show which work and why; find details in the log. Nothing is lost, but the work makes no progress.',
    sql: failing,
    rangeSeconds: hour,
    fires: { when: 'gt', than: failingMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 53 },
  },
  {
    uid: 'curfew-enforcement-behind',
    title: 'The enforcer is behind',
    severity: 'critical',
    summary: `The enforcer has not processed recorded rows for ${minutes}.`,
    runbook:
      'Check whether Curfew runs, whether its store answers, and how long a round takes (curfew_enforce_round_seconds).',
    sql: behind,
    rangeSeconds: day,
    fires: { when: 'gt', than: failingMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 52 },
  },
  {
    uid: 'curfew-kill-switch-on',
    title: 'The kill switch is on',
    severity: 'warning',
    summary: `No session is ended: the kill switch has been on for ${minutes}.`,
    runbook:
      '`curfew kill-switch` shows who turned it on and why; `curfew kill-switch off` turns it off. Orders wait meanwhile.',
    sql: stopped,
    rangeSeconds: day,
    fires: { when: 'gt', than: stoppedMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 50 },
  },
  {
    uid: 'curfew-approval-waiting',
    title: 'An order waits for approval',
    severity: 'warning',
    summary: `An order of ${place} has waited for approval for ${minutes}.`,
    runbook:
      'List them with GET /v1/orders?state=awaiting_approval and approve or deny each before it expires.',
    sql: waiting,
    rangeSeconds: day,
    fires: { when: 'gt', than: waitingMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 51 },
  },
  {
    uid: 'curfew-list-late',
    title: 'A provider is not listed',
    severity: 'warning',
    summary: `A curfew of ${place} has waited for a complete list for ${minutes}.`,
    runbook:
      'Check whether the provider answers and whether the account may still list sessions; `curfew doctor` tries it.',
    sql: unlisted,
    rangeSeconds: 7 * day,
    fires: { when: 'gt', than: listMinutesMax },
    for: `${listMinutesMax}m`,
    panelOf: { dashboard: 'revocation', panel: 30 },
  },
]
