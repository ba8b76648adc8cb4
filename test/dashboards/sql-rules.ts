import type { ShippedQuery } from './queries.ts'

/** A rule that is broken, and where. */
export interface Problem {
  readonly rule: string
  readonly place: string
}

/** Tables that grow with every event; reading one without a time bound reads all of it. */
const eventTables =
  /\b(?:from|join)\s+(?:events|rejected|findings|curfews|evidence|order_steps|listings|listed_sessions|session_facts|session_uses|causes|verdicts)\b/

/** Clauses that begin a line of their own, and keywords that are written small. */
const clauses = ['from', 'where', 'group by', 'having', 'order by', 'limit', 'union all']
const keywords =
  /\b(?:SELECT|FROM|WHERE|AND|OR|GROUP BY|ORDER BY|HAVING|LIMIT|UNION ALL|JOIN|AS|IN|NOT|NULL|ARRAY JOIN|DISTINCT|INTERVAL|DESC)\b/

type Rule = (query: ShippedQuery) => boolean

/** Each tells whether the query breaks it. */
const rules: { readonly [rule: string]: Rule } = {
  'queries of event tables are bound in time': ({ sql }) =>
    eventTables.test(sql) && !/\$__(?:timeFilter_ms|fromTime_ms|toTime_ms)\b/.test(sql),
  'columns are named': ({ sql }) => /select\s+(?:distinct\s+)?(?:\w+\.)?\*/i.test(sql),
  'tables are limited': ({ sql, kind, panelType }) =>
    (kind === 'variable' || kind === 'annotation' || ['table', 'bargauge'].includes(panelType)) &&
    !/\nlimit \d+$/.test(sql),
  'variables are quoted': ({ sql }) =>
    /\$\{\w+(?::(?!singlequote\})\w*)?\}/.test(sql) || /\$(?!__)\w+(?!\w*\))/.test(sql),
  'time buckets are called time': ({ sql }) =>
    [...sql.matchAll(/\$__timeInterval(?:_ms)?\([^)]*\)(?: as (\w+))?/g)].some(
      ([, alias]) => alias !== 'time',
    ),
  'time series begin with time': ({ sql, format }) =>
    format === 0 && !/^select\n {4}.* as time,\n/.test(sql),
  'DateTime64 takes the _ms macros': ({ sql }) =>
    /\$__(?:timeFilter|fromTime|toTime|dateFilter|dateTimeFilter|dt)\b(?!_ms)/.test(sql),
  'macros are not nested': ({ sql }) => macroArguments(sql).some((args) => args.includes('$__')),
  'macros are not in literals': ({ sql }) =>
    [...sql.matchAll(/'(?:[^'\\]|\\.)*'/g)].some(([literal]) => literal.includes('$')),
  'there are no comments': ({ sql }) => /--|\/\*|#/.test(sql),
  'there is one statement': ({ sql }) => sql.includes(';') || sql.trim() === '',
  'keywords are small': ({ sql }) => keywords.test(sql.replaceAll(/'[^']*'/g, '')),
  'clauses stand on lines of their own': ({ sql }) =>
    sql
      .replaceAll(/'[^']*'/g, "''")
      .split('\n')
      .some((line) => clauses.some((clause) => new RegExp(`\\S.*\\b${clause}\\b`).test(line))),
}

/** The rules a query breaks. */
export function sqlRules(query: ShippedQuery): readonly Problem[] {
  return Object.entries(rules)
    .filter(([, isBroken]) => isBroken(query))
    .map(([rule]) => ({ rule, place: query.place }))
}

/** What stands in the parentheses of each macro. */
function macroArguments(sql: string): readonly string[] {
  return [...sql.matchAll(/\$__\w+\(/g)].map((macro) => {
    const start = macro.index + macro[0].length
    let depth = 1
    let end = start
    while (depth > 0 && end < sql.length) {
      if (sql[end] === '(') depth += 1
      if (sql[end] === ')') depth -= 1
      end += 1
    }
    return sql.slice(start, end - 1)
  })
}
