import { STATUS_CODES } from 'node:http'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { ErrorCode } from '../../contract/errors.ts'
import { CurfewError } from '../../contract/errors.ts'

/** Problem details for HTTP APIs, RFC 9457 section 3, with our code and the request's id. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'about:blank: `code` says more than an address would.' }),
    title: Type.String({ description: 'The phrase of the HTTP status.' }),
    status: Type.Integer(),
    code: Type.String({ description: "Curfew's name of the failure; stable, to be matched on." }),
    detail: Type.String({ description: 'What was expected and what to do.' }),
    request_id: Type.String({ description: 'The same as in the log.' }),
  },
  { description: 'What went wrong, as RFC 9457 problem details.' },
)
export type Problem = Static<typeof Problem>

const statusOf: { readonly [Code in ErrorCode]?: number } = {
  SHOW_INVALID: 400,
  SHOW_UNAUTHENTICATED: 401,
  SHOW_FORBIDDEN: 403,
  SHOW_UNKNOWN: 404,
  SHOW_METHOD: 405,
  SHOW_CONFLICT: 409,
  SHOW_TOO_LARGE: 413,
  SHOW_BUSY: 429,
  SHOW_UNAVAILABLE: 503,
  STORE_UNREACHABLE: 503,
  STORE_LOCKED: 503,
  SOURCE_UNREACHABLE: 503,
  ENFORCE_UNREACHABLE: 503,
  ENFORCE_BUSY: 503,
}

/** Failures whose message was written for whoever asks; any other may quote a query or a path. */
const ours: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SHOW_INVALID',
  'SHOW_UNAUTHENTICATED',
  'SHOW_FORBIDDEN',
  'SHOW_UNKNOWN',
  'SHOW_METHOD',
  'SHOW_CONFLICT',
  'SHOW_TOO_LARGE',
  'SHOW_BUSY',
  'SHOW_UNAVAILABLE',
])

/** What an answer to a failure is made of. */
export interface Answer {
  readonly problem: Problem
  readonly retryAfterSeconds: number | undefined
}

/**
 * The answer to anything that was thrown. Only messages written for the asker are passed on: what
 * an engine or a library says may hold a part of a query, a path, or somebody's address.
 */
export function answerTo(error: unknown, requestId: string): Answer {
  const failure = error instanceof CurfewError ? error : translate(error)
  const status = statusOf[failure.code] ?? 500
  const detail = ours.has(failure.code)
    ? failure.message
    : status === 503
      ? 'What is needed for the answer cannot be reached just now; try again in a moment.'
      : 'Something failed on our side; the log tells more under this request id.'
  const code = status === 500 ? 'SHOW_FAILED' : failure.code
  const title = STATUS_CODES[status] ?? 'Error'
  const retryAfterMs = failure.retryAfterMs ?? (status === 503 ? 5_000 : undefined)
  return {
    problem: { type: 'about:blank', title, status, code, detail, request_id: requestId },
    retryAfterSeconds: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1_000),
  }
}

/** Failures of the framework, by its codes; its own messages can quote the request. */
function translate(error: unknown): CurfewError {
  if (fieldOf(error, 'validation') !== undefined) {
    return new CurfewError('SHOW_INVALID', String(fieldOf(error, 'message')).slice(0, 1_500))
  }
  if (fieldOf(error, 'code') === 'FST_ERR_HANDLER_TIMEOUT') {
    return new CurfewError('SHOW_UNAVAILABLE', 'The answer took too long; ask for less.')
  }
  const status = Number(fieldOf(error, 'statusCode') ?? 500)
  if (status === 413) {
    return new CurfewError('SHOW_TOO_LARGE', 'The body is larger than this route takes.')
  }
  if (status === 415) {
    return new CurfewError('SHOW_INVALID', 'The body must come as application/json.')
  }
  if (status === 404) return new CurfewError('SHOW_UNKNOWN', 'There is nothing under this address.')
  if (status >= 400 && status < 500) {
    return new CurfewError(
      'SHOW_INVALID',
      'The request cannot be read; see /docs for what it takes.',
    )
  }
  return new CurfewError('SHOW_FAILED', 'failed', { cause: error })
}

function fieldOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
}

const dateRule = 'must be a date or a time, such as 2026-11-01 or 2026-11-01T08:00:00Z'

/** One mistake that the schema found. */
export interface Mistake {
  readonly instancePath?: string
  readonly message?: string
  /** The words that are allowed there, where it is a choice between words. */
  readonly words?: readonly string[]
}

/** Mistakes with the words that the schema would have taken: the validator gives up after a few. */
export function withWords<Made extends Mistake>(
  schema: unknown,
  mistakes: readonly Made[],
): (Made & Mistake)[] {
  return mistakes.map((each) => ({ ...each, words: wordsAt(schema, each.instancePath ?? '') }))
}

function wordsAt(schema: unknown, place: string): readonly string[] {
  let at = schema
  for (const name of place.split('/').slice(1)) {
    at = Reflect.get(Object(Reflect.get(Object(at), 'properties')), name)
  }
  const choices: unknown = Reflect.get(Object(at), 'anyOf')
  if (!Array.isArray(choices)) return []
  return choices
    .map((each) => Reflect.get(Object(each), 'const'))
    .filter((word) => typeof word === 'string')
}

/** What the schema did not like, by place and rule and never by value. */
export function describeMistakes(mistakes: readonly Mistake[], part: string): Error {
  const rules = new Map<string, string>()
  for (const { instancePath = '', message = 'is not allowed', words = [] } of mistakes) {
    // Said already, by name.
    if (message === 'must not have additional properties' && rules.size > 0) continue
    const place = `${part}${instancePath.replaceAll('/', '.').slice(0, 80)}`
    const before = rules.get(place)
    // A list of words fails once per word; what matters is that it is none of them.
    if (words.length > 1 && message === 'must be equal to constant') {
      rules.set(place, `must be one of ${words.join(', ')}`)
    } else if (message === 'schema is false') rules.set(place, 'is not known')
    // Of a choice only that nothing of it fits is left to say, and what it is between was said.
    else if (message === 'must match a schema in anyOf' && before !== undefined) {
      if (before.startsWith('must match format')) rules.set(place, dateRule)
    } else rules.set(place, message)
  }
  const told = [...rules].slice(0, 3).map(([place, rule]) => `${place} ${rule}`)
  return new Error(`${told.join('; ')}.`)
}
