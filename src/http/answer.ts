import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { SendAnswer } from '../contract/ports.ts'
import { retryAfterMs } from './retry-after.ts'

/** What a status means to a client, whichever API it calls (RFC 9110 section 15). */
export type Outcome =
  | { readonly is: 'expected' }
  /** Too many calls (429), or the server cannot answer now (408, 5xx): the same call may succeed later. */
  | { readonly is: 'busy' | 'unavailable'; readonly retryAfterMs?: number }
  /** The same call would fail again. */
  | { readonly is: 'refused' }

/** @param now ms since the epoch, for a Retry-After that is a date. */
export function outcomeOf(
  { status, headers }: SendAnswer,
  expects: readonly number[],
  now: number,
): Outcome {
  if (expects.includes(status)) return { is: 'expected' }
  const isBusy = status === 429
  if (!isBusy && status !== 408 && status < 500) return { is: 'refused' }
  const waitMs = retryAfterMs(headers['retry-after'], now)
  return {
    is: isBusy ? 'busy' : 'unavailable',
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  }
}

/** A text as JSON; undefined for text that is no JSON. The parser's message would quote the text. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A text as JSON of the given shape, which may have more fields; undefined for anything else. */
export function jsonAs<Shape extends TSchema>(
  shape: Shape,
  text: string,
): Static<Shape> | undefined {
  const json = jsonOf(text)
  return Value.Check(shape, json) ? json : undefined
}
