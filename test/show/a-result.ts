import type { ReportResult } from '../../src/show/reporting/run-report.ts'

export const instant = '2026-11-03T12:00:00.000Z'

/** A small report of three columns, with these rows. */
export const aResult = (rows: ReportResult['rows']): ReportResult => ({
  report: { id: 'sample', title: 'Sample', description: 'Rows.' },
  tenant: 'acme',
  period: { from: '2026-11-01T00:00:00.000Z', to: instant },
  as_of: instant,
  generated_at: instant,
  filters: {},
  names_hidden: false,
  columns: [
    { name: 'reason', type: 'text', description: 'Why.' },
    { name: 'seconds', type: 'seconds', description: 'How long.' },
    { name: 'coverage', type: 'share', description: 'How many.' },
  ],
  rows,
  row_count: rows.length,
  row_total: rows.length,
  truncated: false,
  summary: { coverage: null },
  incomplete: [],
  sql: { parametrised: 'select 1', filled: 'select 1' },
})
