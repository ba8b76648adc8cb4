import { loadCatalog } from '../../process/catalog.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import type { Column, Report } from '../../show/reporting/report.ts'

/** Prints what a report is about, what it can be asked with, and what each of its columns means. */
export async function explain(id: string): Promise<void> {
  const reports = await loadCatalog<Report>(catalogs.reports, 'report', id)
  const report = reports.find((each) => each.id === id)
  if (!report) throw new TypeError(`the file of the report '${id}' is gone`)
  process.stdout.write(explanationOf(report))
}

/** As text: all that it says comes from the report's own definition. */
export function explanationOf({ id, title, description, parameters, columns }: Report): string {
  const set = Object.entries(parameters).map(
    ([name, schema]) => [`${name}=…`, settingOf(schema)] as const,
  )
  return [
    `${title}: curfew report ${id}`,
    '',
    ...wrapped(description, 100),
    '',
    'Parameters, beside the period, each as --set name=value:',
    ...listed(set),
    '',
    'Columns:',
    ...listed(columns.flatMap(linesOf)),
    '',
    'Shares are rounded in tables, and times are in days, hours, minutes and seconds. JSON and CSV hold',
    'shares between 0 and 1, and seconds and hours as numbers.',
    '',
    'Example:',
    `  curfew report ${id} --tenant acme --from 2026-11-01`,
    '',
  ].join('\n')
}

type Line = readonly [name: string, text: string]

function linesOf({ name, description, personal, words = {} }: Column): readonly Line[] {
  const hidden = {
    hidden: ' Empty for whoever may not see names.',
    subject: ' A reference for whoever may not see names.',
  }
  const first = `${description}${personal === undefined ? '' : hidden[personal]}`
  const meanings = Object.entries(words).map(([word, text]): Line => ['', `${word}: ${text}`])
  return [[name, first], ...meanings]
}

/** What a parameter takes: its words, its bounds, its default. */
function settingOf(schema: object): string {
  const { description = '', default: otherwise, minimum, maximum } = { ...schema } as Setting
  const bounds = minimum === undefined ? '' : ` From ${minimum} to ${maximum}.`
  const words = wordsOf(schema)
  const choice = words.length === 0 ? '' : ` One of ${words.join(', ')}.`
  return `${description}${choice}${bounds}${otherwise === undefined ? '' : ` ${otherwise} by default.`}`.trim()
}

interface Setting {
  readonly description?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
}

function wordsOf(schema: object): readonly string[] {
  const choices: unknown = Reflect.get(schema, 'anyOf')
  if (!Array.isArray(choices)) return []
  return choices.map((each) => String(Reflect.get(Object(each), 'const')))
}

/** Two columns, the second of which wraps under itself. */
function listed(lines: readonly Line[]): readonly string[] {
  const width = lines.reduce((most, [name]) => Math.max(most, name.length), 4)
  return lines.flatMap(([name, text]) =>
    wrapped(text, 98 - width).map(
      (part, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${part}`,
    ),
  )
}

function wrapped(text: string, width: number): readonly string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
