import { inert } from '../../contract/inert.ts'
import type { Cell } from '../../contract/ports.ts'
import type { Column, ColumnType } from '../reporting/report.ts'
import type { ReportResult } from '../reporting/run-report.ts'
import { rowsAtOnce } from '../reporting/run-report.ts'
import { durationText, shareText } from './figures.ts'
import { filtersText } from './filters.ts'

/** Longer cells are cut with a mark: a wrapped line breaks a table. */
const cellWidthMax = 48
const measured: ReadonlySet<ColumnType> = new Set<ColumnType>(['share', 'seconds', 'hours'])

/**
 * A report as aligned text: its title and period, its figures, its rows. On a terminal of `widthMax`
 * characters a wider table is split into parts, one below the other, each with the first column.
 */
export function renderTable(result: ReportResult, widthMax = Number.POSITIVE_INFINITY): string {
  return [...tablePieces(result, widthMax)].join('')
}

/** The same in chunks of some rows, so that other work can run in between. */
export function* tablePieces(
  result: ReportResult,
  widthMax = Number.POSITIVE_INFINITY,
): Generator<string> {
  const { report, tenant, period, as_of, columns, rows, summary } = result
  const said = filtersText(result)
  const head = [
    `${report.title} of ${tenant}`,
    `period ${period.from} to ${period.to}, as of ${as_of}`,
    ...(said === '' ? [] : [`only ${said}`]),
    ...Object.entries(summary).map(
      ([name, value]) => `${name}: ${figureText(name, value, columns)}`,
    ),
    ...emptyWords(result),
    ...result.incomplete.map(({ words }) => `incomplete: ${words}`),
    `rows: ${result.row_count}${result.truncated ? ` of ${result.row_total}` : ''}`,
  ]
  yield textOf(head.map(inert))
  for (const lines of drawnLines(columns, rows, widthMax)) yield textOf(lines)
  const { attribution = [] } = result
  const foot = [legendOf(result), attribution].flatMap((each) =>
    each.length === 0 ? [] : ['', ...each],
  )
  yield textOf(foot)
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** The legend of the codes that occur in a table. */
function legendOf({ columns, rows }: ReportResult): readonly string[] {
  return columns.flatMap(({ name, words = {} }) => {
    const seen = new Set(rows.map((row) => row[name]))
    return Object.entries(words).flatMap(([word, meaning]) =>
      seen.has(word) ? [`${name} ${word}: ${meaning}`] : [],
    )
  })
}

/** For an empty period: the period that has data; no line where there is none. */
export function emptyWords({ data_lies }: ReportResult): readonly string[] {
  return data_lies === undefined ? [] : [data_lies.words]
}

/** How to print a column. `whole`: its cells are not cut, since readers copy them. */
export type DrawnColumn = Pick<Column, 'name' | 'type'> & { readonly whole?: boolean }

/**
 * Rows as aligned lines, with control characters escaped; an empty line separates parts that are as wide
 * as the terminal allows.
 */
export function drawColumns(
  columns: readonly DrawnColumn[],
  rows: readonly { readonly [name: string]: Cell | undefined }[],
  widthMax: number,
): readonly string[] {
  return [...drawnLines(columns, rows, widthMax)].flat()
}

/** Some lines at a time; none while the cells are measured. */
function* drawnLines(
  columns: readonly DrawnColumn[],
  rows: readonly { readonly [name: string]: Cell | undefined }[],
  widthMax: number,
): Generator<readonly string[]> {
  const lines = [columns.map((column) => column.name)]
  const widths = columns.map((column) => lengthOf(column.name))
  for (const [number, row] of rows.entries()) {
    const line = columns.map((column) => cellText(row[column.name], column))
    for (const [at, cell] of line.entries()) widths[at] = Math.max(widths[at] ?? 0, lengthOf(cell))
    lines.push(line)
    if (number % rowsAtOnce === 0) yield []
  }
  const drawn = (line: readonly string[], part: readonly number[]): string =>
    part
      .map((at) => pad(line[at] ?? '', widths[at] ?? 0, columns[at]?.type ?? 'text'))
      .join(gap)
      .trimEnd()
  for (const part of partsOf(widths, widthMax)) {
    yield ['']
    for (let from = 0; from < lines.length; from += rowsAtOnce) {
      yield lines.slice(from, from + rowsAtOnce).map((line) => drawn(line, part))
    }
  }
}

const gap = '  '

/** Which columns share a part, by index; each part has at least one of its own. */
function partsOf(widths: readonly number[], widthMax: number): readonly (readonly number[])[] {
  const [first = 0, ...others] = widths
  const parts: number[][] = [[0]]
  let used = first
  for (const [index, width] of others.entries()) {
    if (used + gap.length + width > widthMax && (parts.at(-1)?.length ?? 0) > 1) {
      parts.push([0])
      used = first
    }
    parts.at(-1)?.push(index + 1)
    used += gap.length + width
  }
  return parts
}

/** A headline is formatted like its column; without a title its name is shown. */
function figureText(
  name: string,
  value: string | number | null,
  columns: readonly Column[],
): string {
  if (typeof value !== 'number') return value ?? 'no data'
  const column = columns.find((each) => each.name === name)
  return numberText(value, column?.type ?? (name.endsWith('_seconds') ? 'seconds' : 'count'))
}

function cellText(cell: Cell | undefined, column: DrawnColumn): string {
  if (cell === null || cell === undefined) return measured.has(column.type) ? 'no data' : ''
  if (typeof cell === 'number') return numberText(cell, column.type)
  if (Array.isArray(cell) && cell.length === 0) return ''
  const text = inert(typeof cell === 'string' ? cell : JSON.stringify(cell))
  return lengthOf(text) > cellWidthMax && !column.whole
    ? `${[...text].slice(0, cellWidthMax - 1).join('')}…`
    : text
}

function numberText(value: number, type: ColumnType): string {
  if (type === 'share') return shareText(value)
  if (type === 'seconds') return durationText(value)
  return type === 'hours' ? durationText(value * 3_600) : String(value)
}

function pad(cell: string, width: number, type: ColumnType): string {
  const blanks = ' '.repeat(Math.max(0, width - lengthOf(cell)))
  return type === 'text' || type === 'time' ? cell + blanks : blanks + cell
}

function lengthOf(text: string): number {
  return [...text].length
}
