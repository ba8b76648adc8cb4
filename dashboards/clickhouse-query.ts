import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'

/** Kind of Grafana's plugin for ClickHouse; the plugin of another maker has other macros. */
export const dataSourceType = 'grafana-clickhouse-datasource'

/** Uid under which the provisioning files make the data source; alerts can name no variable. */
export const dataSourceUid = 'curfew-clickhouse'

/** Oldest plugin these queries are written for. */
export const pluginVersion = '4.20.0'

/** The backend of the plugin goes by the number, its editor by the word. */
export const formats = { timeseries: 0, table: 1 } as const
export type QueryFormat = keyof typeof formats

/** One query as the plugin stores it. */
export interface ClickHouseQuery extends Dataquery {
  readonly refId: string
  readonly datasource: DataSourceRef
  readonly pluginVersion: string
  readonly editorType: 'sql'
  readonly rawSql: string
  readonly queryType: QueryFormat
  readonly format: 0 | 1
}

/** A builder as the SDK wants one, since it brings none for ClickHouse. */
export function clickHouseQuery(
  format: QueryFormat,
  rawSql: string,
  datasource: DataSourceRef,
  refId = 'A',
): Builder<ClickHouseQuery> {
  return {
    build: () => ({
      refId,
      datasource,
      pluginVersion,
      editorType: 'sql',
      rawSql,
      queryType: format,
      format: formats[format],
      // The SDK tells queries by this method; JSON drops it.
      _implementsDataqueryVariant: () => {},
    }),
  }
}
