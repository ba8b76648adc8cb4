import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError } from '../../contract/errors.ts'
import type { Now, Send, SendAnswer, SendRequest } from '../../contract/ports.ts'

export interface FeedCall<Shape extends TSchema> {
  readonly send: Send
  readonly now: Now
  /** What is asked, in words: `the events of Keycloak`. */
  readonly what: string
  readonly url: string
  readonly request: SendRequest
  readonly shape: Shape
  /** What to do about a refusal, by status. */
  readonly advice?: { readonly [status: number]: string }
  /** Sees the answer that is a refusal, before it is thrown as one. Nothing of it may be repeated. */
  readonly onRefusal?: (answer: SendAnswer) => void
}

const timeoutMs = 30_000

/**
 * Asks a feed and returns the answer if it has the shape.
 *
 * @throws CurfewError SOURCE_UNREACHABLE (retry; with `retryAfterMs` when it asked to wait),
 *   SOURCE_REFUSED for what only people can mend, SOURCE_UNREADABLE for an answer of another shape.
 *   What `send` throws goes through.
 */
export async function callFeed<Shape extends TSchema>({
  send,
  now,
  what,
  url,
  request,
  shape,
  advice = {},
  onRefusal,
}: FeedCall<Shape>): Promise<{
  readonly body: Static<Shape>
  readonly headers: SendAnswer['headers']
}> {
  const answer = await send(url, { timeoutMs, ...request })
  const { status, headers, text } = answer
  if (status === 429 || status >= 500) {
    const retryAfterMs = waitIn(headers['retry-after'], now())
    throw new CurfewError('SOURCE_UNREACHABLE', `Expected ${what}; the answer was ${status}.`, {
      retry: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
  if (status !== 200) {
    onRefusal?.(answer)
    const todo = advice[status] ?? 'Check the address and the credential.'
    throw new CurfewError('SOURCE_REFUSED', `Expected ${what}; the answer was ${status}. ${todo}`)
  }
  const body = parsed(text)
  if (!Value.Check(shape, body)) {
    throw new CurfewError(
      'SOURCE_UNREADABLE',
      `Expected ${what}; the answer has another shape. Check that the address is right.`,
    )
  }
  return { body, headers }
}

/** Whether the other side answered that it will not, as opposed to not now. */
export function isRefusal(error: unknown): boolean {
  return error instanceof CurfewError && error.code === 'SOURCE_REFUSED'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** RFC 9110 section 10.2.3: whole seconds or a date. Undefined for anything else. */
function waitIn(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  // Date.parse alone takes '-5' for a date; those of HTTP begin with the day of the week.
  const at = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
