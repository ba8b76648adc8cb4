import type { ReportResult } from '../reporting/run-report.ts'

/** The filters of a report as one text; '' without any. */
export function filtersText({ filters }: Pick<ReportResult, 'filters'>): string {
  return Object.entries(filters)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}
