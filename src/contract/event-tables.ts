import { eventFields, kindWords } from './event-fields.ts'
import { eventRules, scopeNames } from './event-rules.ts'
import { sessionEventExamples } from './session-event-v1-examples.ts'

/**
 * The tables of docs/session-events.md, generated from the sources of the reader and the schema: table
 * name → Markdown.
 */
export const eventTables: { readonly [name: string]: () => string } = {
  types: () =>
    tableOf(
      ['type', 'needs, beside version, id, type and occurred_at', 'reaches'],
      Object.entries(eventRules).map(([type, { needs, cause }]) => [
        `\`${type}\``,
        cause ? cause.scopes.map(fieldsNaming).join(', or ') : listed(needs) || 'nothing more',
        cause ? cause.scopes.map((kind) => `\`${kind}\``).join(', else ') : 'no cause',
      ]),
    ),
  fields: () =>
    tableOf(
      ['fields', 'effect of an unusable value'],
      Object.entries(kindWords).map(([kind, words]) => [
        listed(
          Object.entries(eventFields).flatMap(([path, each]) => (each === kind ? [path] : [])),
        ),
        words,
      ]),
    ),
  examples: () =>
    [
      '```json',
      ...Object.values(sessionEventExamples).map((json) => JSON.stringify(json)),
      '```',
    ].join('\n'),
}

/** The page with each table between `<!-- name -->` and `<!-- /name -->` generated anew. */
export function withEventTables(page: string): string {
  return Object.entries(eventTables).reduce((text, [name, table]) => {
    const [before = '', rest = ''] = text.split(`<!-- ${name} -->\n`)
    const end = `<!-- /${name} -->`
    return `${before}<!-- ${name} -->\n\n${table()}\n\n${rest.slice(rest.indexOf(end))}`
  }, page)
}

function fieldsNaming(kind: keyof typeof scopeNames): string {
  return scopeNames[kind].map((path) => `\`${path}\``).join(' with ')
}

function listed(paths: readonly string[]): string {
  return paths.map((path) => `\`${path}\``).join(', ')
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lineOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [lineOf(head), lineOf(head.map(() => '---')), ...rows.map(lineOf)].join('\n')
}
