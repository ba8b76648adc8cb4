import type { Dashboard as GrafanaDashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import type { QueryFormat } from './clickhouse-query.ts'

/** How a panel shows its rows; each style has one query format. */
export type PanelStyle = 'stat' | 'table' | 'ranking' | 'lines' | 'bars'

export const formatOf: { readonly [Each in PanelStyle]: QueryFormat } = {
  stat: 'table',
  table: 'table',
  ranking: 'table',
  lines: 'timeseries',
  bars: 'timeseries',
}

/** Units of Grafana's list that the panels speak. */
export type Unit = 'short' | 'percentunit' | 'ms' | 'm' | 'h' | 'eps' | 'dateTimeAsIso'

/** Where a cell leads: another dashboard, with variables taken from the row. */
export interface Drill {
  readonly title: string
  /** Id of a dashboard of this catalogue. */
  readonly to: string
  /** Variable of that dashboard → column of this row. */
  readonly variables: { readonly [variable: string]: string }
}

/** What the catalogue says of a detector or a sweep. */
export interface DetectorWords {
  readonly id: string
  readonly title: string
  readonly runbook: string
}

/** What one column of a table is shown as. */
export interface Column {
  /** A column of ids of detectors is shown by these words of theirs. */
  readonly detectorBy?: 'title' | 'runbook'
  readonly title?: string
  readonly unit?: Unit
  readonly drill?: Drill
}

/** From a value on, a colour: the first has none and is the base. */
export interface Threshold {
  readonly from: number | null
  readonly color: string
}

/** One panel: one query and how its rows are shown. */
export interface PanelQuery {
  /** Never changed and never used again: links, alerts and annotations point at it. */
  readonly id: number
  readonly title: string
  /** What is counted and what is not, for the reader who doubts the number. */
  readonly description: string
  readonly style: PanelStyle
  readonly sql: string
  readonly unit: Unit
  /** Columns of the grid, 1 to 24. */
  readonly width: number
  readonly height?: number
  /** The column that names the series; without one the columns do. */
  readonly seriesBy?: string
  /** Shortest bucket, e.g. `1m`. */
  readonly bucketMin?: string
  readonly thresholds?: readonly Threshold[]
  readonly columns?: { readonly [name: string]: Column }
}

export interface Row {
  readonly title: string
  readonly panels: readonly PanelQuery[]
}

/** A variable above the panels. */
export type Variable =
  | { readonly kind: 'query'; readonly name: string; readonly label: string; readonly sql: string }
  | {
      readonly kind: 'words'
      readonly name: string
      readonly label: string
      readonly words: readonly string[]
    }
  | { readonly kind: 'text'; readonly name: string; readonly label: string }

/** Marks on the time axis. Columns: time, text, tags. */
export interface Annotation {
  readonly name: string
  readonly color: string
  readonly sql: string
}

/** An entry of the catalogue: a file of this folder exports it as `dashboard`. */
export interface Dashboard {
  /** The file's name; `curfew-<id>` is the uid. */
  readonly id: string
  readonly title: string
  readonly panels: readonly PanelQuery[]
  readonly build: (detectors: readonly DetectorWords[]) => GrafanaDashboard
}

/** The uid under which Grafana knows a dashboard of this catalogue. */
export function uidOf(id: string): string {
  return `curfew-${id}`
}
