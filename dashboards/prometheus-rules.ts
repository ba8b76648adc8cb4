import { alertRules } from './alert-rules.ts'

/** One rule over the metrics, for alerting from Prometheus. */
interface MetricRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly severity: 'critical' | 'warning'
  readonly summary: string
  readonly runbook: string
}

/** Prometheus renames our label where its target has one of that name, unless it honours labels. */
const instance = '{{ or $labels.exported_instance $labels.instance }}'

export const metricRules: readonly MetricRule[] = [
  {
    alert: 'CurfewBroken',
    expr: 'max by (class) (curfew_verdicts{verdict="broken"}) > 0',
    for: '1m',
    severity: 'critical',
    summary:
      '{{ $labels.class }}: {{ $value }} sessions of the last day lived past their deadline.',
    runbook:
      'GET /v1/curfews?verdict=broken lists them, with the state and reason of each order. End the sessions that are still alive.',
  },
  {
    alert: 'CurfewCriticalFinding',
    expr: 'max(curfew_findings{severity="critical"}) > 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $value }} critical findings of the last day are active.',
    runbook: 'GET /v1/findings lists them; GET /v1/detectors has the runbook of each detector.',
  },
  {
    alert: 'CurfewWorkFails',
    expr: 'time() - curfew_work_last_good_round_seconds > 300',
    for: '1m',
    severity: 'critical',
    summary:
      '{{ $labels.work }} has not succeeded for {{ $value | humanizeDuration }}; it makes no progress meanwhile.',
    runbook: '/readyz and `curfew doctor` show which work and why; find details in the log.',
  },
  {
    alert: 'CurfewCoverageLow',
    expr: 'curfew_coverage_ratio < 0.99',
    for: '5m',
    severity: 'critical',
    summary:
      '{{ $labels.class }}: {{ $value | humanizePercentage }} of the sessions of an hour died in time.',
    runbook: 'Check the outcome of the sessions by cause class, and whether the provider answers.',
  },
  {
    alert: 'CurfewKillSwitchOn',
    expr: 'max(curfew_kill_switch_on) == 1',
    for: '10m',
    severity: 'warning',
    summary: 'The kill switch is on: no session is ended.',
    runbook:
      '`curfew kill-switch` shows who turned it on and why; `curfew kill-switch off` turns it off.',
  },
  {
    alert: 'CurfewApprovalWaits',
    expr: 'max(curfew_approvals_waiting) > 0',
    for: '5m',
    severity: 'warning',
    summary: '{{ $value }} orders wait for approval.',
    runbook:
      'List them with GET /v1/orders?state=awaiting_approval; approve or deny each before it expires.',
  },
  {
    alert: 'CurfewListOld',
    expr: 'curfew_list_late_seconds > 900',
    for: '5m',
    severity: 'warning',
    summary: `A curfew of ${instance} has waited for a complete list for {{ $value | humanizeDuration }}.`,
    runbook: 'Check whether the provider answers and whether the account may still list sessions.',
  },
  {
    alert: 'CurfewFiguresOld',
    expr: 'time() - curfew_figures_read_seconds > 600',
    for: '5m',
    severity: 'warning',
    summary: 'The figures of verdicts and findings are {{ $value | humanizeDuration }} old.',
    runbook: 'The store does not answer in time; check /readyz and the load of the store.',
  },
]

/** The rules as Prometheus reads them: JSON is YAML. */
export function buildPrometheusRules(): object {
  const rules = metricRules.map(({ alert, expr, for: held, severity, summary, runbook }) => ({
    ...{ alert, expr, for: held },
    labels: { product: 'curfew', severity },
    annotations: { summary, runbook, runbook_page: `docs/alerts.md#${alert.toLowerCase()}` },
  }))
  return { groups: [{ name: 'curfew', rules }] }
}

/** The runbook page of all alerts, by name. */
export function buildRunbook(): string {
  const grafana = alertRules.map(({ uid, title, severity, runbook, panelOf }) =>
    [
      `## ${uid}`,
      `**${title}** (${severity}). ${runbook}`,
      `Shown by the dashboard \`${panelOf.dashboard}\`.`,
    ].join('\n\n'),
  )
  const prometheus = metricRules.map(({ alert, severity, expr, runbook }) =>
    [`## ${alert}`, `(${severity}) \`${expr}\``, runbook].join('\n\n'),
  )
  return [
    '# Alerts, and what to do about each',
    '`./curfew dashboards` makes this page from `dashboards/`. Alerts of Grafana come first; they read the store. Alerts of Prometheus follow; they read the metrics page.',
    ...grafana,
    ...prometheus,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}
