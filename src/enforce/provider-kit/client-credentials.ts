import type { Clock } from '../../contract/ports.ts'
import type { OAuthClient } from '../../http/client-credentials.ts'
import { makeAccessTokens, TokenAnswer } from '../../http/client-credentials.ts'
import type { Exchange, ProviderCall } from './exchange.ts'
import { bodyAs } from './exchange.ts'

/**
 * An exchange that adds an access token of the client-credentials grant. A call answered 401 was not
 * carried out, so it is made once more with a new token: the old one may have been revoked, or our
 * clock be off.
 */
export function withAccessToken({
  exchange,
  clock,
  tokenUrl,
  ...client
}: OAuthClient & {
  readonly exchange: Exchange
  readonly clock: Clock
  readonly tokenUrl: string
}): Exchange {
  const tokens = makeAccessTokens({
    ...client,
    now: clock.now,
    post: async (request) =>
      bodyAs(
        TokenAnswer,
        await exchange({
          ...request,
          what: 'asking for an access token',
          url: tokenUrl,
          expects: [200],
        }),
      ),
  })
  return async (call) => {
    const first = await tokens()
    const answer = await exchange(authorised(call, first, [...call.expects, 401]))
    if (answer.status !== 401) return answer
    return exchange(authorised(call, await tokens({ refused: first }), call.expects))
  }
}

function authorised(call: ProviderCall, token: string, expects: readonly number[]): ProviderCall {
  return { ...call, expects, headers: { ...call.headers, authorization: `Bearer ${token}` } }
}
