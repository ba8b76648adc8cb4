import { readFileSync } from 'node:fs'
import type { ErrorCode } from '../contract/errors.ts'
import { CurfewError, codeOf } from '../contract/errors.ts'
import type { SendAnswer } from '../contract/ports.ts'
import { jsonOf } from '../http/answer.ts'
import { makeSend } from '../http/bounded-fetch.ts'

const answerBytesMax = 64 * 1024 * 1024
const timeoutMs = 60_000

/** An object of the API, whose fields nobody has looked at yet. */
export type Answer = { readonly [name: string]: unknown }

/** Where a server is, and the file of the token that it is asked with. */
export interface ServerAddress {
  /** Without a slash at its end. */
  readonly url: string
  readonly tokenFile: string | undefined
}

/**
 * Asks a running server, and gives the object that it answers.
 *
 * @param path with its query, each part of it encoded.
 * @param body what to ask for; without it something is only read, by GET.
 * @throws CurfewError SHOW_UNAVAILABLE when nobody answers, SETTINGS_INVALID for a token file that
 *   cannot be read, SHOW_FAILED for an answer that is no object; else as the server answers.
 */
export async function askServer(
  { url, tokenFile }: ServerAddress,
  path: string,
  body?: object,
  method: 'POST' | 'PUT' = 'POST',
): Promise<Answer> {
  const token = tokenFile === undefined ? undefined : tokenIn(tokenFile)
  const answer = await ask(url, path, { token, body, method: body === undefined ? 'GET' : method })
  if (answer.status !== 200 && answer.status !== 202) throw refusal(url, answer)
  const fields = fieldsOf(answer.text)
  if (fields !== undefined) return fields
  throw new CurfewError(
    'SHOW_FAILED',
    `${url} answered with something that is no answer of Curfew; check that Curfew runs there, in this version`,
  )
}

async function ask(
  url: string,
  path: string,
  {
    token,
    body,
    method,
  }: {
    readonly token: string | undefined
    readonly body: object | undefined
    readonly method: 'GET' | 'POST' | 'PUT'
  },
): Promise<SendAnswer> {
  const send = makeSend({ timeoutMs, bodyBytesMax: answerBytesMax })
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  try {
    const given = body === undefined ? {} : { body: JSON.stringify(body) }
    return await send(`${url}${path}`, { method, headers, ...given })
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
  409: 'SHOW_CONFLICT',
  429: 'SHOW_BUSY',
  503: 'SHOW_UNAVAILABLE',
}

/** What to do about it, where the server's own words cannot say it. */
const todos: { readonly [status: number]: string } = {
  401: ' Name the file that holds one with --token-file.',
  403: ' Use the token of somebody with that role; the connections file says who has which.',
}

/** What the server said against it, in its own words where they are problem details (RFC 9457). */
function refusal(url: string, { status, text }: SendAnswer): CurfewError {
  const detail = fieldsOf(text)?.detail
  const words =
    typeof detail === 'string'
      ? detail
      : 'and not in the words of Curfew; check the address and that Curfew runs there'
  const todo = todos[status] ?? ''
  return new CurfewError(
    codes[status] ?? 'SHOW_FAILED',
    `${url} answered ${status}: ${words.replaceAll(/\s+/g, ' ')}${todo}`,
  )
}

function fieldsOf(text: string): { readonly [name: string]: unknown } | undefined {
  const json = jsonOf(text)
  return typeof json === 'object' && json !== null ? { ...json } : undefined
}
