import { Type } from 'typebox'
import type { Clock } from '../../contract/ports.ts'
import type { Exchange, ProviderCall } from './exchange.ts'
import { bodyAs } from './exchange.ts'
import { Secret } from './settings.ts'

const TokenBody = Type.Object({
  access_token: Secret,
  expires_in: Type.Number({ minimum: 0 }),
})

/** How long before its end a token is no longer used; of a short-lived one, half its life. */
const marginMs = 10_000

interface Client {
  readonly exchange: Exchange
  readonly clock: Clock
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
}

interface Token {
  readonly text: string
  readonly usableUntil: number
}

/**
 * An exchange that adds an access token from the OAuth 2.0 client-credentials grant (RFC 6749
 * section 4.4). One token serves all calls until shortly before its end, because every grant is an
 * event at the provider; calls that need one at the same time wait for the same grant. A call
 * answered 401 was not carried out, so it is made once more with a new token: the old one may have
 * been revoked, or our clock be off.
 */
export function withAccessToken(client: Client): Exchange {
  const { exchange, clock } = client
  let token: Token | undefined
  let granting: Promise<Token> | undefined
  const renew = (): Promise<Token> => {
    granting ??= grant(client)
      .then((granted) => {
        token = granted
        return granted
      })
      .finally(() => {
        granting = undefined
      })
    return granting
  }
  /** A token other than the refused one: another call may have renewed it meanwhile. */
  const usable = async (refused?: Token): Promise<Token> =>
    token !== undefined && token !== refused && clock.now() < token.usableUntil ? token : renew()

  return async (call) => {
    const first = await usable()
    const answer = await exchange(authorised(call, first, [...call.expects, 401]))
    if (answer.status !== 401) return answer
    return exchange(authorised(call, await usable(first), call.expects))
  }
}

async function grant(client: Client): Promise<Token> {
  const askedAt = client.clock.now()
  const answer = await client.exchange({
    what: 'asking for an access token',
    url: client.tokenUrl,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }).toString(),
    expects: [200],
  })
  const { access_token, expires_in } = bodyAs(TokenBody, answer)
  const lifeMs = expires_in * 1000
  return { text: access_token, usableUntil: askedAt + lifeMs - Math.min(marginMs, lifeMs / 2) }
}

function authorised(call: ProviderCall, { text }: Token, expects: readonly number[]): ProviderCall {
  return { ...call, expects, headers: { ...call.headers, authorization: `Bearer ${text}` } }
}
