import type { AlertRule } from './alert-rule.ts'
import { alertRules } from './alert-rules.ts'
import { dataSourceType, dataSourceUid, formats, pluginVersion } from './clickhouse-query.ts'
import { uidOf } from './dashboard.ts'

/** Every query ends this long before now: data in transit is not missing. */
const settleSeconds = 60

const expression = { type: '__expr__', uid: '__expr__' }

/**
 * The rules as Grafana's file provisioning reads them, which is another shape than that of its API.
 * Grafana substitutes environment variables in everything but the queries' models, so no other text
 * here may contain a dollar sign.
 */
export function buildAlerts(): object {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: 'curfew',
        folder: 'Curfew',
        interval: '60s',
        rules: alertRules.map(fileRule),
      },
    ],
  }
}

function fileRule(rule: AlertRule): object {
  return {
    uid: rule.uid,
    title: rule.title,
    condition: 'C',
    for: rule.for ?? '0s',
    noDataState: rule.noData ?? 'OK',
    execErrState: 'Error',
    dashboardUid: uidOf(rule.panelOf.dashboard),
    panelId: rule.panelOf.panel,
    labels: { product: 'curfew', severity: rule.severity },
    annotations: {
      summary: rule.summary,
      runbook: rule.runbook,
      runbook_page: `docs/alerts.md#${rule.uid}`,
    },
    data: [queryStep(rule), reduceStep(), thresholdStep(rule)],
  }
}

function queryStep({ sql, rangeSeconds }: AlertRule): object {
  return {
    refId: 'A',
    relativeTimeRange: { from: rangeSeconds + settleSeconds, to: settleSeconds },
    datasourceUid: dataSourceUid,
    model: {
      refId: 'A',
      datasource: { type: dataSourceType, uid: dataSourceUid },
      pluginVersion,
      editorType: 'sql',
      rawSql: sql,
      queryType: 'table',
      format: formats.table,
    },
  }
}

function reduceStep(): object {
  return {
    refId: 'B',
    relativeTimeRange: { from: 0, to: 0 },
    datasourceUid: '__expr__',
    model: { refId: 'B', datasource: expression, type: 'reduce', expression: 'A', reducer: 'last' },
  }
}

function thresholdStep({ fires }: AlertRule): object {
  return {
    refId: 'C',
    relativeTimeRange: { from: 0, to: 0 },
    datasourceUid: '__expr__',
    model: {
      refId: 'C',
      datasource: expression,
      type: 'threshold',
      expression: 'B',
      conditions: [{ evaluator: { type: fires.when, params: [fires.than] } }],
    },
  }
}
