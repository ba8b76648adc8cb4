/**
 * Expands a query as Grafana and its ClickHouse plugin do: in the browser first `$__conditionalAll`,
 * then the variables; in the backend the macros. Alert rules skip the browser.
 */
export interface Situation {
  readonly fromMs: number
  readonly toMs: number
  /** Width of a bucket: the range over the panel's width, and never below the panel's own minimum. */
  readonly intervalMs: number
  /** `$__all` for "All"; absent for alert rules, which know no variables. */
  readonly variables?: { readonly [name: string]: string | readonly string[] }
}

/** @throws Error when a macro is misused, a variable is unknown, or anything is left unexpanded. */
export function expand(sql: string, situation: Situation): string {
  const { variables } = situation
  const inBrowser =
    variables === undefined ? sql : fillVariables(conditionalAll(sql, variables), variables)
  const expanded = expandMacros(inBrowser, situation)
  const left = /\$__\w*|\$\{[^}]*\}?/.exec(expanded)
  if (left) throw new Error(`${left[0]} is left in: ${expanded}`)
  return expanded
}

type Variables = NonNullable<Situation['variables']>

/** The condition, or `1=1` for "All" and for an empty value; the last occurrence first. */
function conditionalAll(sql: string, variables: Variables): string {
  const macro = '$__conditionalAll'
  let text = sql
  for (let at = text.lastIndexOf(macro); at >= 0; at = text.lastIndexOf(macro)) {
    const { args, end } = argumentsAt(text, at + macro.length)
    const [condition, variable] = args
    if (condition === undefined || variable === undefined || args.length !== 2) {
      throw new Error(`${macro} takes two arguments: ${text}`)
    }
    const name = /^\$(\w+)$/.exec(variable)?.[1] ?? ''
    const value = variables[name]
    if (value === undefined) throw new Error(`${macro} of unknown variable ${variable}`)
    const isAll = String(value) === '' || String(value) === '$__all'
    text = text.slice(0, at) + (isAll ? '1=1' : condition) + text.slice(end)
  }
  return text
}

/** Grafana's own formats: `singlequote` escapes quotes with a backslash, and nothing else. */
function fillVariables(sql: string, variables: Variables): string {
  return sql.replace(/\$\{(\w+)(?::(\w+))?\}/g, (found, name: string, format?: string) => {
    const value = variables[name]
    if (value === undefined) throw new Error(`unknown variable ${found}`)
    const values = typeof value === 'string' ? [value] : value
    if (format === undefined)
      return values.length === 1 ? String(values[0]) : `{${values.join(',')}}`
    if (format !== 'singlequote') throw new Error(`format of ${found} is not one we use`)
    return values.map((each) => `'${each.replaceAll("'", "\\'")}'`).join(',')
  })
}

/** Names are matched whole; an unknown one is left where it is. Nothing is expanded twice. */
function expandMacros(sql: string, situation: Situation): string {
  const macros = macrosOf(situation)
  let done = ''
  let rest = sql
  for (let found = /\$__(\w+)/.exec(rest); found; found = /\$__(\w+)/.exec(rest)) {
    const macro = macros[found[1] ?? '']
    const after = found.index + found[0].length
    const { args, end } =
      macro && macro.length > 0 ? argumentsAt(rest, after) : { args: [], end: after }
    if (macro && args.length !== macro.length) {
      throw new Error(`${found[0]} takes ${macro.length} arguments: ${sql}`)
    }
    done += rest.slice(0, found.index) + (macro ? macro(...args) : found[0])
    rest = rest.slice(end)
  }
  return done + rest
}

type Macro = (...args: string[]) => string

function macrosOf({ fromMs, toMs, intervalMs }: Situation): { readonly [name: string]: Macro } {
  const seconds = (ms: number) => `toDateTime(${Math.floor(ms / 1000)})`
  const millis = (ms: number) => `fromUnixTimestamp64Milli(${ms})`
  const intervalS = Math.floor(Math.max(intervalMs / 1000, 1))
  const interval = Math.max(Math.floor(intervalMs), 1)
  return {
    timeFilter: (column) => `${column} >= ${seconds(fromMs)} AND ${column} <= ${seconds(toMs)}`,
    timeFilter_ms: (column) => `${column} >= ${millis(fromMs)} AND ${column} <= ${millis(toMs)}`,
    fromTime: () => seconds(fromMs),
    toTime: () => seconds(toMs),
    fromTime_ms: () => millis(fromMs),
    toTime_ms: () => millis(toMs),
    timeInterval: (column) =>
      `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalS} second)`,
    timeInterval_ms: (column) =>
      `toStartOfInterval(toDateTime64(${column}, 3), INTERVAL ${interval} millisecond)`,
    interval_s: () => String(intervalS),
  }
}

/** The arguments in the parentheses that begin at `at`, split at top-level commas and trimmed. */
function argumentsAt(
  text: string,
  at: number,
): { readonly args: readonly string[]; readonly end: number } {
  if (text[at] !== '(') return { args: [], end: at }
  const args: string[] = []
  let depth = 0
  let start = at + 1
  for (let place = at; place < text.length; place += 1) {
    if (text[place] === '(') depth += 1
    if (text[place] === ')') depth -= 1
    if (depth === 0 || (depth === 1 && text[place] === ',')) {
      args.push(text.slice(start, place).trim())
      start = place + 1
    }
    if (depth === 0) return { args, end: place + 1 }
  }
  throw new Error(`parentheses are not closed: ${text}`)
}
