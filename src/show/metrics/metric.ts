/**
 * One metric. Label values come from the closed list given; `open` lists are those of a
 * catalogue or the settings, which are small; beyond a bound every other value counts as `other`.
 */
export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: { readonly [label: string]: readonly string[] | 'open' }
}
