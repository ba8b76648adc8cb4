import { defineDashboard } from './define-dashboard.ts'
import { sessionColumn, subjectColumn } from './outstanding-panels.ts'
import { chosenInstances, isChosen, where, words } from './sql.ts'
import {
  detectorVariable,
  instanceVariable,
  sessionVariable,
  severities,
  severityVariable,
  subjectVariable,
  tenantVariable,
} from './variables.ts'

const columns = [
  'standing',
  'detector',
  'severity',
  'mode',
  'at',
  'subject_ref',
  'session_kind',
  'session_id',
  'why',
]

/**
 * The highest version of each finding; one tuple, so that versions do not mix. A finding is
 * recorded after its instant, so older rows cannot contain one of this range.
 */
const latest = `(
    select
        tenant,
        instance,
        finding_id,
        argMax((${columns.join(', ')}), (version, row_commit)) as latest
    from findings
    ${where(['recorded_at >= $__fromTime_ms - interval 1 day', ...chosenInstances], 1)}
    group by tenant, instance, finding_id
)`

/** Findings in shadow mode appear in reports only. */
const shown = `(
    select
        tenant,
        instance,
        finding_id,
${columns.map((column, at) => `        latest.${at + 1} as ${column}`).join(',\n')}
    from
    ${latest}
    ${where(
      [
        '$__timeFilter_ms(at)',
        "mode not in ('off', 'shadow')",
        isChosen('severity', 'severity'),
        isChosen('detector', 'detector'),
        isChosen('session_id', 'session'),
        isChosen('subject_ref', 'subject'),
      ],
      1,
    )}
)`

const bySeverity = `select
    severity,
    count() as findings
from
${shown}
where standing
group by severity
order by indexOf([${words(severities)}], severity) desc
limit 10`

const withdrawn = `select
    if(count() = 0, null, countIf(standing)) as standing_now,
    if(count() = 0, null, countIf(not standing)) as withdrawn
from
${shown}`

const overTime = (column: string) => `select
    $__timeInterval_ms(at) as time,
    ${column},
    count() as findings
from
${shown}
where standing
group by time, ${column}
order by time, ${column}`

const list = `select
    at as seen_at,
    severity,
    detector,
    why,
    detector as what_to_do,
    tenant,
    instance,
    subject_ref,
    session_kind,
    session_id,
    mode
from
${shown}
where standing
order by indexOf([${words(severities)}], severity) desc, seen_at desc, finding_id
limit 500`

const rejectedReasons = `select
    reason,
    tenant,
    instance,
    source,
    uniqExact((partition, offset)) as messages,
    min(received_at) as first_at,
    max(received_at) as last_at,
    argMax(detail, (received_at, partition, offset)) as last_detail
from rejected
${where(['$__timeFilter_ms(received_at)', ...chosenInstances])}
group by reason, tenant, instance, source
order by messages desc, reason, source
limit 200`

/** Active findings, and messages that could not be judged. */
export const dashboard = defineDashboard({
  id: 'findings',
  title: 'Findings',
  description:
    'Active findings by severity and detector, and the messages that could not be judged because they were no events.',
  from: 'now-7d',
  refresh: '5m',
  variables: [
    tenantVariable,
    instanceVariable,
    severityVariable,
    detectorVariable,
    sessionVariable,
    subjectVariable,
  ],
  rows: [
    {
      title: 'Findings',
      panels: [
        {
          id: 1,
          title: 'Active findings by severity',
          description: 'Each finding once, in its latest version.',
          style: 'ranking',
          sql: bySeverity,
          unit: 'short',
          width: 8,
        },
        {
          id: 2,
          title: 'Standing and withdrawn',
          description: 'Withdrawn: later facts refuted the finding.',
          style: 'stat',
          sql: withdrawn,
          unit: 'short',
          width: 4,
        },
        {
          id: 3,
          title: 'Active findings by severity, over time',
          description: 'By the instant of the finding.',
          style: 'bars',
          sql: overTime('severity'),
          unit: 'short',
          width: 12,
          seriesBy: 'severity',
          bucketMin: '1m',
        },
        {
          id: 4,
          title: 'Active findings by detector, over time',
          description: 'By the instant of the finding.',
          style: 'bars',
          sql: overTime('detector'),
          unit: 'short',
          width: 24,
          seriesBy: 'detector',
          bucketMin: '1m',
        },
        {
          id: 5,
          title: 'Standing findings',
          description:
            'Most severe first, at most 500. A session links to its timeline; the API shows the identity of a subject to tokens that may read names.',
          style: 'table',
          sql: list,
          unit: 'short',
          width: 24,
          height: 12,
          columns: {
            seen_at: { title: 'at', unit: 'dateTimeAsIso' },
            detector: { title: 'finding', detectorBy: 'title' },
            what_to_do: { title: 'what to do', detectorBy: 'runbook' },
            session_id: sessionColumn,
            subject_ref: subjectColumn,
          },
        },
      ],
    },
    {
      title: 'Rejected messages',
      panels: [
        {
          id: 10,
          title: 'Rejected messages by reason',
          description: 'Messages that are no events, by producer.',
          style: 'table',
          sql: rejectedReasons,
          unit: 'short',
          width: 24,
          columns: {
            first_at: { unit: 'dateTimeAsIso' },
            last_at: { unit: 'dateTimeAsIso' },
          },
        },
      ],
    },
  ],
  beside: [
    { id: 'revocation', title: 'Revocation' },
    { id: 'pipeline', title: 'Pipeline' },
    { id: 'session', title: 'One session' },
  ],
})
