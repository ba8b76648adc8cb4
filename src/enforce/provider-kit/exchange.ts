import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError } from '../../contract/errors.ts'
import type { Clock, Send, SendAnswer, SendRequest } from '../../contract/ports.ts'
import { jsonOf, outcomeOf } from '../../http/answer.ts'

/** Larger than any list of one person's sessions that a person could have opened. */
const answerBytesMax = 8 * 1024 * 1024

/** One call to a provider, with the name used in messages. */
export interface ProviderCall extends SendRequest {
  /** E.g. `listing sessions`. */
  readonly what: string
  readonly url: string
  /** Every other status is a failure. */
  readonly expects: readonly number[]
}

export interface ProviderAnswer extends SendAnswer {
  /** Provider and call, for messages. */
  readonly about: string
  /** When it came, ms since the epoch. */
  readonly at: number
}

/** Makes one attempt and returns an expected answer, or throws as `OpenProvider` promises. */
export type Exchange = (call: ProviderCall) => Promise<ProviderAnswer>

/**
 * The one way providers reach their network. Nothing of an answer's body is ever repeated in a
 * message: it is written by somebody else, and some servers echo the request, credential included.
 *
 * @throws CurfewError ENFORCE_BUSY, ENFORCE_UNREACHABLE, ENFORCE_REFUSED or ENFORCE_MALFORMED.
 */
export function makeExchange({
  provider,
  send,
  clock,
}: {
  /** Title of the provider, for messages. */
  readonly provider: string
  readonly send: Send
  readonly clock: Clock
}): Exchange {
  return async ({ what, url, expects, ...request }) => {
    const about = `${provider}, ${what}`
    const sent = await send(url, request).catch((error: unknown) => {
      throw error instanceof CurfewError ? error : unreachable(about, error)
    })
    const answer = { ...sent, about, at: clock.now() }
    if (Buffer.byteLength(answer.text) > answerBytesMax) {
      throw malformed(answer, `more than ${answerBytesMax} bytes`)
    }
    if (!expects.includes(answer.status)) throw failureOf(answer)
    return answer
  }
}

/**
 * The body of an answer as JSON of the given shape. Fields the shape does not name are let pass.
 *
 * @throws CurfewError ENFORCE_MALFORMED naming the fields that are not as expected.
 */
export function bodyAs<Shape extends TSchema>(shape: Shape, answer: ProviderAnswer): Static<Shape> {
  const body = jsonOf(answer.text)
  if (body === undefined) throw malformed(answer, 'text that is no JSON')
  if (Value.Check(shape, body)) return body
  const [error] = Value.Errors(shape, body)
  // The place in the schema, since names of fields are the answer's own text too.
  throw malformed(answer, `a body where ${error?.schemaPath} ${error?.message}`)
}

/** What the provider says in the named fields of an error body, lower case; '' where it is none. */
export function errorText({ text }: SendAnswer, fields: readonly string[]): string {
  const body = jsonOf(text)
  if (typeof body !== 'object' || body === null) return ''
  const values = new Map<string, unknown>(Object.entries(body))
  return fields
    .map((field) => values.get(field))
    .filter((value) => typeof value === 'string')
    .join(' ')
    .toLowerCase()
}

/** The failure that an unexpected status is. */
export function failureOf(answer: ProviderAnswer): CurfewError {
  const { about, at, status } = answer
  const { is, ...wait } = outcomeOf(answer, [], at)
  const more = { retry: true, ...wait }
  if (is === 'busy') {
    return new CurfewError(
      'ENFORCE_BUSY',
      `${about}: answered 429, too many calls. The lane is paused; lower provider_calls_per_second_max if it lasts.`,
      more,
    )
  }
  if (is === 'unavailable') {
    return new CurfewError(
      'ENFORCE_UNREACHABLE',
      `${about}: answered ${status}, so whether it was carried out is unknown. Look at the provider's own health.`,
      more,
    )
  }
  if (status >= 200 && status < 300) return malformed(answer, 'a status it never uses')
  return new CurfewError('ENFORCE_REFUSED', `${about}: answered ${status}. ${advice(status)}`)
}

function advice(status: number): string {
  if (status === 401) return 'Check the credential in the settings.'
  if (status === 403) return 'Give the credential the rights that the provider asks for.'
  if (status === 404) return 'Check the address in the settings.'
  if (status < 400) return 'Redirects are not followed: give the address it leads to.'
  return 'Check the settings and what the provider logged.'
}

/** An answer outside the provider's contract; `found` says how, in words that repeat none of it. */
export function malformed({ about, status }: ProviderAnswer, found: string): CurfewError {
  return new CurfewError(
    'ENFORCE_MALFORMED',
    `${about}: expected its documented answer, found ${status} with ${found}. Check that the address is the provider's API and its version is supported.`,
  )
}

/** Names the kind of error only: its message may hold a header that was refused. */
function unreachable(about: string, error: unknown): CurfewError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const kind = code || (error instanceof Error ? error.name : 'unknown failure')
  return new CurfewError(
    'ENFORCE_UNREACHABLE',
    `${about}: got no answer (${kind}), so whether it was carried out is unknown. Check the address, the network and the provider.`,
    { retry: true },
  )
}
