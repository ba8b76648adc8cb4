import type { Json, ShippedQuery } from './queries.ts'
import { alertQueries, at, list, queriesOf, text } from './queries.ts'
import type { Problem } from './sql-rules.ts'
import { sqlRules } from './sql-rules.ts'

/** What must hold for the generated files, whatever they show; each problem names its rule. */
export interface Files {
  /** Dashboards by path. */
  readonly dashboards: ReadonlyMap<string, Json>
  readonly alerts: Json
}

export function problemsOf(files: Files): readonly Problem[] {
  const dashboards = [...files.dashboards.values()]
  const uids = dashboards.map((dashboard) => text(at(dashboard, 'uid')))
  return [
    ...twice(uids).map((place) => ({ rule: 'uids are unique', place })),
    ...dashboards.flatMap((dashboard) => dashboardProblems(dashboard, dashboards)),
    ...alertProblems(files.alerts, dashboards),
  ]
}

function dashboardProblems(dashboard: Json, dashboards: readonly Json[]): readonly Problem[] {
  const uid = text(at(dashboard, 'uid'))
  const panels = list(at(dashboard, 'panels'))
  const ids = panels.map((panel) => String(at(panel, 'id')))
  const queries = queriesOf(dashboard)
  const known = variablesOf(dashboard)
  return [
    ...check('panel ids are unique and whole', [
      ...twice(ids),
      ...ids.filter((id) => !/^\d+$/.test(id)),
    ]),
    ...check('nothing goes to the controls menu', find(dashboard, /inControlsMenu/)),
    ...check('links lead to dashboards and variables that exist', deadLinks(dashboard, dashboards)),
    ...panels.filter((panel) => at(panel, 'type') !== 'row').flatMap(panelProblems),
    ...queries.flatMap((query) => sqlRules(query)),
    ...queries
      .filter(({ sql }) =>
        [...sql.matchAll(/\$\{?(\w+)/g)].some(([, name]) => isUnknown(name, known)),
      )
      .map(({ place }) => ({ rule: 'variables exist', place })),
    ...overlaps(panels).map((place) => ({
      rule: 'panels do not overlap',
      place: `${uid} ${place}`,
    })),
  ]
}

const isUnknown = (name: string | undefined, known: readonly string[]) =>
  name !== undefined && !name.startsWith('__') && !known.includes(name)

function variablesOf(dashboard: Json | undefined): readonly string[] {
  return list(at(dashboard, 'templating', 'list')).map((variable) => text(at(variable, 'name')))
}

function panelProblems(panel: Json): readonly Problem[] {
  const place = text(at(panel, 'title'))
  const targets = list(at(panel, 'targets'))
  const refIds = targets.map((target) => text(at(target, 'refId')))
  const defaults = at(panel, 'fieldConfig', 'defaults')
  const isTimed = at(panel, 'type') === 'timeseries'
  const broken = [
    ['every panel has a query', targets.length === 0],
    ['ref ids are unique', twice(refIds).length > 0 || refIds.includes('')],
    ['targets say what they are', !targets.every((target) => isTarget(target, isTimed ? 0 : 1))],
    ['nothing is shown as "no data"', at(defaults, 'noValue') !== 'no data'],
    ['units are stated', text(at(defaults, 'unit')) === ''],
    ['panels are explained', text(at(panel, 'description')) === ''],
    ['legends are shown', isTimed && at(panel, 'options', 'legend', 'showLegend') !== true],
    ['tooltips are shown', isTimed && at(panel, 'options', 'tooltip', 'mode') !== 'multi'],
  ] as const
  return broken.filter(([, is]) => is).map(([rule]) => ({ rule, place }))
}

function isTarget(target: Json, format: number): boolean {
  return (
    text(at(target, 'rawSql')) !== '' &&
    at(target, 'format') === format &&
    at(target, 'editorType') === 'sql' &&
    at(target, 'datasource', 'type') === 'grafana-clickhouse-datasource' &&
    at(target, 'datasource', 'uid') === `\${datasource}`
  )
}

/** Links in headers and cells: the dashboard must exist, and so must each variable it is handed. */
function deadLinks(dashboard: Json, dashboards: readonly Json[]): readonly string[] {
  return find(dashboard, /^\/d\//).filter((url) => {
    const target = dashboards.find((each) => at(each, 'uid') === url.split(/[/?]/)[2])
    const handed = [...url.matchAll(/var-(\w+)=/g)].map(([, name]) => name ?? '')
    return !target || handed.some((name) => !variablesOf(target).includes(name))
  })
}

