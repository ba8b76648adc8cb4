/** Seconds. */
export const minute = 60
export const hour = 60 * minute
export const day = 24 * hour

/** The number that triggered the alert, as whole minutes. */
export const minutes = '{{ printf "%.0f" .Values.B.Value }} minutes'
/** The number that triggered the alert, as a count. */
export const times = '{{ printf "%.0f" .Values.B.Value }}'

export const place = '{{ .Labels.tenant }} / {{ .Labels.instance }}'

/** One rule; its query gives one row per tenant and instance with exactly one number. */
export interface AlertRule {
  readonly uid: string
  readonly title: string
  readonly severity: 'critical' | 'warning'
  /** A complete sentence; may use labels as `{{ .Labels.tenant }}`. */
  readonly summary: string
  readonly runbook: string
  readonly sql: string
  readonly rangeSeconds: number
  readonly fires: { readonly when: 'gt' | 'lt'; readonly than: number }
  /** How long the condition must hold; default: the alert fires at once. */
  readonly for?: string
  /** Meaning of a query without rows; default: OK. */
  readonly noData?: 'OK' | 'NoData'
  /** The panel with the same figure. */
  readonly panelOf: { readonly dashboard: string; readonly panel: number }
}
