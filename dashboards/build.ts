import { buildAlerts } from './alerts.ts'
import type { Dashboard, DetectorWords } from './dashboard.ts'
import { dashboard as findings } from './findings.ts'
import { dashboard as pipeline } from './pipeline.ts'
import { buildPrometheusRules, buildRunbook } from './prometheus-rules.ts'
import { readOnlyUserSql, readOnlyUserXml } from './read-only-user.ts'
import { dashboard as revocation } from './revocation.ts'
import { dashboard as session } from './session.ts'

/** Every dashboard of this folder. */
export const dashboards: readonly Dashboard[] = [findings, pipeline, revocation, session]

/**
 * Builds every generated file: path relative to this folder → text, the same bytes each time.
 * Grafana reads them as they are; do not edit them. Findings show title and runbook of
 * their detectors and sweeps.
 */
export function buildDashboards(detectors: readonly DetectorWords[]): ReadonlyMap<string, string> {
  return new Map([
    ...dashboards.map(
      (dashboard) => [`generated/${dashboard.id}.json`, json(dashboard.build(detectors))] as const,
    ),
    ['provisioning/alerting/curfew.json', json(buildAlerts())] as const,
    ['provisioning/prometheus/curfew.json', json(buildPrometheusRules())] as const,
    ['../docs/alerts.md', buildRunbook()] as const,
    ['provisioning/clickhouse/read-only-user.sql', readOnlyUserSql()] as const,
    ['provisioning/clickhouse/read-only-user.xml', readOnlyUserXml()] as const,
  ])
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
