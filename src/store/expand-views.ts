import type { Migration } from './migrate.ts'

/** Inlines the text of each parametrised view where a statement names it. */
export type ExpandViews = (sql: string) => string

const view = /^create view if not exists (\w+) [^\n]* as\n(.*)$/ms
const parameter = /\{(\w+):[^}]+\}/g

/** `among` replaces the table that a view reads under this alias. */
const everything = /\b\w+ as every_session\b/

/**
 * The engine analyses and plans a view with parameters twice, once only to learn its columns: half
 * of what a question of `verdicts` costs on a small store. A plain view has its columns on record,
 * so it is not inlined. Each parameter must be given as one parameter, `verdicts(as_of = {now:DateTime64(3)})`.
 *
 * A statement can restrict a view to some sessions, so that the view reads nothing about the
 * others: `session_lives(among = ours)` or `verdicts(as_of = {now:DateTime64(3)}, among = ours)`, where `ours`
 * is a subquery of the statement with the columns `session_key` and `session_id`. The engine does not push
 * conditions on a view's rows down by itself.
 */
export function makeExpandViews(migrations: readonly Migration[]): ExpandViews {
  const views = migrations.flatMap(({ statements }) => statements).flatMap(viewOf)
  return (sql) => views.reduce((text, view) => expand(text, view), sql)
}

interface View {
  readonly name: string
  readonly body: string
  /** Empty for a plain view that `among` may restrict. */
  readonly parameter: string
}

function viewOf(statement: string): readonly View[] {
  const [, name, text] = view.exec(statement.replace(/^\s*--.*\n/gm, '')) ?? []
  if (name === undefined || text === undefined) return []
  const parameters = new Set(Array.from(text.matchAll(parameter), ([, each]) => each ?? ''))
  if (parameters.size > 1 || (parameters.size === 0 && !everything.test(text))) return []
  return [{ name, body: text, parameter: [...parameters].join() }]
}

function expand(sql: string, { name, body, parameter }: View): string {
  const given =
    parameter === '' ? '()among = (\\w+)' : `${parameter} = (\\{\\w+:[^}]+\\})(?:, among = (\\w+))?`
  const named = new RegExp(`\\b${name}\\(${given}\\)`, 'g')
  const place = new RegExp(`\\{${parameter}:[^}]+\\}`, 'g')
  return sql.replace(named, (_, value: string, among: string | undefined) => {
    const filled = parameter === '' ? body : body.replace(place, () => value)
    return `(${among === undefined ? filled : narrow(filled, name, among)})`
  })
}

function narrow(body: string, name: string, among: string): string {
  if (!everything.test(body)) throw new TypeError(`the view '${name}' takes no 'among'`)
  return body.replace(everything, among)
}
