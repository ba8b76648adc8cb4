import type { ReportResult } from '../reporting/run-report.ts'

/** What a report was asked to leave out, as one text; '' where nothing. */
export function filtersText({ filters }: Pick<ReportResult, 'filters'>): string {
  return Object.entries(filters)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}
