import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { buildDashboards, dashboards } from '../../dashboards/build.ts'
import { dataSourceType, dataSourceUid } from '../../dashboards/clickhouse-query.ts'
import { uidOf } from '../../dashboards/dashboard.ts'
import { metricRules } from '../../dashboards/prometheus-rules.ts'
import { metrics } from '../../src/show/metrics/metric-table.ts'
import { built, detectors } from './built.ts'
import type { Json } from './queries.ts'
import { at, list, text } from './queries.ts'

const folder = 'dashboards'

describe('the generated files', () => {
  it.each([...built])('%s is what the code builds; run `./curfew dashboards`', (path, text) => {
    expect(readFileSync(join(folder, path), 'utf8')).toBe(text)
  })

  it('are the same bytes each time', () => {
    expect([...buildDashboards(detectors)]).toEqual([...built])
  })

  it('are all there is: none is left over from a dashboard that is gone', () => {
    const there = readdirSync(join(folder, 'generated')).map((file) => `generated/${file}`)
    const paths = [...built.keys()].filter((path) => path.startsWith('generated/'))
    expect(there.sort()).toEqual(paths.sort())
  })
})

describe('the catalogue of dashboards', () => {
  it('holds every file that exports one, under its own name', () => {
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        readFileSync(join(folder, file), 'utf8').includes('export const dashboard = '),
      )
    expect(files.map((file) => file.replace(/\.ts$/, '')).sort()).toEqual(
      dashboards.map(({ id }) => id).sort(),
    )
  })

  it('tells the queries that it builds', () => {
    for (const dashboard of dashboards) {
      const made: Json = JSON.parse(JSON.stringify(dashboard.build(detectors)))
      const told = dashboard.panels.map(({ id, sql }) => [id, sql])
      const shown = list(at(made, 'panels'))
        .filter((panel) => at(panel, 'type') !== 'row')
        .map((panel) => [at(panel, 'id'), at(panel, 'targets', 0, 'rawSql')])
      expect(shown).toEqual(told)
      expect(at(made, 'uid')).toBe(uidOf(dashboard.id))
    }
  })

  it('alerts on a detector that exists', () => {
    const sql = JSON.stringify(
      at(JSON.parse(built.get('provisioning/alerting/curfew.json') ?? ''), 'groups'),
    )
    const named = /detector = '([\w-]+)'/.exec(sql)?.[1]
    expect(detectors.map(({ id }) => id)).toContain(named)
  })
})

it('the rules of Prometheus ask for metrics that the page has, with labels that they have', () => {
  const named = new Map(metrics.map(({ name, labels }) => [name, Object.keys(labels)]))
  expect(metricRules.length).toBeGreaterThan(5)
  for (const { alert, expr } of metricRules) {
    const asked = [...expr.matchAll(/(curfew_\w+)(?:\{(\w+)=)?/g)]
    expect([alert, asked.length]).toEqual([alert, 1])
    for (const [, name = '', label] of asked) {
      expect([...named.keys()]).toContain(name)
      if (label !== undefined) expect(named.get(name)).toContain(label)
    }
  }
})

describe('the provisioning files', () => {
  const read = (path: string): Json =>
    parse(readFileSync(join(folder, 'provisioning', path), 'utf8'))

  it('make the data source that alerts and dashboards name', () => {
    const source = at(read('datasources/clickhouse.yaml'), 'datasources', 0)
    expect(source).toMatchObject({ uid: dataSourceUid, type: dataSourceType, editable: false })
    expect(text(at(source, 'jsonData', 'username'))).toBe('curfew_dashboards')
  })

  it('hold no password', () => {
    const source = at(read('datasources/clickhouse.yaml'), 'datasources', 0)
    expect(at(source, 'secureJsonData')).toEqual({ password: '$CURFEW_DASHBOARDS_PASSWORD' })
    const xml = readFileSync(join(folder, 'provisioning/clickhouse/read-only-user.xml'), 'utf8')
    expect(xml).toContain('<password from_env="CURFEW_DASHBOARDS_PASSWORD"/>')
  })

  it('load dashboards that cannot be changed in Grafana', () => {
    expect(at(read('dashboards/curfew.yaml'), 'providers', 0)).toMatchObject({
      type: 'file',
      allowUiUpdates: false,
      disableDeletion: true,
    })
  })
})
