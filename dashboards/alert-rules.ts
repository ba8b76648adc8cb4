import type { AlertRule } from './alert-rule.ts'
import { day, hour, minute, minutes, place, times } from './alert-rule.ts'
import { eligible, verdicts, where } from './sql.ts'
import { workRules } from './work-alert-rules.ts'

/** Least number of eligible sessions: below it a single failure would trigger the alert. */
const eligibleMin = 20
const coverageMin = 0.99
const silentMinutesMax = 15
const rejectedShareMax = 0.01
const messagesMin = 100

const inTime = "outcome in ('contained_in_time', 'ended_otherwise_in_time')"

const brokenCurfews = `select
    tenant,
    instance,
    countIf(verdict = 'broken') as broken
from ${verdicts}
${where(['$__timeFilter_ms(deadline_at)', "certainty = 'certain'"])}
group by tenant, instance`

const lowCoverage = `select
    tenant,
    instance,
    countIf(in_time) / count() as coverage
from
(
    select
        tenant,
        instance,
        min(${inTime}) as in_time
    from ${verdicts}
    ${where(['$__timeFilter_ms(deadline_at)', ...eligible], 1)}
    group by tenant, instance, session_kind, session_id, incarnation
)
group by tenant, instance
having count() >= ${eligibleMin}`

const breaches = `select
    tenant,
    instance,
    countIf(latest.1 and latest.2 = 'critical' and latest.3 not in ('off', 'shadow')) as breaches
from
(
    select
        tenant,
        instance,
        argMax((standing, severity, mode), (version, row_commit)) as latest
    from findings
    ${where(['$__timeFilter_ms(recorded_at)', "detector = 'used-after-revoked'"], 1)}
    group by tenant, instance, finding_id
)
group by tenant, instance`

const silence = `select
    tenant,
    instance,
    dateDiff('second', max(received_at), $__toTime_ms) / 60 as silent_minutes
from events
${where(['$__timeFilter_ms(received_at)', "lane = 'live'"])}
group by tenant, instance`

const judgedAt = (asOf: string, sign: string) => `select
        tenant,
        instance,
        ${sign}toInt64(countIf(verdict = 'unproven')) as unproven
    from verdicts(as_of = ${asOf})
    ${where(["certainty = 'certain'", '$__timeFilter_ms(cause_at)'], 1)}
    group by tenant, instance`

const moreUnproven = `select
    tenant,
    instance,
    sum(unproven) as more_unproven
from
(
    ${judgedAt("toTimeZone($__toTime_ms, 'UTC')", '')}
    union all
    ${judgedAt("toTimeZone($__toTime_ms, 'UTC') - interval 1 hour", '-')}
)
group by tenant, instance`

const rejectedShare = `select
    tenant,
    instance,
    sum(refused) / sum(accepted + refused) as rejected_share
from
(
    select
        tenant,
        instance,
        uniq(event_id) as accepted,
        0 as refused
    from events
    ${where(['$__timeFilter_ms(received_at)'], 1)}
    group by tenant, instance
    union all
    select
        tenant,
        instance,
        0 as accepted,
        uniqExact((source, partition, offset)) as refused
    from rejected
    ${where(['$__timeFilter_ms(received_at)'], 1)}
    group by tenant, instance
)
group by tenant, instance
having sum(accepted + refused) >= ${messagesMin}`

export const alertRules: readonly AlertRule[] = [
  {
    uid: 'curfew-broken',
    title: 'Curfews are broken',
    severity: 'critical',
    summary: `Sessions of ${place} lived past their deadline: ${times} within a day.`,
    runbook:
      'Find them in the table of open, broken and unproven curfews, with the state and reason of each order.',
    sql: brokenCurfews,
    rangeSeconds: day,
    fires: { when: 'gt', than: 0 },
    panelOf: { dashboard: 'revocation', panel: 30 },
  },
  {
    uid: 'curfew-coverage-low',
    title: 'Coverage is low',
    severity: 'critical',
    summary: `Coverage of ${place} over an hour is {{ humanizePercentage .Values.B.Value }}; at least ${coverageMin * 100} % is expected.`,
    runbook: 'Check the outcome of the sessions by cause class, and whether the provider answers.',
    sql: lowCoverage,
    rangeSeconds: hour,
    fires: { when: 'lt', than: coverageMin },
    panelOf: { dashboard: 'revocation', panel: 1 },
  },
  {
    uid: 'curfew-breach',
    title: 'A session was accepted after its end',
    severity: 'critical',
    summary: `The provider of ${place} accepted sessions after they had ended: ${times} within a day.`,
    runbook:
      "The provider did not end them: end all the subject's sessions and take it up with the provider.",
    sql: breaches,
    rangeSeconds: day,
    fires: { when: 'gt', than: 0 },
    panelOf: { dashboard: 'findings', panel: 5 },
  },
  {
    uid: 'curfew-intake-stopped',
    title: 'Intake has stopped',
    severity: 'critical',
    summary: `Nothing was received from ${place} for ${minutes}.`,
    runbook:
      'Check the source, its lag and its credentials. Events that are not received cannot condemn sessions.',
    sql: silence,
    rangeSeconds: day,
    fires: { when: 'gt', than: silentMinutesMax },
    for: '5m',
    // No data for a whole day means the same problem.
    noData: 'NoData',
    panelOf: { dashboard: 'pipeline', panel: 1 },
  },
  {
    uid: 'curfew-unproven-growing',
    title: 'Unproven curfews grow',
    severity: 'warning',
    summary: `Within an hour ${times} more sessions of ${place} passed their deadline without proof.`,
    runbook: 'Check whether the provider can be listed and whether its end events arrive.',
    sql: moreUnproven,
    rangeSeconds: 7 * day,
    fires: { when: 'gt', than: 0 },
    for: '15m',
    panelOf: { dashboard: 'revocation', panel: 4 },
  },
  {
    uid: 'curfew-rejected-share',
    title: 'Many messages are rejected',
    severity: 'warning',
    summary: `Of the messages of ${place} {{ humanizePercentage .Values.B.Value }} could not be read.`,
    runbook: 'Check the reasons by producer; a new version of a producer is the usual cause.',
    sql: rejectedShare,
    rangeSeconds: 15 * minute,
    fires: { when: 'gt', than: rejectedShareMax },
    for: '5m',
    panelOf: { dashboard: 'pipeline', panel: 5 },
  },
  ...workRules,
]
