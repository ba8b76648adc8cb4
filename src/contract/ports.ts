/** Milliseconds since the epoch. A port, so that tests own time. */
export type Now = () => number

/** Time as a stage may use it: to read, to wait, to be called later. */
export interface Clock {
  readonly now: Now
  /** Resolves after so many milliseconds, or as soon as the signal aborts. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** Structured log lines; values are plain and never hold a secret. */
export interface Log {
  readonly debug: (fields: object, message: string) => void
  readonly info: (fields: object, message: string) => void
  readonly warn: (fields: object, message: string) => void
  readonly error: (fields: object, message: string) => void
}

/** A value of a row; 64-bit integers come as numbers, exact up to 2^53. Times are ISO 8601 UTC. */
export type Cell =
  | string
  | number
  | boolean
  | null
  | readonly Cell[]
  | { readonly [k: string]: Cell }
export type Row = { readonly [column: string]: Cell }

/**
 * Reads rows. `sql` holds named places `{name:Type}`; the values are encoded by the store's one
 * fenced literal encoder, so text from outside can be handed in as it is. Arrays are allowed.
 *
 * @throws CurfewError STORE_UNREACHABLE (retry) or STORE_REFUSED.
 */
export type Ask = (sql: string, values?: AskValues) => Promise<readonly Row[]>
export type AskValue =
  | string
  | number
  | boolean
  | Date
  | null
  | readonly string[]
  | readonly number[]
export type AskValues = { readonly [name: string]: AskValue }

/**
 * Appends rows to one table and resolves once the engine has acknowledged them. Columns are those
 * of the rows; an empty list does nothing.
 *
 * @throws CurfewError STORE_UNREACHABLE (retry) or STORE_REFUSED.
 */
export type Append = (table: string, rows: readonly object[]) => Promise<void>

/** HTTP as a provider or channel may use it: `fetch`, already bounded by time-outs and body size. */
export type Send = (url: string, request: SendRequest) => Promise<SendAnswer>

export interface SendRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string
  /** Whole-call bound in milliseconds. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface SendAnswer {
  readonly status: number
  /** Header names in lower case. */
  readonly headers: { readonly [name: string]: string }
  readonly text: string
}

/** Counts and times for the metrics page; label values come from closed sets only. */
export interface Meter {
  readonly count: (name: string, labels?: Labels, by?: number) => void
  readonly gauge: (name: string, value: number, labels?: Labels) => void
  readonly observeMs: (name: string, ms: number, labels?: Labels) => void
}
export type Labels = { readonly [label: string]: string }
