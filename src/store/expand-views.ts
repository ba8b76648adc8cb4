import type { Migration } from './migrate.ts'

/** Writes the text of each parametrised view in the place where a statement names it. */
export type ExpandViews = (sql: string) => string

const parametrised = /^create view if not exists (\w+) [^\n]* as\n(.*)$/ms
const parameter = /\{(\w+):[^}]+\}/g

/**
 * The engine analyses and plans a view with parameters twice, once only to learn its columns: half
 * of what a question of `verdicts` costs on a small store. A plain view has its columns on record,
 * so it stays a name. Each parameter must be given as one place, `verdicts(as_of = {now:DateTime64(3)})`.
 */
export function makeExpandViews(migrations: readonly Migration[]): ExpandViews {
  const views = migrations.flatMap(({ statements }) => statements).flatMap(viewOf)
  return (sql) => views.reduce((text, view) => expand(text, view), sql)
}

interface View {
  readonly name: string
  readonly body: string
  readonly parameter: string
}

function viewOf(statement: string): readonly View[] {
  const [, name, text] = parametrised.exec(statement.replace(/^\s*--.*\n/gm, '')) ?? []
  if (name === undefined || text === undefined) return []
  const parameters = new Set(Array.from(text.matchAll(parameter), ([, each]) => each ?? ''))
  const [only] = parameters
  return only !== undefined && parameters.size === 1 ? [{ name, body: text, parameter: only }] : []
}

function expand(sql: string, { name, body, parameter }: View): string {
  const named = new RegExp(`\\b${name}\\(${parameter} = (\\{\\w+:[^}]+\\})\\)`, 'g')
  const place = new RegExp(`\\{${parameter}:[^}]+\\}`, 'g')
  return sql.replace(named, (_, given: string) => `(${body.replace(place, () => given)})`)
}
