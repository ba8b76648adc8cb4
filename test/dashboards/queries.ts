import { built } from './built.ts'

/** One query as it stands in a generated file, with where it stands. */
export interface ShippedQuery {
  readonly place: string
  readonly kind: 'panel' | 'variable' | 'annotation' | 'alert'
  readonly sql: string
  /** 0 time series, 1 table; undefined for variables, which have none. */
  readonly format: number | undefined
  readonly panelType: string
  readonly unit: string
  /** Units of single columns, by name. */
  readonly units: { readonly [column: string]: string }
  readonly bucketMinMs: number
  /** Alerts only: seconds before now. */
  readonly range: { readonly from: number; readonly to: number } | undefined
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A generated file, parsed again from its text: what is tested is what is shipped. */
export function shipped(path: string): Json {
  const text = built.get(path)
  if (text === undefined) throw new Error(`nothing is generated as ${path}`)
  const parsed: Json = JSON.parse(text)
  return parsed
}

export function at(
  json: Json | undefined,
  ...path: readonly (string | number)[]
): Json | undefined {
  let value = json
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)]
    else if (typeof value === 'object' && value !== null) value = value[key]
    else return undefined
  }
  return value
}

export function list(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : []
}

export function text(json: Json | undefined): string {
  return typeof json === 'string' ? json : ''
}

export function dashboardPaths(): readonly string[] {
  return [...built.keys()].filter((path) => path.startsWith('generated/'))
}

/** Every query of every generated file. */
export function shippedQueries(): readonly ShippedQuery[] {
  return [
    ...dashboardPaths().flatMap((path) => queriesOf(shipped(path))),
    ...alertQueries(shipped('provisioning/alerting/curfew.json')),
  ]
}

/** Every query of one dashboard: panels, variables, annotations. */
export function queriesOf(dashboard: Json): readonly ShippedQuery[] {
  const uid = text(at(dashboard, 'uid'))
  const panels = list(at(dashboard, 'panels')).flatMap((panel) =>
    list(at(panel, 'targets')).map((target) => ({
      ...queryOf(target),
      place: `${uid}/${String(at(panel, 'id'))} ${text(at(panel, 'title'))}`,
      kind: 'panel' as const,
      panelType: text(at(panel, 'type')),
      unit: text(at(panel, 'fieldConfig', 'defaults', 'unit')),
      units: unitsOf(panel),
      bucketMinMs: milliseconds(text(at(panel, 'interval'))),
    })),
  )
  const variables = list(at(dashboard, 'templating', 'list'))
    .filter((variable) => at(variable, 'type') === 'query')
    .map((variable) => ({
      ...queryOf(at(variable, 'query')),
      place: `${uid}/variable ${text(at(variable, 'name'))}`,
      kind: 'variable' as const,
    }))
  const annotations = list(at(dashboard, 'annotations', 'list')).map((annotation) => ({
    ...queryOf(at(annotation, 'target')),
    place: `${uid}/annotation ${text(at(annotation, 'name'))}`,
    kind: 'annotation' as const,
  }))
  return [...panels, ...variables, ...annotations]
}

export function alertQueries(file: Json): readonly ShippedQuery[] {
  return list(at(file, 'groups'))
    .flatMap((group) => list(at(group, 'rules')))
    .map((rule) => ({
      ...queryOf(at(rule, 'data', 0, 'model')),
      place: `alert ${text(at(rule, 'uid'))}`,
      kind: 'alert' as const,
      range: {
        from: Number(at(rule, 'data', 0, 'relativeTimeRange', 'from')),
        to: Number(at(rule, 'data', 0, 'relativeTimeRange', 'to')),
      },
    }))
}

function queryOf(target: Json | undefined): Omit<ShippedQuery, 'place' | 'kind'> {
  const format = at(target, 'format')
  return {
    sql: text(at(target, 'rawSql')),
    format: typeof format === 'number' ? format : undefined,
    panelType: '',
    unit: '',
    units: {},
    bucketMinMs: 1_000,
    range: undefined,
  }
}

function unitsOf(panel: Json): { readonly [column: string]: string } {
  return Object.fromEntries(
    list(at(panel, 'fieldConfig', 'overrides')).flatMap((override) =>
      list(at(override, 'properties'))
        .filter((property) => at(property, 'id') === 'unit')
        .map((property) => [text(at(override, 'matcher', 'options')), text(at(property, 'value'))]),
    ),
  )
}

function milliseconds(interval: string): number {
  const [, count, unit] = /^(\d+)(s|m|h)$/.exec(interval) ?? []
  const units: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000 }
  return count === undefined || unit === undefined ? 1_000 : Number(count) * (units[unit] ?? 1_000)
}
