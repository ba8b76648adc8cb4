import type { Static, TSchema } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import type { Now, Send, SendAnswer, SendRequest } from '../../contract/ports.ts'
import { jsonAs, outcomeOf } from '../../http/answer.ts'

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
  const { is, ...wait } = outcomeOf(answer, [200], now())
  if (is === 'busy' || is === 'unavailable') {
    throw new CurfewError('SOURCE_UNREACHABLE', `Expected ${what}; the answer was ${status}.`, {
      retry: true,
      ...wait,
    })
  }
  if (is === 'refused') {
    onRefusal?.(answer)
    const todo = advice[status] ?? 'Check the address and the credential.'
    throw new CurfewError('SOURCE_REFUSED', `Expected ${what}; the answer was ${status}. ${todo}`)
  }
  const body = jsonAs(shape, text)
  if (body === undefined) {
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
