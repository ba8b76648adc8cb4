/** Codes of all failures; ARCHITECTURE.md lists who notices each and what happens. */
export type ErrorCode =
  | 'SETTINGS_INVALID'
  | 'POLICY_INVALID'
  | 'CATALOG_INVALID'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_REFUSED'
  | 'SOURCE_UNREADABLE'
  | 'STORE_LOCKED'
  | 'STORE_UNREACHABLE'
  | 'STORE_REFUSED'
  | 'STORE_MIGRATION'
  | 'RECORD_DATA'
  | 'ENRICH_DATABASE'
  | 'ENFORCE_UNREACHABLE'
  | 'ENFORCE_BUSY'
  | 'ENFORCE_REFUSED'
  | 'ENFORCE_MALFORMED'
  | 'SHOW_UNAUTHENTICATED'
  | 'SHOW_FORBIDDEN'
  | 'SHOW_UNKNOWN'
  | 'SHOW_METHOD'
  | 'SHOW_INVALID'
  | 'SHOW_UNAVAILABLE'
  | 'SHOW_TOO_LARGE'
  | 'SHOW_CONFLICT'
  | 'SHOW_BUSY'
  | 'SHOW_FAILED'

/**
 * A failure with a code. The message says what was expected, what was found and what to do; it
 * never contains a token, a secret or an event's payload.
 */
export class CurfewError extends Error {
  readonly code: ErrorCode
  /** Whether the same call may succeed later without any change. */
  readonly retry: boolean
  /** Milliseconds to wait before the next try, when the other side asked for it. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      readonly retry?: boolean
      readonly retryAfterMs?: number
      readonly cause?: unknown
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'CurfewError'
    this.code = code
    this.retry = more.retry ?? false
    this.retryAfterMs = more.retryAfterMs
  }
}

/** The message of a thrown value, for logs and for the `cause` chain. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The system's code of a failure, such as ENOENT, where its message would reveal too much. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
}