function overlaps(panels: readonly Json[]): readonly string[] {
  const boxes = panels.map((panel) => ({
    title: text(at(panel, 'title')),
    x: Number(at(panel, 'gridPos', 'x')),
    y: Number(at(panel, 'gridPos', 'y')),
    right: Number(at(panel, 'gridPos', 'x')) + Number(at(panel, 'gridPos', 'w')),
    bottom: Number(at(panel, 'gridPos', 'y')) + Number(at(panel, 'gridPos', 'h')),
  }))
  return boxes.flatMap((one, place) =>
    boxes
      .slice(place + 1)
      .filter((other) => one.x < other.right && other.x < one.right)
      .filter((other) => one.y < other.bottom && other.y < one.bottom)
      .map((other) => `${one.title} / ${other.title}`)
      .concat(one.right > 24 ? [one.title] : []),
  )
}

function alertProblems(alerts: Json, dashboards: readonly Json[]): readonly Problem[] {
  const groups = list(at(alerts, 'groups'))
  const rules = groups.flatMap((group) => list(at(group, 'rules')))
  const uids = rules.map((rule) => text(at(rule, 'uid')))
  return [
    ...check('uids are unique', [
      ...twice(uids),
      ...uids.filter((uid) => !/^[\w-]{1,40}$/.test(uid)),
    ]),
    ...check(
      'alert groups have the shape of files',
      groups.every(isFileGroup) && at(alerts, 'apiVersion') === 1 ? [] : ['groups'],
    ),
    ...alertQueries(alerts).flatMap((query: ShippedQuery) => [
      ...sqlRules(query),
      ...check(
        'alerts know no variables',
        /\$\{|\$__conditionalAll|\$(?!__)/.test(query.sql) ? [query.place] : [],
      ),
    ]),
    ...rules.flatMap((rule) => ruleProblems(rule, dashboards)),
  ]
}

const isFileGroup = (group: Json) =>
  at(group, 'orgId') === 1 &&
  text(at(group, 'name')) !== '' &&
  text(at(group, 'folder')) !== '' &&
  /^\d+s$/.test(text(at(group, 'interval')))

function ruleProblems(rule: Json, dashboards: readonly Json[]): readonly Problem[] {
  const place = text(at(rule, 'uid'))
  const panelOf = dashboards.find((each) => at(each, 'uid') === at(rule, 'dashboardUid'))
  const panel = list(at(panelOf, 'panels')).find((each) => at(each, 'id') === at(rule, 'panelId'))
  const refIds = list(at(rule, 'data')).map((step) => text(at(step, 'refId')))
  // Grafana replaces what looks like an environment variable everywhere but in the models.
  const { data: _, ...told } = typeof rule === 'object' && !Array.isArray(rule) ? (rule ?? {}) : {}
  return [
    ...check('alerts lead to a panel', panel ? [] : [place]),
    ...check(
      'alerts have a query, a reduction and a bound',
      refIds.join() === 'A,B,C' ? [] : [place],
    ),
    ...check('no dollar outside models', find(told, /\$/).length === 0 ? [] : [place]),
    ...check(
      'alerts say what no data means',
      ['OK', 'NoData'].includes(text(at(rule, 'noDataState'))) ? [] : [place],
    ),
  ]
}

const check = (rule: string, places: readonly string[]) => places.map((place) => ({ rule, place }))

function twice(values: readonly string[]): readonly string[] {
  return values.filter((value, place) => values.indexOf(value) !== place)
}

/** Every text in there that matches. */
function find(json: Json, pattern: RegExp): readonly string[] {
  if (typeof json === 'string') return pattern.test(json) ? [json] : []
  if (Array.isArray(json)) return json.flatMap((each) => find(each, pattern))
  if (typeof json === 'object' && json !== null) {
    return Object.values(json).flatMap((each) => find(each, pattern))
  }
  return []
}
