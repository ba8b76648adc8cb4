import { CurfewError } from '../contract/errors.ts'
import type { ReportResult } from '../show/reporting/run-report.ts'
import type { Answer, ServerAddress } from './ask-server.ts'
import { askServer } from './ask-server.ts'

/**
 * A report of a running server. Whose it is follows from the token; a tenant that is named as well
 * must be the same one, or somebody would read another's figures as theirs.
 *
 * @throws CurfewError SHOW_UNAVAILABLE when nobody answers, SETTINGS_INVALID for a token file that
 *   cannot be read, SHOW_INVALID for another tenant than the token's; else as the server answers.
 */
export async function askReport({
  id,
  url,
  tokenFile,
  tenant,
  parameters,
}: ServerAddress & {
  readonly id: string
  readonly tenant: string | undefined
  readonly parameters: { readonly [name: string]: string }
}): Promise<ReportResult> {
  const path = `/v1/reports/${encodeURIComponent(id)}?${new URLSearchParams(parameters)}`
  const result = resultIn(url, await askServer({ url, tokenFile }, path))
  if (tenant === undefined || result.tenant === tenant) return result
  throw new CurfewError(
    'SHOW_INVALID',
    `the token is one of tenant '${result.tenant}', and --tenant says '${tenant}'; give the token of whom you ask about`,
  )
}

function resultIn(url: string, answer: Answer): ReportResult {
  const { report, tenant, columns, rows, incomplete } = answer
  const isReport =
    typeof report === 'object' &&
    typeof tenant === 'string' &&
    Array.isArray(columns) &&
    Array.isArray(rows) &&
    Array.isArray(incomplete)
  // Looked at above as far as the printing of it goes: whoever names a server believes its figures.
  if (isReport) return answer as unknown as ReportResult
  throw new CurfewError(
    'SHOW_FAILED',
    `${url} answered with something that is no report; check that Curfew runs there, in this version`,
  )
}
