import type { AlertRule } from './alert-rule.ts'
import { day, hour, minutes, place } from './alert-rule.ts'
import { where } from './sql.ts'

const failingMinutesMax = 5
const waitingMinutesMax = 5
const listMinutesMax = 15
const stoppedMinutesMax = 10

/** What is failing now, by the last word of it; a process that is gone says nothing of its work. */
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

/** How long ago the enforcer had dealt with everything that was recorded. */
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

/** Of turns at one instant the one that stops; a switch that is a file on a machine is in the metrics. */
const stopped = `select
    '' as tenant,
    '' as instance,
    if(argMax(is_on, (recorded_at, is_on)), dateDiff('second', max(at), $__toTime_ms) / 60, 0) as stopped_minutes
from kill_switch
${where(['recorded_at <= $__toTime_ms'])}
having count() > 0`

/** Alerts on the work itself: while it stands still, nothing else would say that anything is wrong. */
export const workRules: readonly AlertRule[] = [
  {
    uid: 'curfew-work-failing',
    title: 'Work fails',
    severity: 'critical',
    summary: `The work {{ .Labels.instance }} fails for ${minutes}.`,
    runbook:
      'Ask /readyz or `curfew doctor` which and why; the log says how. Nothing is lost meanwhile, and nothing of it is done.',
    sql: failing,
    rangeSeconds: hour,
    fires: { when: 'gt', than: failingMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 53 },
  },
  {
    uid: 'curfew-enforcement-behind',
    title: 'The enforcer is behind',
    severity: 'critical',
    summary: `The enforcer has not dealt with all that was recorded for ${minutes}.`,
    runbook:
      'Check whether Curfew runs, whether its store answers, and how long a look takes (curfew_enforce_round_seconds).',
    sql: behind,
    rangeSeconds: day,
    fires: { when: 'gt', than: failingMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 52 },
  },
  {
    uid: 'curfew-kill-switch-on',
    title: 'The kill switch is on',
    severity: 'warning',
    summary: `No session is ended: the kill switch is on for ${minutes}.`,
    runbook:
      '`curfew kill-switch` says who turned it on and why; `curfew kill-switch off` turns it off once that is settled. Orders wait.',
    sql: stopped,
    rangeSeconds: day,
    fires: { when: 'gt', than: stoppedMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 50 },
  },
  {
    uid: 'curfew-approval-waiting',
    title: 'An order waits for a person',
    severity: 'warning',
    summary: `An order of ${place} waits for approval for ${minutes}.`,
    runbook:
      'List them with GET /v1/orders?state=awaiting_approval and approve or deny each before its time is over.',
    sql: waiting,
    rangeSeconds: day,
    fires: { when: 'gt', than: waitingMinutesMax },
    panelOf: { dashboard: 'revocation', panel: 51 },
  },
  {
    uid: 'curfew-list-late',
    title: 'A provider is not listed',
    severity: 'warning',
    summary: `A curfew of ${place} waits for a complete list for ${minutes}.`,
    runbook:
      'Check whether the provider answers and whether the account may still list sessions; `curfew doctor` tries it.',
    sql: unlisted,
    rangeSeconds: 7 * day,
    fires: { when: 'gt', than: listMinutesMax },
    for: `${listMinutesMax}m`,
    panelOf: { dashboard: 'revocation', panel: 30 },
  },
]
