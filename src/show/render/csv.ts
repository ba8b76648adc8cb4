import { stringify } from 'csv-stringify/sync'
import { inertCell } from '../../contract/inert.ts'
import type { Cell } from '../../contract/ports.ts'
import type { ReportResult } from '../reporting/run-report.ts'
import { rowsAtOnce } from '../reporting/run-report.ts'
import { filtersText } from './filters.ts'

/**
 * A report as CSV, RFC 4180: UTF-8, CRLF, a header line, quotes where needed. A row is one line: texts
 * contain no line break and no spreadsheet formula. The format has no
 * room for metadata, so each row ends with it: report, tenant, period,
 * `as_of`, filters, why it may be incomplete, and the attribution of its data, if its licence requires one. A value that was
 * not measured is an empty cell.
 */
export function renderCsv(result: ReportResult): string {
  return [...csvPieces(result)].join('')
}

/** The same in chunks of some rows, so that other work can run in between. */
export function* csvPieces(result: ReportResult): Generator<string> {
  const about = {
    report: result.report.id,
    tenant: result.tenant,
    period_from: result.period.from,
    period_to: result.period.to,
    as_of: result.as_of,
    filters: filtersText(result),
    incomplete: result.incomplete.map(({ words }) => words).join('; '),
    ...(result.attribution === undefined ? {} : { attribution: result.attribution.join('; ') }),
  }
  const names = result.columns.map((column) => column.name)
  const last = Object.values(about).map(inertCell)
  yield stringify([[...names, ...Object.keys(about)]], { record_delimiter: 'windows' })
  for (let from = 0; from < result.rows.length; from += rowsAtOnce) {
    const lines = result.rows
      .slice(from, from + rowsAtOnce)
      .map((row) => [...names.map((name) => cellText(row[name] ?? null)), ...last])
    yield stringify(lines, { record_delimiter: 'windows' })
  }
}

/** Numbers are generated here and stay numbers, a minus sign included; only text can contain a formula. */
function cellText(cell: Cell): string {
  if (cell === null || (Array.isArray(cell) && cell.length === 0)) return ''
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell)
  return inertCell(typeof cell === 'string' ? cell : JSON.stringify(cell))
}
