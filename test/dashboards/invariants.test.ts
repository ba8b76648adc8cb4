import { describe, expect, it } from 'vitest'
import type { Files } from './invariants.ts'
import { problemsOf } from './invariants.ts'
import { dashboardPaths, shipped } from './queries.ts'

const alertsPath = 'provisioning/alerting/curfew.json'

/** The generated files, one of them changed as text. */
function filesWith(path = '', change: (text: string) => string = (text) => text): Files {
  const parsed = (each: string) => {
    const text = JSON.stringify(shipped(each))
    const changed = each === path ? change(text) : text
    if (each === path && changed === text) throw new Error(`nothing was changed in ${path}`)
    return JSON.parse(changed)
  }
  return {
    dashboards: new Map(dashboardPaths().map((each) => [each, parsed(each)])),
    alerts: parsed(alertsPath),
  }
}

const revocation = 'generated/revocation.json'
const findings = 'generated/findings.json'

/** A variable as Grafana wants it in a query. */
const v = (name: string) => `\${${name}}`

/** One violation each, planted into a good file. */
const violations: readonly (readonly [string, string, string | RegExp, string])[] = [
  ['uids are unique', findings, '"uid":"curfew-findings"', '"uid":"curfew-pipeline"'],
  ['uids are unique', alertsPath, '"uid":"curfew-breach"', '"uid":"curfew-broken"'],
  ['panel ids are unique and whole', revocation, '"id":2,', '"id":1,'],
  ['panel ids are unique and whole', revocation, '"id":2,', ''],
  [
    'nothing goes to the controls menu',
    findings,
    '"asDropdown":false',
    '"placement":"inControlsMenu"',
  ],
  [
    'links lead to dashboards and variables that exist',
    findings,
    '/d/curfew-pipeline',
    '/d/curfew-gone',
  ],
  ['links lead to dashboards and variables that exist', revocation, 'var-subject=', 'var-person='],
  ['panels do not overlap', revocation, '"x":5', '"x":4'],
  ['every panel has a query', findings, /"targets":\[\{.*?\}\]/, '"targets":[]'],
  ['ref ids are unique', findings, '"refId":"A"', '"refId":""'],
  ['targets say what they are', findings, '"format":0', '"format":1'],
  [
    'targets say what they are',
    findings,
    `"uid":"${v('datasource')}"},"pluginVersion"`,
    '"uid":"x"},"pluginVersion"',
  ],
  ['nothing is shown as "no data"', revocation, '"noValue":"no data"', '"noValue":"0"'],
  ['units are stated', revocation, '"unit":"percentunit"', '"unit":""'],
  ['panels are explained', findings, /"description":"Each finding once[^"]*"/, '"description":""'],
  ['legends are shown', revocation, /("type":"timeseries".*?"showLegend":)true/, '$1false'],
  ['tooltips are shown', revocation, '"mode":"multi"', '"mode":"none"'],
  ['variables exist', findings, `${v('subject:singlequote')}`, `${v('person:singlequote')}`],
  ['variables exist', findings, ', $subject)', ', $person)'],
  ['queries of event tables are bound in time', findings, '$__timeFilter_ms(received_at)', '1'],
  ['columns are named', findings, /select\\n {4}reason,/, 'select *, reason,'],
  ['tables are limited', findings, '\\nlimit 500', ''],
  ['tables are limited', findings, /(order by detector)\\nlimit 1000/, '$1'],
  ['variables are quoted', revocation, `in (${v('tenant:singlequote')})`, `in (${v('tenant')})`],
  [
    'variables are quoted',
    revocation,
    `in (${v('tenant:singlequote')})`,
    `in (${v('tenant:csv')})`,
  ],
  ['variables are quoted', revocation, `in (${v('tenant:singlequote')})`, "= '$tenant' and (1)"],
  [
    'time buckets are called time',
    findings,
    '$__timeInterval_ms(at) as time',
    '$__timeInterval_ms(at) as at',
  ],
  [
    'time series begin with time',
    findings,
    /select\\n {4}(\S*) as time,\\n {4}severity/,
    'select\\n    severity,\\n    $1 as time',
  ],
  ['DateTime64 takes the _ms macros', findings, '$__timeFilter_ms(', '$__timeFilter('],
  [
    'macros are not nested',
    findings,
    '$__timeFilter_ms(received_at)',
    '$__timeFilter_ms($__toTime_ms)',
  ],
  ['macros are not in literals', findings, "'shadow'", "'$__toTime_ms'"],
  ['there are no comments', findings, '\\ngroup by severity', ' -- why\\ngroup by severity'],
  ['there are no comments', findings, '\\ngroup by severity', ' /* why */\\ngroup by severity'],
  ['there is one statement', findings, '\\nlimit 500', '\\nlimit 500;'],
  ['keywords are small', findings, '\\nwhere standing', '\\nWHERE standing'],
  ['clauses stand on lines of their own', findings, '\\ngroup by severity', ' group by severity'],
  ['alert groups have the shape of files', alertsPath, '"folder":"Curfew"', '"folderUid":"x"'],
  ['alert groups have the shape of files', alertsPath, '"interval":"60s"', '"interval":60'],
  [
    'alerts know no variables',
    alertsPath,
    '$__timeFilter_ms(deadline_at)',
    `$__timeFilter_ms(deadline_at) and ${v('tenant:singlequote')} = tenant`,
  ],
  [
    'alerts know no variables',
    alertsPath,
    '$__timeFilter_ms(deadline_at)',
    '$__conditionalAll($__timeFilter_ms(deadline_at), 1)',
  ],
  ['alerts lead to a panel', alertsPath, '"panelId":30', '"panelId":999'],
  ['alerts have a query, a reduction and a bound', alertsPath, '"refId":"B"', '"refId":"Z"'],
  ['no dollar outside models', alertsPath, '{{ .Labels.tenant }}', '{{ $labels.tenant }}'],
  ['alerts say what no data means', alertsPath, '"noDataState":"NoData"', '"noDataState":""'],
]

describe('the generated files', () => {
  it('keep every rule', () => {
    expect(problemsOf(filesWith())).toEqual([])
  })

  it.each(violations)('%s: a violation in %s is seen', (rule, path, from, to) => {
    const problems = problemsOf(filesWith(path, (text) => text.replace(from, to)))
    expect(problems.map((problem) => problem.rule)).toContain(rule)
  })
})
