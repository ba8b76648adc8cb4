import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Now, SendRequest } from '../contract/ports.ts'

/**
 * What an authorization server answers to a token request (RFC 6749 section 5.1). Visible ASCII
 * only: `fetch` refuses anything else in a header, with a message that repeats the token.
 */
export const TokenAnswer = Type.Object({
  access_token: Type.String({ pattern: '^[\\x21-\\x7e]+$', maxLength: 8192 }),
  /** Seconds. Optional in the standard; a token without it serves one call. */
  expires_in: Type.Optional(Type.Number({ minimum: 0 })),
})

/** How long before its expiry a token is no longer used; of a short-lived one, half its lifetime. */
const marginMs = 10_000

export interface OAuthClient {
  readonly clientId: string
  readonly clientSecret: string
}

/** The token request of the client-credentials grant (RFC 6749 section 4.4), credentials in the body. */
export function tokenRequest({ clientId, clientSecret }: OAuthClient): SendRequest {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    }).toString(),
  }
}

/** Returns a usable access token. */
export type AccessTokens = (wanted?: {
  /** A token that the API has refused: another one is requested, unless it was renewed meanwhile. */
  readonly refused?: string
  /** Ends a request to the token endpoint. */
  readonly signal?: AbortSignal
}) => Promise<string>

/**
 * Keeps one access token and renews it shortly before it expires, because every grant is an event
 * at the provider. Calls that need a token at the same time wait for the same grant.
 *
 * @param post sends the request to the token endpoint, and throws its caller's own error codes for
 *   everything but a `TokenAnswer`.
 */
export function makeAccessTokens({
  post,
  now,
  ...client
}: OAuthClient & {
  readonly post: (request: SendRequest) => Promise<Static<typeof TokenAnswer>>
  readonly now: Now
}): AccessTokens {
  let token: { readonly text: string; readonly usableUntil: number } | undefined
  let granting: Promise<string> | undefined
  const grant = async (signal: AbortSignal | undefined): Promise<string> => {
    const requestedAt = now()
    const request = { ...tokenRequest(client), ...(signal === undefined ? {} : { signal }) }
    const { access_token: text, expires_in: seconds = 0 } = await post(request)
    const lifeMs = seconds * 1_000
    token = { text, usableUntil: requestedAt + lifeMs - Math.min(marginMs, lifeMs / 2) }
    return text
  }
  return async ({ refused, signal } = {}) => {
    const isUsable = token !== undefined && token.text !== refused && now() < token.usableUntil
    if (isUsable && token !== undefined) return token.text
    granting ??= grant(signal).finally(() => {
      granting = undefined
    })
    return await granting
  }
}
