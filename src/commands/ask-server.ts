import { readFileSync } from 'node:fs'
import type { ErrorCode } from '../contract/errors.ts'
import { CurfewError, codeOf } from '../contract/errors.ts'
import type { SendAnswer } from '../contract/ports.ts'
import { makeSend } from '../enforce/send.ts'
import type { ReportResult } from '../show/run-report.ts'

const answerBytesMax = 64 * 1024 * 1024
const timeoutMs = 60_000

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
}: {
  readonly id: string
  /** Without a slash at its end. */
  readonly url: string
  readonly tokenFile: string | undefined
  readonly tenant: string | undefined
  readonly parameters: { readonly [name: string]: string }
}): Promise<ReportResult> {
  const token = tokenFile === undefined ? undefined : tokenIn(tokenFile)
  const path = `/v1/reports/${encodeURIComponent(id)}?${new URLSearchParams(parameters)}`
  const answer = await ask(url, path, token)
  if (answer.status !== 200) throw refusal(url, answer)
  const result = resultIn(url, answer)
  if (tenant === undefined || result.tenant === tenant) return result
  throw new CurfewError(
    'SHOW_INVALID',
    `the token is one of tenant '${result.tenant}', and --tenant says '${tenant}'; give the token of whom you ask about`,
  )
}

async function ask(url: string, path: string, token: string | undefined): Promise<SendAnswer> {
  const send = makeSend({ timeoutMs, bodyBytesMax: answerBytesMax })
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    return await send(`${url}${path}`, { method: 'GET', headers })
  } catch (error) {
    const tooLarge = error instanceof CurfewError && error.code === 'ENFORCE_MALFORMED'
    const [what, todo] = tooLarge
      ? ['answered with more than can be shown', 'Shorten the period.']
      : ['does not answer', 'Check the address and that Curfew runs there.']
    throw new CurfewError('SHOW_UNAVAILABLE', `${url} ${what}. ${todo}`, { cause: error })
  }
}

/** @throws CurfewError SETTINGS_INVALID when there is no such file. */
export function tokenIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new CurfewError('SETTINGS_INVALID', `--token-file cannot be read (${codeOf(error)})`)
  }
}

const codes: { readonly [status: number]: ErrorCode } = {
  400: 'SHOW_INVALID',
  401: 'SHOW_UNAUTHENTICATED',
  403: 'SHOW_FORBIDDEN',
  404: 'SHOW_UNKNOWN',
  429: 'SHOW_BUSY',
  503: 'SHOW_UNAVAILABLE',
}

/** What the server said against it, in its own words where they are problem details (RFC 9457). */
function refusal(url: string, { status, text }: SendAnswer): CurfewError {
  const detail = fieldsOf(text)?.detail
  const words =
    typeof detail === 'string'
      ? detail
      : 'and not in the words of Curfew; check the address and that Curfew runs there'
  const todo = status === 401 ? ' Name the file that holds one with --token-file.' : ''
  return new CurfewError(
    codes[status] ?? 'SHOW_FAILED',
    `${url} answered ${status}: ${words.replaceAll(/\s+/g, ' ')}${todo}`,
  )
}

function resultIn(url: string, { text }: SendAnswer): ReportResult {
  const { report, tenant, columns, rows, incomplete } = fieldsOf(text) ?? {}
  const isReport =
    typeof report === 'object' &&
    typeof tenant === 'string' &&
    Array.isArray(columns) &&
    Array.isArray(rows) &&
    Array.isArray(incomplete)
  // Looked at above as far as the printing of it goes: whoever names a server believes its figures.
  if (isReport) return JSON.parse(text) as ReportResult
  throw new CurfewError(
    'SHOW_FAILED',
    `${url} answered with something that is no report; check that Curfew runs there, in this version`,
  )
}

function fieldsOf(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? { ...json } : undefined
  } catch {
    return undefined
  }
}
