import type { ReportResult } from '../run-report.ts'

const risky = /[<>&\u2028\u2029]/g

/**
 * A report as one JSON document. Characters that mean something to HTML or to old JavaScript are
 * escaped, so that the text stays text even where somebody pastes it into a page.
 */
export function renderJson(result: ReportResult): string {
  const text = JSON.stringify(result, undefined, 2)
  return `${text.replace(risky, escaped)}\n`
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
