/** One column of a table file: whether a row must, may or must not name it. */
export interface Column {
  readonly name: string
  readonly fill: 'must' | 'may' | 'never'
}

/**
 * The columns of each table that the given migrations make, in order. Knows the two statements that
 * migrations use for tables: `create table` and `alter table … add column`.
 */
export function columnsOf(migrations: readonly string[]): ReadonlyMap<string, readonly Column[]> {
  const tables = new Map<string, readonly Column[]>()
  for (const sql of migrations.map((text) => text.replaceAll(/--.*$/gm, ''))) {
    for (const [, table = '', body = ''] of sql.matchAll(createTable)) {
      tables.set(table, splitAtCommas(body).flatMap(columnOf))
    }
    for (const [, table = '', text = ''] of sql.matchAll(addColumn)) {
      tables.set(table, [...(tables.get(table) ?? []), ...columnOf(text)])
    }
  }
  return tables
}

const createTable = /create table if not exists (\w+)[^(]*\(\n(.*?)\n\)/gs
const addColumn = /alter table (\w+)[^;]*? add column(?: if not exists)? ([^;]+)/g

function columnOf(definition: string): readonly Column[] {
  const text = definition.trim()
  const [name = ''] = text.split(/\s/)
  if (name === '' || name === 'index') return []
  if (/\b(materialized|alias)\b/.test(text)) return [{ name, fill: 'never' }]
  return [{ name, fill: /\bdefault\b/.test(text) ? 'may' : 'must' }]
}

/** Parts between the commas that stand outside all brackets. */
function splitAtCommas(text: string): readonly string[] {
  const parts = ['']
  let depth = 0
  for (const character of text) {
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (character === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}
