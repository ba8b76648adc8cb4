import { PanelBuilder as RankingPanel } from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import {
  BarGaugeDisplayMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import type { DynamicConfigValue, Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimePanel } from '@grafana/grafana-foundation-sdk/timeseries'
import { clickHouseQuery, dataSourceType } from './clickhouse-query.ts'
import type { Column, DetectorWords, Drill, PanelQuery, Threshold } from './dashboard.ts'
import { formatOf, uidOf } from './dashboard.ts'

/** The data source chosen above the panels. */
export const chosenDataSource: DataSourceRef = { type: dataSourceType, uid: `\${datasource}` }

/** Text of a panel without rows or with NULLs only: never 0 % and never 100 %. */
const noValue = 'no data'

const legend = new VizLegendOptionsBuilder()
  .showLegend(true)
  .displayMode(LegendDisplayMode.List)
  .placement(LegendPlacement.Bottom)
const tooltip = new VizTooltipOptionsBuilder()
  .mode(TooltipDisplayMode.Multi)
  .sort(SortOrder.Descending)

/** Builds a panel with the defaults of all panels: everything that the SDK leaves unset or sets unlike Grafana. */
export function makePanel(panel: PanelQuery, detectors: readonly DetectorWords[]): Builder<Panel> {
  switch (panel.style) {
    case 'stat':
      return withBasics(statPanel(), panel)
    case 'ranking':
      return withBasics(rankingPanel(), panel)
    case 'table':
      return withBasics(tablePanel(panel.columns ?? {}, detectors), panel)
    case 'lines':
    case 'bars':
      return withBasics(timePanel(panel), panel)
  }
}

type AnyPanel = StatPanel | RankingPanel | TablePanel | TimePanel

function withBasics<Each extends AnyPanel>(builder: Each, panel: PanelQuery): Each {
  builder
    .id(panel.id)
    .title(panel.title)
    .description(panel.description)
    .datasource(chosenDataSource)
    .span(panel.width)
    .height(panel.height ?? 8)
    .unit(panel.unit)
    .noValue(noValue)
    .thresholds(thresholds(panel.thresholds ?? [{ from: null, color: 'text' }]))
    .withTarget(clickHouseQuery(formatOf[panel.style], panel.sql, chosenDataSource))
  if (panel.bucketMin !== undefined) builder.interval(panel.bucketMin)
  return builder
}

function thresholds(steps: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from, color })))
}

function statPanel(): StatPanel {
  return new StatPanel()
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
}

/** One bar per row, named by its text column. */
function rankingPanel(): RankingPanel {
  return new RankingPanel()
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(true).limit(20))
    .legend(legend)
    .min(0)
}

function tablePanel(
  columns: { readonly [name: string]: Column },
  detectors: readonly DetectorWords[],
): TablePanel {
  const builder = new TablePanel().filterable(true)
  for (const [name, column] of Object.entries(columns)) {
    builder.overrideByName(name, propertiesOf(column, detectors))
  }
  return builder
}

function propertiesOf(
  { title, unit, drill, detectorBy }: Column,
  detectors: readonly DetectorWords[],
): DynamicConfigValue[] {
  return [
    ...(detectorBy === undefined
      ? []
      : [{ id: 'mappings', value: [mappingOf(detectorBy, detectors)] }]),
    ...(title === undefined ? [] : [{ id: 'displayName', value: title }]),
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(drill === undefined ? [] : [{ id: 'links', value: [linkOf(drill)] }]),
  ]
}

/** A detector that no longer exists keeps its id. */
function mappingOf(by: 'title' | 'runbook', detectors: readonly DetectorWords[]): object {
  const words = detectors.map((each, index) => [each.id, { text: each[by], index }] as const)
  return { type: 'value', options: Object.fromEntries(words) }
}

/**
 * The values come from events, so they are encoded: a session id with an ampersand in it must not
 * set another variable of the dashboard it leads to.
 */
function linkOf({ title, to, variables }: Drill): { readonly title: string; readonly url: string } {
  const set = Object.entries(variables).map(
    ([variable, column]) => `var-${variable}=\${__data.fields.${column}:percentencode}`,
  )
  const query = [`var-datasource=\${datasource}`, ...set, `\${__url_time_range}`].join('&')
  return { title, url: `/d/${uidOf(to)}?${query}` }
}

function timePanel({ style, seriesBy }: PanelQuery): TimePanel {
  const builder = new TimePanel().legend(legend).tooltip(tooltip).lineWidth(1)
  if (seriesBy !== undefined) builder.displayName(`\${__field.labels.${seriesBy}}`)
  if (style === 'lines') return builder.drawStyle(GraphDrawStyle.Line).fillOpacity(10)
  return builder
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
}
