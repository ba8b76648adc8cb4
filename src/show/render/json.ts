import { escaped, inertJson } from '../../contract/inert.ts'
import type { Row } from '../../contract/ports.ts'
import type { ReportResult } from '../reporting/run-report.ts'
import { rowsAtOnce } from '../reporting/run-report.ts'

const risky = /[<>&]/g

/**
 * A report as one JSON document. Characters with a meaning in HTML or on a terminal are escaped, so that
 * the text stays text when it is pasted into a page or printed.
 */
export function renderJson(result: ReportResult): string {
  return [...jsonPieces(result)].join('')
}

/** The same in chunks of some rows, so that other work can run in between. */
export function* jsonPieces(result: ReportResult): Generator<string> {
  let before = '{'
  for (const [key, value] of Object.entries(result)) {
    if (value === undefined) continue
    yield `${before}\n  ${textOf(key, '  ')}: `
    if (key === 'rows') yield* rowsOf(result.rows)
    else yield textOf(value, '  ')
    before = ','
  }
  yield '\n}\n'
}

function* rowsOf(rows: readonly Row[]): Generator<string> {
  if (rows.length === 0) yield '[]'
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const some = rows.slice(from, from + rowsAtOnce).map((row) => textOf(row, '    '))
    yield `${from === 0 ? '[\n    ' : ',\n    '}${some.join(',\n    ')}`
  }
  if (rows.length > 0) yield '\n  ]'
}

/** Strings of a JSON document contain no raw line break, so its lines can be indented. */
function textOf(value: unknown, indent: string): string {
  const text = JSON.stringify(value, undefined, 2).replaceAll('\n', `\n${indent}`)
  return inertJson(text.replace(risky, escaped))
}
