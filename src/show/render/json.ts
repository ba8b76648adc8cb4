import { escaped, inertJson } from '../../contract/inert.ts'
import type { ReportResult } from '../run-report.ts'

const risky = /[<>&]/g

/**
 * A report as one JSON document. Characters that mean something to HTML are escaped, so that the text
 * stays text even where somebody pastes it into a page, and whatever a terminal would act on.
 */
export function renderJson(result: ReportResult): string {
  const text = JSON.stringify(result, undefined, 2)
  return `${inertJson(text.replace(risky, escaped))}\n`
}
