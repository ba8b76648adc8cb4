import { CurfewError } from '../../contract/errors.ts'
import type { Clock, Send, SendAnswer } from '../../contract/ports.ts'
import { retryAfterMs } from '../../http/retry-after.ts'
import type { SimulatedEvent, Sink } from '../outbox.ts'

export interface IntakeOptions {
  /** Where Curfew listens, without a path: `http://127.0.0.1:8080`. */
  readonly url: string
  /** A token with the role `intake`. */
  readonly token: string
  readonly send: Send
  readonly clock: Clock
  /** How often one batch is tried before the simulation gives up, default 20. */
  readonly attemptsMax?: number
}

const path = '/v1/intake/events'
const timeoutMs = 30_000
const waitMsMin = 250
const waitMsMax = 30_000

/**
 * Posts events to Curfew's intake as newline-delimited JSON. 429, 503 and a lost connection are
 * waited out, as long as the answer's Retry-After asks or with a doubling wait; since events keep
 * their ids, sending a batch twice does no harm.
 *
 * @throws from `send`: CurfewError SOURCE_REFUSED when the intake refuses for good,
 *   SOURCE_UNREACHABLE when it stays unavailable.
 */
export function makeIntakeSink(options: IntakeOptions): Sink {
  return {
    send: async (lines) => {
      for (const body of bodiesOf(lines)) await post(options, body)
    },
  }
}

const bodyCharactersMax = 400_000

/** Batches of a size that any intake takes; line breaks inside a malformed message would split it. */
function* bodiesOf(lines: readonly SimulatedEvent[]): Generator<string> {
  let body = ''
  for (const { json } of lines) {
    if (body.length + json.length > bodyCharactersMax && body !== '') {
      yield body
      body = ''
    }
    body += `${json.replaceAll('\n', ' ')}\n`
  }
  if (body !== '') yield body
}

async function post(options: IntakeOptions, body: string): Promise<void> {
  const { url, token, send, clock, attemptsMax = 20 } = options
  let found = 'nothing'
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const answer = await trySending(send, `${url}${path}`, token, body)
    // 422: recorded, and none of it is an event; the simulated world has such messages too.
    const isTaken = answer?.status === 422 || Math.floor((answer?.status ?? 0) / 100) === 2
    if (isTaken) return
    found = answer === undefined ? 'no answer' : `HTTP ${answer.status}`
    if (answer !== undefined && answer.status !== 429 && answer.status < 500) {
      throw new CurfewError(
        'SOURCE_REFUSED',
        `The intake at ${url} should take events and answered ${found}. ` +
          'Check that the address is right and that the token has the role intake.',
      )
    }
    await clock.wait(waitMs(answer, attempt, clock.now()))
  }
  throw new CurfewError(
    'SOURCE_UNREACHABLE',
    `The intake at ${url} should take events; after ${attemptsMax} tries there was still ${found}. ` +
      'Check that Curfew is running and ready.',
    { retry: true },
  )
}

async function trySending(
  send: Send,
  url: string,
  token: string,
  body: string,
): Promise<SendAnswer | undefined> {
  try {
    return await send(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body,
      timeoutMs,
    })
  } catch {
    // Whatever broke the connection, the same batch may be sent again.
    return undefined
  }
}

function waitMs(answer: SendAnswer | undefined, attempt: number, now: number): number {
  const requestedMs = retryAfterMs(answer?.headers['retry-after'], now)
  return Math.min(requestedMs ?? waitMsMin * 2 ** attempt, waitMsMax)
}
