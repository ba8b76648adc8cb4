/** Seconds. */
export const minute = 60
export const hour = 60 * minute
export const day = 24 * hour

/** The number that fired, as whole minutes. */
export const minutes = '{{ printf "%.0f" .Values.B.Value }} minutes'
/** The number that fired, as a count. */
export const times = '{{ printf "%.0f" .Values.B.Value }}'

export const place = '{{ .Labels.tenant }} / {{ .Labels.instance }}'

/** One rule; its query gives one row per tenant and instance with exactly one number. */
export interface AlertRule {
  readonly uid: string
  readonly title: string
  readonly severity: 'critical' | 'warning'
  /** Reads as a sentence of its own; may name labels as `{{ .Labels.tenant }}`. */
  readonly summary: string
  readonly runbook: string
  readonly sql: string
  readonly rangeSeconds: number
  readonly fires: { readonly when: 'gt' | 'lt'; readonly than: number }
  /** How long it must hold; it fires at once unless said. */
  readonly for?: string
  /** What it means when the query gives nothing; that all is well unless said. */
  readonly noData?: 'OK' | 'NoData'
  /** The panel that shows the same thing. */
  readonly panelOf: { readonly dashboard: string; readonly panel: number }
}
