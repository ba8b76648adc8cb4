import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import type {
  Dashboard as GrafanaDashboard,
  VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { clickHouseQuery, dataSourceType, dataSourceUid } from './clickhouse-query.ts'
import type { Annotation, Dashboard, DetectorWords, Row, Variable } from './dashboard.ts'
import { uidOf } from './dashboard.ts'
import { chosenDataSource, makePanel } from './house-style.ts'

/** What a file of the catalogue says of its dashboard. */
export interface DashboardPlan {
  readonly id: string
  readonly title: string
  readonly description: string
  /** Start of the range shown first, e.g. `now-7d`. */
  readonly from: string
  /** How often it is asked again; each panel over verdicts judges every curfew of the range. */
  readonly refresh: '1m' | '5m'
  readonly variables: readonly Variable[]
  readonly annotations?: readonly Annotation[]
  readonly rows: readonly Row[]
  /** The other dashboards that the header leads to, by id. */
  readonly beside: readonly { readonly id: string; readonly title: string }[]
}

/** Makes the catalogue entry of a plan. */
export function defineDashboard(plan: DashboardPlan): Dashboard {
  return {
    id: plan.id,
    title: plan.title,
    panels: plan.rows.flatMap((row) => row.panels),
    build: (detectors) => withoutPlacement(compose(plan, detectors)),
  }
}

function compose(plan: DashboardPlan, detectors: readonly DetectorWords[]): GrafanaDashboard {
  const builder = new DashboardBuilder(`Curfew / ${plan.title}`)
    .uid(uidOf(plan.id))
    .description(plan.description)
    .tags(['curfew'])
    .timezone('utc')
    .time({ from: plan.from, to: 'now' })
    .refresh(plan.refresh)
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .withVariable(dataSourceVariable())
  for (const variable of plan.variables) builder.withVariable(makeVariable(variable))
  for (const annotation of plan.annotations ?? []) builder.annotation(makeAnnotation(annotation))
  for (const { id, title } of plan.beside) {
    builder.link(
      new DashboardLinkBuilder(title)
        .url(`/d/${uidOf(id)}`)
        .keepTime(true)
        .includeVars(true),
    )
  }
  plan.rows.forEach((row, at) => {
    // Rows have ids of their own, far from those of panels, which alerts and links name.
    builder.withRow(new RowBuilder(row.title).id(1000 + at))
    for (const panel of row.panels) builder.withPanel(makePanel(panel, detectors))
  })
  return builder.build()
}

function dataSourceVariable(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type(dataSourceType)
    .current({ text: 'Curfew', value: dataSourceUid })
}

const all = { text: ['All'], value: ['$__all'] }

function makeVariable(variable: Variable): Builder<VariableModel> {
  switch (variable.kind) {
    case 'query':
      return new QueryVariableBuilder(variable.name)
        .label(variable.label)
        .datasource(chosenDataSource)
        .query({ refId: variable.name, queryType: 'sql', rawSql: variable.sql })
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .current(all)
    case 'words':
      return new CustomVariableBuilder(variable.name)
        .label(variable.label)
        .values(variable.words.join(','))
        .multi(true)
        .includeAll(true)
        .current(all)
    case 'text':
      return new TextBoxVariableBuilder(variable.name)
        .label(variable.label)
        .defaultValue('')
        .current({ text: '', value: '' })
  }
}

function makeAnnotation({ name, color, sql }: Annotation): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .iconColor(color)
    .datasource(chosenDataSource)
    .target(clickHouseQuery('table', sql, chosenDataSource, name))
}

/**
 * The SDK puts links and annotation switches into the controls menu, where nobody looks for them;
 * without a placement Grafana shows them above the panels.
 */
function withoutPlacement(dashboard: GrafanaDashboard): GrafanaDashboard {
  for (const link of dashboard.links ?? []) delete link.placement
  for (const annotation of dashboard.annotations.list ?? []) delete annotation.placement
  return dashboard
}
