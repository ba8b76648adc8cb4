import { STATUS_CODES } from 'node:http'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { ErrorCode } from '../../contract/errors.ts'
import { CurfewError } from '../../contract/errors.ts'

/** Problem details for HTTP APIs, RFC 9457 section 3, with our code and the request's id. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'about:blank; `code` identifies the failure.' }),
    title: Type.String({ description: 'The reason phrase of the HTTP status.' }),
    status: Type.Integer(),
    code: Type.String({ description: "Curfew's stable code of the failure, for programs." }),
    detail: Type.String({ description: 'What was expected, and what to do.' }),
    request_id: Type.String({ description: 'The request id in the log.' }),
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

/** Failures whose message is written for API callers; any other message may quote a query or a path. */
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

/** Status, headers and body of an answer to a failure. */
export interface Answer {
  readonly problem: Problem
  readonly retryAfterSeconds: number | undefined
}

/**
 * The answer to a thrown value. Only messages written for API callers are passed on: messages of
 * an engine or a library may hold a part of a query, a path, or an address of a person.
 */
export function answerTo(error: unknown, requestId: string): Answer {
  const failure = error instanceof CurfewError ? error : translate(error)
  const status = statusOf[failure.code] ?? 500
  const detail = ours.has(failure.code)
    ? failure.message
    : status === 503
      ? 'A service that this answer depends on cannot be reached; retry in a moment.'
      : 'An internal error occurred; find details in the log under this request id.'
  const code = status === 500 ? 'SHOW_FAILED' : failure.code
  const title = STATUS_CODES[status] ?? 'Error'
  const retryAfterMs = failure.retryAfterMs ?? (status === 503 ? 5_000 : undefined)
  return {
    problem: { type: 'about:blank', title, status, code, detail, request_id: requestId },
    retryAfterSeconds: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1_000),
  }
}

/** Failures of the HTTP framework by code; the framework's own messages can quote the request. */
function translate(error: unknown): CurfewError {
  if (fieldOf(error, 'validation') !== undefined) {
    return new CurfewError('SHOW_INVALID', String(fieldOf(error, 'message')).slice(0, 1_500))
  }
  if (fieldOf(error, 'code') === 'FST_ERR_HANDLER_TIMEOUT') {
    return new CurfewError(
      'SHOW_UNAVAILABLE',
      'The answer took too long; request a shorter period or fewer rows.',
    )
  }
  const status = Number(fieldOf(error, 'statusCode') ?? 500)
  if (status === 413) {
    return new CurfewError('SHOW_TOO_LARGE', 'The body is larger than this route accepts.')
  }
  if (status === 415) {
    return new CurfewError('SHOW_INVALID', 'The body must have the content type application/json.')
  }
  if (status === 404)
    return new CurfewError('SHOW_UNKNOWN', 'There is no resource at this address.')
  if (status >= 400 && status < 500) {
    return new CurfewError(
      'SHOW_INVALID',
      'The request cannot be read; see /docs for the expected parameters and body.',
    )
  }
  return new CurfewError('SHOW_FAILED', 'failed', { cause: error })
}

function fieldOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
}

const dateRule = 'must be a date or a time, such as 2026-11-01 or 2026-11-01T08:00:00Z'

/** One error of the schema validation. */
export interface Mistake {
  readonly instancePath?: string
  readonly message?: string
  /** The allowed literals, where the schema is a union of literals. */
  readonly words?: readonly string[]
}

/** Adds the allowed literals to the errors: the validator lists only the first few. */
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

/** The schema errors as text: field and rule, never the value. */
export function describeMistakes(mistakes: readonly Mistake[], part: string): Error {
  const rules = new Map<string, string>()
  for (const { instancePath = '', message = 'is not allowed', words = [] } of mistakes) {
    // The field is already listed by name.
    if (message === 'must not have additional properties' && rules.size > 0) continue
    const place = `${part}${instancePath.replaceAll('/', '.').slice(0, 80)}`
    const before = rules.get(place)
    // A union of literals fails once per literal; one message lists all of them.
    if (words.length > 1 && message === 'must be equal to constant') {
      rules.set(place, `must be one of ${words.join(', ')}`)
    } else if (message === 'schema is false') rules.set(place, 'is not known')
    // A failed union adds its own error; the errors of its branches are listed already.
    else if (message === 'must match a schema in anyOf' && before !== undefined) {
      if (before.startsWith('must match format')) rules.set(place, dateRule)
    } else rules.set(place, message)
  }
  const told = [...rules].slice(0, 3).map(([place, rule]) => `${place} ${rule}`)
  return new Error(`${told.join('; ')}.`)
}
